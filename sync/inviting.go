package sync

import (
	"context"
	"errors"
	"slices"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
)

// patience is how long an invitation waits for its turn: the hour may be full
// although we know nothing of it, and nobody else's change waits for that.
const patience = 2 * time.Minute

// inInvitations sends invitations, those of one request together. Whose old
// one could not be revoked gets no second one.
func (w *organizationWork) inInvitations(ctx context.Context, wave []int) {
	stuck := map[string]bool{}
	for _, o := range w.outcomes {
		if o != nil && o.Change.Action == RevokeInvitation && o.Result != Done && o.Result != Found {
			stuck[o.Change.Email] = true
		}
	}
	wave = slices.DeleteFunc(slices.Clone(wave), func(i int) bool {
		c := w.plan.Changes[i]
		if stuck[c.Email] {
			w.outcomes[i] = &Outcome{Change: c, Result: Dropped, Error: "the invitation before it could not be revoked"}
		}
		return stuck[c.Email]
	})
	slices.SortStableFunc(wave, func(a, b int) int { return w.plan.Changes[a].request - w.plan.Changes[b].request })
	w.inBatches(ctx, wave, w.invite)
}

// invite sends the invitations of a batch.
func (w *organizationWork) invite(ctx context.Context, changes []int) {
	list := w.pick(changes)
	w.settle(changes, w.written(list, func() []*Outcome {
		outcomes := make([]*Outcome, len(list))
		requests := requestsOf(list)
		bulk := 0
		for _, q := range requests {
			if len(q) > 1 {
				bulk++
			}
		}
		if w.spend(hourBulk, bulk, func() {
			w.atOnce(ctx, len(requests), func(i int) {
				if q := requests[i]; len(q) > 1 {
					w.inviteTogether(list, q, outcomes)
				}
			})
		}) && w.spend(hourSingle, len(requests)-bulk, func() {
			w.atOnce(ctx, len(requests), func(i int) {
				if q := requests[i]; len(q) == 1 {
					outcomes[q[0]] = w.inviteAlone(&list[q[0]])
				}
			})
		}) {
			w.inviteRest(ctx, list, outcomes)
		}
		return outcomes
	}))
}

// spend makes so many requests of a kind, which count against the hour before
// they are sent. It reports whether the hour could be written down.
func (w *organizationWork) spend(kind string, n int, send func()) bool {
	at, err := w.hour.spend(context.WithoutCancel(w.calls), kind, n)
	if err != nil {
		w.end(err)
		return false
	}
	if n > 0 {
		send()
		w.hour.answered(kind, at, n)
	}
	return true
}

// requestsOf groups invitations that share a request, by their place.
func requestsOf(list []Change) [][]int {
	var out [][]int
	for i := range list {
		if i > 0 && list[i].request != 0 && list[i].request == list[i-1].request {
			out[len(out)-1] = append(out[len(out)-1], i)
			continue
		}
		out = append(out, []int{i})
	}
	return out
}

// inviteAlone sends one invitation, unless the hour is known to be full.
func (w *organizationWork) inviteAlone(c *Change) *Outcome {
	if w.hour.isFull() {
		return &Outcome{Change: *c, Result: Dropped, Error: hourIsFull}
	}
	o := w.send(c)
	if o.Result == Dropped && o.Error == hourIsFull {
		w.hour.overflow()
	}
	return o
}

// inviteTogether sends several invitations in one request. Whether Clerk takes
// all or none of them is not documented: after an error those that are pending
// are looked up, and the others are left to inviteRest.
func (w *organizationWork) inviteTogether(list []Change, request []int, outcomes []*Outcome) {
	r := w.reconciler
	invitations := make([]clerkapi.NewInvitation, len(request))
	for k, i := range request {
		invitations[k] = r.newInvitation(&list[i])
	}
	ctx, cancel := context.WithTimeout(w.calls, patience)
	answer, err := r.clerk.CreateInvitations(ctx, list[request[0]].Organization, invitations)
	cancel()
	switch {
	case isHourFull(err):
		w.hour.overflow()
	case err != nil:
		if clerkapi.StopsRun(err) {
			w.stop()
		}
		r.log.Warn("several invitations failed, looking which are pending")
		if answer, err = r.clerk.PendingInvitations(w.calls); err != nil {
			for _, i := range request {
				outcomes[i] = &Outcome{Change: list[i], Result: Failed, Error: err.Error(), fatal: clerkapi.StopsRun(err), outage: clerkapi.Outage(err)}
			}
			return
		}
	}
	for _, i := range request {
		if found := r.pendingFor(answer, &list[i]); found != nil {
			outcomes[i] = &Outcome{Change: list[i], Result: Done, invitation: found}
			w.reconciler.logged(outcomes[i], 0)
		}
	}
}

