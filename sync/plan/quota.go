package plan

import (
	"cmp"
	"slices"
	"time"
)

// Clerk's hourly quota: 250 requests for one invitation, and 50 requests for up
// to 10 invitations of one organization. Clerk counts the two kinds apart, for
// the whole instance. Using both sends 750 an hour if every organization has 10
// or more to invite. The journal keeps the requests that were sent, so that a
// restart begins no new hour.
const (
	SinglesPerHour = 250
	BulksPerHour   = 50
	PerBulk        = 10
)

// The keys of the facts that keep the requests of the last hour.
const (
	HourSingle = "single"
	HourBulk   = "bulk"
)

// LastHour keeps the times within the last hour. It also drops times of a clock
// that was far ahead, which would stop all invitations until then.
func LastHour(sent []time.Time, now time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(sent), func(t time.Time) bool { return now.Sub(t).Abs() >= time.Hour })
}

// RoundToMinute rounds up to the minute, in UTC.
func RoundToMinute(t time.Time) time.Time {
	return t.UTC().Add(time.Minute - time.Nanosecond).Truncate(time.Minute)
}

// Waiting lists the ready invitations in the order in which they are sent: the
// highest rule first, then the earliest start date, then the order of the plan.
func (p *Plan) Waiting() []*Change {
	var out []*Change
	for _, c := range p.Changes() {
		if c.Action == Invite && c.State == Ready {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b *Change) int { return a.Priority.Compare(b.Priority) })
	return out
}

// Slots are the requests of one kind that the quota allows.
type Slots struct {
	Limit int
	Sent  []time.Time // oldest first; those that the forecast sends come last
}

// SlotsOf are the slots of a kind in the hour before now; sent may also hold
// times that no longer count.
func SlotsOf(kind string, sent []time.Time, now time.Time) Slots {
	limit := SinglesPerHour
	if kind == HourBulk {
		limit = BulksPerHour
	}
	return Slots{Limit: limit, Sent: LastHour(sent, now)}
}

// Free counts the requests that the quota allows at a time.
func (s *Slots) Free(at time.Time) int {
	n := 0
	for _, t := range slices.Backward(s.Sent) {
		if at.Sub(t) >= time.Hour {
			break
		}
		n++
	}
	return max(0, s.Limit-n)
}

// NextFree is when the quota allows requests again. Requests that were sent
// within a minute count as one, since a run uses all of them together.
func NextFree(single, bulk *Slots, at time.Time) time.Time {
	var next []time.Time
	for _, t := range append(slices.Clone(single.Sent), bulk.Sent...) {
		if back := t.Add(time.Hour); back.After(at) {
			next = append(next, back)
		}
	}
	slices.SortFunc(next, time.Time.Compare)
	last := next[0]
	for _, t := range next {
		if t.Sub(next[0]) < time.Minute {
			last = t
		}
	}
	return last
}

// Allot puts the waiting invitations, in their order, into requests of the two
// kinds. Ten invitations of one organization share a bulk request, and the
// others are sent alone. If there are more than single requests left, the
// largest groups share bulk requests too.
func Allot(waiting []*Change, single, bulk int) (calls [][]*Change, rest []*Change) {
	taken := map[*Change]bool{}
	share := func(group []*Change) {
		calls = append(calls, group)
		bulk--
		for _, c := range group {
			taken[c] = true
		}
	}
	groups := map[string][]*Change{}
	var order []string
	for _, c := range waiting {
		if _, known := groups[c.Organization]; !known {
			order = append(order, c.Organization)
		}
		groups[c.Organization] = append(groups[c.Organization], c)
		if g := groups[c.Organization]; len(g) == PerBulk && bulk > 0 {
			share(g)
			groups[c.Organization] = nil
		}
	}
	left := len(waiting) - len(taken)
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(len(groups[b]), len(groups[a])) })
	for _, o := range order {
		if g := groups[o]; left > single && bulk > 0 && len(g) > 1 {
			share(g)
			left -= len(g)
		}
	}
	for _, c := range waiting {
		switch {
		case taken[c]:
		case single > 0:
			calls = append(calls, []*Change{c})
			single--
		default:
			rest = append(rest, c)
		}
	}
	return calls, rest
}
