package sync

import (
	"context"
	"strings"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/apply"
	"rollcall/sync/diff"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// rememberInvitations keeps the invitations that were sent. It forgets those
// of members and of people that have left, if it is known that none is pending: without
// the memory, no later run would look for one (S39).
func rememberInvitations(n *update, s *diff.Comparison, report *Report, applied map[string]bool) {
	wanted := map[string]bool{}
	for _, d := range s.Proposals {
		for i := range d.Wants {
			if p := d.Wants[i].Person; p.UserID == "" {
				wanted[memory.InvitationKey(d.Organization.ID, p.Email)] = true
			}
		}
		adoptInvitations(n, d.Organization)
	}
	for key := range s.Memory.Invitations {
		if organization, _, _ := strings.Cut(key, " "); s.Have.InvitationsRead && applied[organization] && !wanted[key] {
			n.Drop(memory.FactInvitation, key)
		}
	}
	rememberSent(n, report)
}

// adoptInvitations keeps pending invitations that the memory does not have:
// those of a run that was killed, or from before there was a memory.
func adoptInvitations(n *update, o *roster.Organization) {
	for email, inv := range o.Invited {
		key := memory.InvitationKey(o.ID, email)
		m := plan.ParseMarker(inv.Private)
		if _, known := n.Memory.Invitations[key]; known || !m.OwnedBy(n.config.Owner) {
			continue
		}
		n.Put(memory.FactInvitation, key, memory.InvitationFact{Sent: 1, At: time.UnixMilli(inv.CreatedAt).UTC(), Expires: expiry(inv, n.config)})
	}
}

// rememberSent keeps the results of the invitations of this run.
func rememberSent(n *update, report *Report) {
	revoked := map[string]bool{}
	for i := range report.Outcomes {
		o := &report.Outcomes[i]
		key := memory.InvitationKey(o.Change.Organization, o.Change.Email)
		switch {
		case o.Change.Action == plan.RevokeInvitation && o.Result.Reached():
			n.Drop(memory.FactInvitation, key)
			revoked[key] = o.Change.Replaced
		case o.Change.Action == plan.Invite && (o.Result == apply.Done || o.Refused != ""):
			f := memory.InvitationFact{Sent: n.Memory.Invitations[key].Sent + 1, At: n.now().UTC(), Refused: o.Refused}
			if o.Invitation != nil {
				f.Expires = expiry(o.Invitation, n.config)
			}
			if revoked[key] {
				f.Renewed = f.At
			}
			n.Put(memory.FactInvitation, key, f)
		}
	}
}

// expiry is when an invitation expires.
func expiry(inv *clerkapi.Invitation, config policy.Config) time.Time {
	return config.Invitations.Expiry(inv.CreatedAt, inv.ExpiresAt)
}

// dropLinks deletes the links of invitations that are not pending any more, because
// somebody has accepted or revoked them. What the run itself revokes loses its link in
// the commit of that outcome.
func (r *Reconciler) dropLinks(ctx context.Context, have *roster.Roster) error {
	pending, read := map[string]bool{}, map[string]bool{}
	for _, o := range have.Organizations {
		read[o.ID] = have.InvitationsRead
		for _, inv := range o.Invited {
			pending[inv.ID] = true
		}
	}
	err := r.journal.DropLinks(ctx, func(l *journal.Link) bool { return read[l.Organization] && !pending[l.InvitationID] })
	return roster.Wrap("delete the links of invitations that are over", err)
}