// inviteRest sends alone what a request for several did not bring about, as
// far as the hour has room.
func (w *organizationWork) inviteRest(ctx context.Context, list []Change, outcomes []*Outcome) {
	for i := range list {
		if outcomes[i] != nil || list[i].request == 0 {
			continue
		}
		if ctx.Err() != nil || w.stopped != "" {
			return
		}
		if !w.hour.room() {
			outcomes[i] = &Outcome{Change: list[i], Result: Dropped, Error: hourIsFull}
			continue
		}
		if !w.spend(hourSingle, 1, func() { outcomes[i] = w.inviteAlone(&list[i]) }) {
			return
		}
	}
}

// isHourFull reports whether Clerk takes no more invitations for now.
func isHourFull(err error) bool {
	return errors.Is(err, clerkapi.ErrTooManyRequests) || errors.Is(err, context.DeadlineExceeded) && !clerkapi.OutcomeUnknown(err)
}

// sendInvitation sends or revokes one invitation. An answer that was lost is
// looked up among the pending ones: nobody gets a second mail (S32).
func (r *Reconciler) sendInvitation(ctx context.Context, c *Change) Outcome {
	var inv clerkapi.Invitation
	var err error
	if c.Action == Invite {
		patient, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		inv, err = r.clerk.CreateInvitation(patient, c.Organization, r.newInvitation(c))
	} else {
		inv, err = r.clerk.RevokeInvitation(ctx, c.Organization, c.InvitationID)
	}
	o := Outcome{Change: *c, Result: Done, invitation: &inv}
	if err == nil {
		return o
	}
	o.Result, o.Error, o.invitation, o.fatal, o.outage = Failed, err.Error(), nil, clerkapi.StopsRun(err), clerkapi.Outage(err)
	switch {
	case c.Action == Invite && isHourFull(err):
		o.Result, o.Error = Dropped, hourIsFull
	case errors.Is(err, clerkapi.ErrNotPending), c.Action == RevokeInvitation && saidNotFound(err):
		if o.Result, o.Error = Found, ""; tries(err) > 1 {
			o.Result = Done
		}
	case clerkapi.OutcomeUnknown(err), errors.Is(err, clerkapi.ErrAlreadyInvited):
		pending, listErr := r.clerk.PendingInvitations(ctx)
		if listErr != nil {
			return o
		}
		if found := r.pendingFor(pending, c); found != nil || c.Action == RevokeInvitation {
			o.settle(c, found)
		} else if errors.Is(err, clerkapi.ErrAlreadyInvited) {
			o.Result, o.Error = Found, "somebody else has invited the address; that invitation is not ours"
		}
	case c.Action == Invite:
		o.refused = refusal(err)
	}
	return o
}

// settle says what became of a change by what is pending now: nil is nothing.
func (o *Outcome) settle(c *Change, found *clerkapi.Invitation) {
	if (found != nil) == (c.Action == Invite) {
		o.Result, o.Error, o.invitation = Done, "", found
	}
}

// pendingFor finds the pending invitation that a change sent or is to revoke.
func (r *Reconciler) pendingFor(pending []clerkapi.Invitation, c *Change) *clerkapi.Invitation {
	for i := range pending {
		inv := &pending[i]
		email, err := source.FoldEmail(inv.Email)
		switch {
		case inv.OrganizationID != c.Organization:
		case c.Action == RevokeInvitation && inv.ID == c.InvitationID:
			return inv
		case c.Action == Invite && err == nil && email == c.Email && r.carries(parseMarker(inv.Private), c):
			return inv
		}
	}
	return nil
}

// carries reports whether a marker is the one that a change gives.
func (r *Reconciler) carries(m *Marker, c *Change) bool {
	return m != nil && *m == Marker{r.config.Owner, c.Source, c.ID}
}
