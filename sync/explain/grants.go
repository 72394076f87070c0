package explain

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// grants are the newest changes of memberships in the journal.
type grants struct {
	by map[string]*journal.Change // by organization and user, or address
	// approvers are those of the changes that a guard had held, by change.
	approvers map[int64]journal.Approval
}

// grantKey names a membership, or an invitation without a user.
func grantKey(organization, user, email string) string {
	if user != "" {
		return organization + "\x1f" + user
	}
	return organization + "\x1f\x1f" + email
}

// readGrants reads which run gave each access, and who approved it.
func (x *reviewer) readGrants(ctx context.Context) (*grants, error) {
	g := &grants{by: map[string]*journal.Change{}, approvers: map[int64]journal.Approval{}}
	if x.Journal == nil {
		return g, nil
	}
	latest, err := x.Journal.Latest(ctx, plan.Add.String(), plan.Invite.String(), plan.CreateUser.String(), plan.SetRole.String(), plan.Adopt.String(),
		plan.Remove.String(), plan.RevokeInvitation.String())
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	for i := range latest {
		c := &latest[i]
		g.by[grantKey(c.Organization, c.UserID, c.Email)] = c
		if !c.Approved {
			continue
		}
		if g.approvers[c.ID], err = approver(ctx, x.Journal, x.Memory, c); err != nil {
			return nil, fmt.Errorf("read the history: %w", err)
		}
	}
	return g, nil
}

// approver finds the approval of a change: the newest one before it that
// covers it, else the person that started the run with --approve.
func approver(ctx context.Context, history Journal, remembered *memory.Memory, entry *journal.Change) (journal.Approval, error) {
	change, err := memory.ChangeOf(entry)
	if err != nil {
		return journal.Approval{}, err
	}
	for _, a := range slices.Backward(remembered.Approvals) {
		if !a.Given.After(entry.Intended) && slices.Contains(a.Done, change.Key()) {
			return a, nil
		}
	}
	run, err := history.Run(ctx, entry.Run)
	if errors.Is(err, journal.ErrNoRun) {
		return journal.Approval{}, nil
	}
	if err != nil {
		return journal.Approval{}, err
	}
	return journal.Approval{By: memory.SummaryOf(run.Summary).By, Reason: "approved with apply --approve"}, nil
}

// of finds the run that gave a membership: that of the user, else that of the
// invitation to one of their addresses. After a removal, a member of today was
// added by somebody else.
func (g *grants) of(organization, user string, emails []string) *Since {
	var c *journal.Change
	if user != "" {
		c = g.by[grantKey(organization, user, "")]
	}
	for _, email := range emails {
		if c == nil && email != "" {
			c = g.by[grantKey(organization, "", email)]
		}
	}
	if c == nil || c.Action == plan.Remove.String() || c.Action == plan.RevokeInvitation.String() {
		return nil
	}
	return &Since{Run: c.Run, At: c.Settled, Action: c.Action, Role: c.To, ApprovedBy: g.approvers[c.ID].By, Reason: g.approvers[c.ID].Reason}
}
