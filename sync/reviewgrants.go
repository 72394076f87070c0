package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"rollcall/sync/journal"
)

// grants are the newest changes of memberships that the journal knows.
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

// readGrants reads who was let in by which run, and who approved it.
func (x *reviewer) readGrants(ctx context.Context) (*grants, error) {
	g := &grants{by: map[string]*journal.Change{}, approvers: map[int64]journal.Approval{}}
	if x.journal == nil {
		return g, nil
	}
	latest, err := x.journal.Latest(ctx, Add.String(), Invite.String(), CreateUser.String(), SetRole.String(), Adopt.String(),
		Remove.String(), RevokeInvitation.String())
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	for i := range latest {
		c := &latest[i]
		g.by[grantKey(c.Organization, c.UserID, c.Email)] = c
		if !c.Approved {
			continue
		}
		if g.approvers[c.ID], err = x.approver(ctx, c); err != nil {
			return nil, fmt.Errorf("read the journal: %w", err)
		}
	}
	return g, nil
}

// approver finds who let a change pass: the newest approval that covers it and
// was there before, else whoever started the run with --approve.
func (x *reviewer) approver(ctx context.Context, entry *journal.Change) (journal.Approval, error) {
	change, err := recalled(entry)
	if err != nil {
		return journal.Approval{}, err
	}
	for _, a := range slices.Backward(x.memory.approved) {
		if !a.Given.After(entry.Intended) && slices.Contains(a.Done, change.key()) {
			return a, nil
		}
	}
	run, err := x.journal.Run(ctx, entry.Run)
	if errors.Is(err, journal.ErrNoRun) {
		return journal.Approval{}, nil
	}
	if err != nil {
		return journal.Approval{}, err
	}
	return journal.Approval{By: StartedBy(run.Summary), Reason: "with apply --approve"}, nil
}

// runSummary is what the journal's summary of a run says.
type runSummary struct {
	By string `json:"by,omitempty"`
}

// RunSummary is what the journal is to keep of a run beyond its columns: who
// started it.
func RunSummary(by string) []byte {
	data, err := json.Marshal(runSummary{by})
	if err != nil {
		panic("a name cannot be encoded: " + err.Error()) // strings always can
	}
	return data
}

// StartedBy reads who started a run; empty where that was not written down.
func StartedBy(summary []byte) string {
	var s runSummary
	if json.Unmarshal(summary, &s) != nil {
		return "" // of a run before names were kept
	}
	return s.By
}

// of finds the run that a membership is due to: of the user, else of the
// invitation that an address of theirs got. A removal says that whoever is a
// member today was let in by somebody else.
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
	if c == nil || c.Action == Remove.String() || c.Action == RevokeInvitation.String() {
		return nil
	}
	return &Since{Run: c.Run, At: c.Settled, Action: c.Action, Role: c.To, ApprovedBy: g.approvers[c.ID].By, Reason: g.approvers[c.ID].Reason}
}
