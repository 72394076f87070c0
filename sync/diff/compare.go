package diff

import (
	"context"
	"time"

	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/identity"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Differ compares what the rules want with what Clerk has.
type Differ struct {
	Config    policy.Config
	Remembers bool
	Now       func() time.Time
}

// Comparison is everything that a run has read, and the changes that it
// proposes.
type Comparison struct {
	Read      *directory.Reading
	Assigned  *assign.Assignments
	Have      *roster.Roster
	People    *identity.Resolver
	Memory    *memory.Memory
	Proposals []*Proposal
	Plan      *plan.Plan
	// Claimants are the entries that may own the account of a leaver, by user.
	Claimants map[string][]plan.DirectoryID
}

// Compare proposes the changes of each organization, and then looks again at
// everybody who would lose something.
func (r *Differ) Compare(ctx context.Context, v *identity.Resolver) (*Comparison, error) {
	a := v.Assigned
	s := &Comparison{Read: a.Read, Assigned: a, Have: v.Have, Memory: v.Memory, People: v}
	s.Proposals = r.propose(v.Wants, v.Have, a, v)
	if err := r.confirm(ctx, s.Proposals, v); err != nil {
		return nil, err
	}
	explainUnmarked(s.Proposals, v)
	r.keepInGrace(s.Proposals, v.Have, a.Memory)
	s.Plan = r.Plan(s, v.PrecedenceNotes)
	return s, nil
}
