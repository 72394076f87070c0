package roster

import (
	"context"
	"slices"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/policy"
)

// If missing_users says so, people without a Clerk user are invited, or get a
// user. A pending invitation is known by its organization and its folded address.
// It carries the marker, which Clerk moves to the membership when the invitation
// is accepted (S01). If somebody leaves before accepting, our invitation is revoked.

// listInvitations reads the pending invitations if people are invited now, or
// were invited by earlier runs. For somebody who was removed and may be invited
// again, they are read where the organization has some. That is for a note, so a
// failure stops nothing: leavers leave all the same (S26, S40).
func (r *Reader) listInvitations(ctx context.Context, st *Roster, past Past) error {
	invites := r.Config.MissingUsers == policy.MissingInvite || r.Config.MissingUsers == policy.MissingCreate || past.Invited
	switch {
	case len(st.Organizations) == 0:
	case invites:
		return r.ReadInvitations(ctx, st)
	case slices.ContainsFunc(st.Organizations, func(o *Organization) bool { return o.PendingInvitations > 0 && past.Leavers[o.ID] }):
		_ = r.ReadInvitations(ctx, st)
	}
	return nil
}

// ReadInvitations reads the pending invitations of all organizations.
func (r *Reader) ReadInvitations(ctx context.Context, st *Roster) error {
	list, err := r.Clerk.PendingInvitations(ctx)
	if err == nil {
		st.takeInvitations(list)
		st.InvitationsRead = true
	}
	return err
}

// takeInvitations files the pending invitations by organization and address.
func (st *Roster) takeInvitations(list []clerkapi.Invitation) {
	byID := st.ByID()
	for i := range list {
		inv := &list[i]
		o := byID[inv.OrganizationID]
		email, err := source.FoldEmail(inv.Email)
		if o == nil || err != nil {
			continue
		}
		if o.Invited == nil {
			o.Invited = map[string]*clerkapi.Invitation{}
		}
		o.Invited[email] = inv
	}
}
