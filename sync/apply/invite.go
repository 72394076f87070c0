package apply

import (
	"context"
	"errors"
	"slices"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/plan"
)

// invitationTimeout is how long an invitation waits for its turn. Other
// programs may have used up the hour, and no other change should wait for
// that.
const invitationTimeout = 2 * time.Minute

// sendInvitations sends invitations, those of one request together. If the old
// invitation of an address could not be revoked, no second one is sent.
func (w *organizationRun) sendInvitations(ctx context.Context, wave []int) {
	stuck := map[string]bool{}
	for _, o := range w.outcomes {
		if o != nil && o.Change.Action == plan.RevokeInvitation && !o.Result.Reached() {
			stuck[o.Change.Email] = true
		}
	}
	wave = slices.DeleteFunc(slices.Clone(wave), func(i int) bool {
		c := w.plan.Changes[i]
		if stuck[c.Email] {
			w.outcomes[i] = &Outcome{Change: c, Result: Dropped, Error: "the earlier invitation could not be revoked"}
		}
		return stuck[c.Email]
	})
	slices.SortStableFunc(wave, func(a, b int) int { return w.plan.Changes[a].Bulk - w.plan.Changes[b].Bulk })
	w.inBatches(ctx, gains, wave, w.inviteBatch)
}

// invitations are those of one batch.
type invitations struct {
	*organizationRun
	list     []plan.Change
	outcomes []*Outcome
}

// inviteBatch sends the invitations of a batch: those that share a request, the
// single ones, and at last what the shared requests left.
func (w *organizationRun) inviteBatch(ctx context.Context, changes []int) {
	b := &invitations{organizationRun: w, list: w.pick(changes), outcomes: make([]*Outcome, len(changes))}
	if w.singly && w.tallies[gains].accepted < plan.PerBulk {
		for i := range b.list {
			b.list[i].Bulk = 0
		}
	}
	w.fileOutcomes(changes, w.writeAhead(b.list, func() []*Outcome {
		var shared, single [][]int
		for _, q := range requestsOf(b.list) {
			if len(q) > 1 {
				shared = append(shared, q)
			} else {
				single = append(single, q)
			}
		}
		b.sendRequests(ctx, plan.HourBulk, shared, b.inOneRequest)
		b.sendRequests(ctx, plan.HourSingle, single, func(q []int) { b.outcomes[q[0]] = b.inviteOne(&b.list[q[0]]) })
		b.sendRest(ctx)
		return b.outcomes
	}))
}

// sendRequests sends requests of one kind, as many at once as gains may be.
func (b *invitations) sendRequests(ctx context.Context, kind string, requests [][]int, send func([]int)) {
	for len(requests) > 0 && b.goesOn(ctx, gains) && !b.leave(requests) {
		now := requests[:min(b.tallies[gains].atOnce(gains), len(requests))]
		if !b.spend(kind, len(now), func() {
			concurrently(ctx, b.slots, len(now), func(i int) { send(now[i]) })
		}) {
			return
		}
		for _, q := range now {
			for _, i := range q {
				b.count(b.outcomes[i])
			}
		}
		requests = requests[len(now):]
	}
}

// leave leaves the invitations of requests out if they would be in vain (S39).
func (b *invitations) leave(requests [][]int) bool {
	reason := b.refusals.of(&b.list[requests[0][0]])
	if reason == 0 {
		return false
	}
	for _, q := range requests {
		for _, i := range q {
			b.outcomes[i] = new(refused(&b.list[i], reason))
		}
	}
	return true
}

// spend sends so many requests of a kind, which count against the hour before
// they are sent. It reports whether the count could be written.
func (b *invitations) spend(kind string, n int, send func()) bool {
	at, err := b.quota.spend(context.WithoutCancel(b.calls), kind, n)
	if err != nil {
		b.stopUnwritten(err)
		return false
	}
	if n > 0 {
		send()
		b.quota.moveToAnswer(kind, at, n)
	}
	return true
}

// requestsOf groups invitations that share a request, by their place.
func requestsOf(list []plan.Change) [][]int {
	var out [][]int
	for i := range list {
		if i > 0 && list[i].Bulk != 0 && list[i].Bulk == list[i-1].Bulk {
			out[len(out)-1] = append(out[len(out)-1], i)
			continue
		}
		out = append(out, []int{i})
	}
	return out
}

// inviteOne sends one invitation, unless the hour is known to be full.
func (b *invitations) inviteOne(c *plan.Change) *Outcome {
	if b.quota.isFull() {
		return new(deferred(c, HourlyQuota))
	}
	o := b.send(c)
	if o.Deferral == HourlyQuota {
		b.quota.markFull()
	}
	return o
}

// inOneRequest sends several invitations in one request. Whether Clerk takes all
// or none of them is not documented: after an error those that are pending are
// looked up, and the others are left to sendRest.
func (b *invitations) inOneRequest(request []int) {
	if b.quota.isFull() {
		return
	}
	r := b.sender
	bodies := make([]clerkapi.NewInvitation, len(request))
	for k, i := range request {
		bodies[k] = r.newInvitation(&b.list[i])
	}
	ctx, cancel := context.WithTimeout(b.calls, invitationTimeout)
	answer, err := r.Clerk.CreateInvitations(ctx, b.list[request[0]].Organization, bodies)
	cancel()
	switch {
	case isHourFull(err):
		b.quota.markFull()
	case refusalReason(&b.list[request[0]], err) != 0:
		b.failRequest(request, err)
		return
	case err != nil:
		if clerkapi.StopsRun(err) {
			b.ended[gains].Store(true)
		}
		r.Log.Warn("a call for several invitations failed; checking which invitations are pending")
		if answer, err = r.Clerk.PendingInvitations(b.calls); err != nil {
			b.failRequest(request, err)
			return
		}
	}
	for _, i := range request {
		if found := r.pendingFor(answer, &b.list[i]); found != nil {
			b.outcomes[i] = &Outcome{Change: b.list[i], Result: Done, Invitation: found}
			b.logOutcome(b.outcomes[i], 0)
		}
	}
}

