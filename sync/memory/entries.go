package memory

import (
	"fmt"

	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// Entry is a change as the journal stores it.
func Entry(c *plan.Change) journal.Change {
	return journal.Change{Action: c.Action.String(), Organization: c.Organization, UserID: c.UserID, InvitationID: c.InvitationID, Email: c.Email, Name: c.Name,
		Source: c.Source, PersonID: c.ID, From: c.From, To: c.To, Admin: string(c.Admin),
		Public: c.Public.Raw(), Private: c.Private.Raw(), PublicBefore: c.PublicBefore.Raw(), PrivateBefore: c.PrivateBefore.Raw(),
		Nulls: c.Nulls, Because: c.Because, Approved: c.Approved}
}

// ChangeOf is the change of an entry of the journal.
func ChangeOf(e *journal.Change) (plan.Change, error) {
	c := plan.Change{Organization: e.Organization, UserID: e.UserID, InvitationID: e.InvitationID, Email: e.Email, Name: e.Name, Source: e.Source, ID: e.PersonID,
		From: e.From, To: e.To, Admin: plan.AdminEffect(e.Admin), Nulls: e.Nulls, Because: e.Because}
	if err := c.Action.UnmarshalText([]byte(e.Action)); err != nil {
		return c, fmt.Errorf("read change %d of run %d in the history: %w", e.Seq, e.Run, err)
	}
	c.Public, c.Private = plan.Canonical(plan.Decode(e.Public)), plan.Canonical(plan.Decode(e.Private))
	return c, nil
}
