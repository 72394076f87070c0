package sync

import (
	"context"
	"errors"

	"rollcall/clerkapi"
	"rollcall/source"
)

// sendInvitation sends or revokes one invitation. An answer that was lost is
// looked up among the pending ones: nobody gets a second mail (S32).
func (r *Reconciler) sendInvitation(ctx context.Context, c *Change) Outcome {
	var inv clerkapi.Invitation
	var err error
	if c.Action == Invite {
		inv, err = r.clerk.CreateInvitation(ctx, c.Organization, r.newInvitation(c))
	} else {
		inv, err = r.clerk.RevokeInvitation(ctx, c.Organization, c.InvitationID)
	}
	o := Outcome{Change: *c, Result: Done, invitation: &inv}
	if err == nil {
		return o
	}
	o.Result, o.Error, o.invitation, o.fatal = Failed, err.Error(), nil, clerkapi.StopsRun(err)
	switch {
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