// failRequest is the error of a request as the outcome of its invitations.
func (b *invitations) failRequest(request []int, err error) {
	for _, i := range request {
		o := new(failedBy(&b.list[i], err))
		o.refuse(err)
		b.heed(&b.list[i], o)
		b.outcomes[i] = o
		b.logOutcome(o, 0)
	}
}

// sendRest sends the invitations one by one that a request for several did not
// bring about, as far as the hour has room.
func (b *invitations) sendRest(ctx context.Context) {
	for i := range b.list {
		if b.outcomes[i] != nil || b.list[i].Bulk == 0 {
			continue
		}
		if !b.goesOn(ctx, gains) {
			return
		}
		if !b.quota.hasRoom() {
			b.outcomes[i] = new(deferred(&b.list[i], HourlyQuota))
			continue
		}
		if !b.spend(plan.HourSingle, 1, func() { b.outcomes[i] = b.inviteOne(&b.list[i]) }) {
			return
		}
		b.count(b.outcomes[i])
	}
}

// isHourFull reports whether Clerk takes no more invitations for now.
func isHourFull(err error) bool {
	return errors.Is(err, clerkapi.ErrTooManyRequests) || errors.Is(err, context.DeadlineExceeded) && !clerkapi.OutcomeUnknown(err)
}

// sendInvitation sends or revokes one invitation. An answer that was lost is
// looked up among the pending ones: nobody gets a second mail (S32).
func (r *Sender) sendInvitation(ctx context.Context, c *plan.Change) Outcome {
	var inv clerkapi.Invitation
	var err error
	if c.Action == plan.Invite {
		patient, cancel := context.WithTimeout(ctx, invitationTimeout)
		defer cancel()
		inv, err = r.Clerk.CreateInvitation(patient, c.Organization, r.newInvitation(c))
	} else {
		inv, err = r.Clerk.RevokeInvitation(ctx, c.Organization, c.InvitationID)
	}
	if err == nil {
		return Outcome{Change: *c, Result: Done, Invitation: &inv}
	}
	o := failedBy(c, err)
	switch {
	case c.Action == plan.Invite && isHourFull(err):
		o = deferred(c, HourlyQuota)
	case c.Action == plan.RevokeInvitation && (errors.Is(err, clerkapi.ErrNotPending) || clerkSaidNotFound(err) && r.isRevoked(ctx, c)):
		if o.Result, o.Error = Found, ""; tries(err) > 1 {
			o.Result = Done
		}
	case clerkapi.OutcomeUnknown(err), errors.Is(err, clerkapi.ErrAlreadyInvited):
		pending, listErr := r.Clerk.PendingInvitations(ctx)
		if listErr != nil {
			return o
		}
		if found := r.pendingFor(pending, c); found != nil || c.Action == plan.RevokeInvitation {
			o.settleBy(c, found)
		} else if errors.Is(err, clerkapi.ErrAlreadyInvited) {
			o.Result, o.Error = Found, "somebody else has invited this address, so rollcall does not manage the invitation"
		}
	case o.refuse(err):
	case c.Action == plan.Invite:
		o.Refused = refusal(err)
	}
	return o
}

// isRevoked asks whether an invitation is gone that Clerk cannot find. It says the
// same where a key may not see the organization, and then somebody who left could
// still accept (S39).
func (r *Sender) isRevoked(ctx context.Context, c *plan.Change) bool {
	pending, err := r.Clerk.PendingInvitations(ctx)
	return err == nil && r.pendingFor(pending, c) == nil
}

// pendingFor finds the pending invitation that a change sent or is to revoke.
func (r *Sender) pendingFor(pending []clerkapi.Invitation, c *plan.Change) *clerkapi.Invitation {
	for i := range pending {
		inv := &pending[i]
		email, err := source.FoldEmail(inv.Email)
		switch {
		case inv.OrganizationID != c.Organization:
		case c.Action == plan.RevokeInvitation && inv.ID == c.InvitationID:
			return inv
		case c.Action == plan.Invite && err == nil && email == c.Email && r.isMarkerOf(plan.ParseMarker(inv.Private), c):
			return inv
		}
	}
	return nil
}

// isMarkerOf reports whether a marker is the one that a change writes.
func (r *Sender) isMarkerOf(m *plan.Marker, c *plan.Change) bool {
	return m != nil && *m == plan.Marker{Owner: r.Config.Owner, Source: c.Source, ID: c.ID}
}

// newInvitation is the invitation that a change asks for.
func (r *Sender) newInvitation(c *plan.Change) clerkapi.NewInvitation {
	s := r.Config.Invitations
	inv := clerkapi.NewInvitation{Email: c.Email, Role: c.To, Public: c.Public.Raw(), Private: c.Private.Raw(),
		RedirectURL: s.RedirectURL, ExpiresInDays: s.ExpiresInDays, InviterUserID: s.Inviter}
	if !s.Notify {
		inv.Notify = &s.Notify
	}
	return inv
}

// refusal is Clerk's error code against this one invitation; empty for errors
// that concern the organization, the key or the moment.
func refusal(err error) string {
	e, ok := errors.AsType[*clerkapi.Error](err)
	if !ok || e.Status < 400 || e.Status >= 500 || slices.Contains([]int{401, 402, 404, 408, 409, 429}, e.Status) {
		return ""
	}
	if clerkapi.StopsRun(err) {
		return ""
	}
	return codeOf(e)
}
