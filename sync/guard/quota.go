package guard

import (
	"time"

	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// deferInvitations leaves invitations to a later run if they exceed Clerk's
// limit for an hour, and says when each can be sent.
func (r *Judge) deferInvitations(p *plan.Plan, m *memory.Memory) {
	waiting := p.Waiting()
	if len(waiting) == 0 {
		return
	}
	now := r.Now()
	var sent map[string][]time.Time
	if m != nil {
		sent = m.Hour
	}
	single, bulk := plan.SlotsOf(plan.HourSingle, sent[plan.HourSingle], now), plan.SlotsOf(plan.HourBulk, sent[plan.HourBulk], now)
	q := plan.Queue{}
	request := 0
	for at := now; len(waiting) > 0; at = plan.NextFree(&single, &bulk, at) {
		var calls [][]*plan.Change
		calls, waiting = plan.Allot(waiting, single.Free(at), bulk.Free(at))
		for _, call := range calls {
			slot := &single
			if len(call) > 1 {
				slot = &bulk
				request++
			}
			slot.Sent = append(slot.Sent, at)
			for _, c := range call {
				if at.Equal(now) {
					c.Bulk = 0
					if len(call) > 1 {
						c.Bulk = request
					}
					q.Now++
					continue
				}
				q.Later++
				q.Last = plan.RoundToMinute(at)
				c.Skip(plan.InvitationLimit, q.Last.Format("2006-01-02 15:04Z"))
			}
		}
	}
	if q.Later > 0 {
		p.Invitations = &q
	}
}
