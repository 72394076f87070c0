package sync

import (
	"fmt"

	"rollcall/source"
)

// matchSaved limits the plan to what a saved one contains too (S24). Without
// AllowSubset the two must want the same; else everything is held.
func (p *Plan) matchSaved(run Run) {
	if run.Saved == nil {
		return
	}
	saved := map[string]bool{}
	for _, c := range run.Saved.Changes() {
		if c.State == Ready {
			saved[c.key()] = true
		}
	}
	var extra []*Change
	ready := 0
	for _, c := range p.Changes() {
		if c.State != Ready {
			continue
		}
		ready++
		if !saved[c.key()] {
			extra = append(extra, c)
		}
		delete(saved, c.key())
	}
	if run.AllowSubset {
		for _, c := range extra {
			c.State, c.Why = Skipped, "not in the saved plan (S24)"
		}
		return
	}
	if len(extra) == 0 && len(saved) == 0 {
		return
	}
	for _, c := range p.Changes() {
		if c.State == Ready {
			c.State, c.Why = Held, "the saved plan is out of date (S24)"
		}
	}
	p.Holds = append(p.Holds, Hold{Guard: "saved_plan", Rule: "S24", Changes: ready, Text: fmt.Sprintf(
		"the saved plan is out of date: %d of its changes are no longer wanted, %d are new; make a new plan, or apply what both want with --allow-subset",
		len(saved), len(extra))})
}

// limit is the part of the plan that was asked for; the whole was planned and
// guarded, so holds of the run stay in sight.
func (p *Plan) limit(run Run) *Plan {
	if run.Organization == "" && run.Only == "" {
		return p
	}
	only := run.Only
	if folded, err := source.FoldEmail(only); err == nil {
		only = folded
	}
	out := *p
	out.Organizations, out.Holds = nil, nil
	for _, o := range p.Organizations {
		if run.Organization != "" && run.Organization != o.Slug && run.Organization != o.ID {
			continue
		}
		if run.Only != "" {
			var some []Change
			for _, c := range o.Changes {
				if c.Email == only || c.UserID == only {
					some = append(some, c)
				}
			}
			o.Changes = some
		}
		out.Organizations = append(out.Organizations, o)
	}
	for _, h := range p.Holds {
		if run.Organization == "" || h.Organization == "" || h.Organization == run.Organization || out.has(h.Organization) {
			out.Holds = append(out.Holds, h)
		}
	}
	return &out
}

func (p *Plan) has(organization string) bool {
	for i := range p.Organizations {
		if p.Organizations[i].ID == organization {
			return true
		}
	}
	return false
}
