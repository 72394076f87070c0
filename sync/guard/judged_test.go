package guard

import (
	"rollcall/sync/diff"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Check is what the limits of S17 make of an organization.
func Check(g policy.Guards, o *plan.Organization, changeable int, done tally) []plan.Hold {
	return (&organization{plan: o}).wait(overLimits(g, o, base{changeable, done.members}, done))
}

// Mark lets the rules of single changes speak alone.
func (s *Exclusions) Mark(d *diff.Proposal, m *memory.Memory) { s.MarkBeside(d, m, nil) }

// MarkBeside lets them speak beside the rest of a plan.
func (s *Exclusions) MarkBeside(d *diff.Proposal, m *memory.Memory, p *plan.Plan) {
	o := &organization{evidence: &evidence{Judge: &Judge{}, compared: &diff.Comparison{People: s.users, Memory: m, Plan: p}, exclusions: s}, plan: &plan.Organization{Changes: d.Changes}, proposal: d}
	for i := range rules {
		if rules[i].skips != nil {
			o.skip(&rules[i])
		}
	}
}
