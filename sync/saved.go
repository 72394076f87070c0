package sync

import (
	"fmt"
	"slices"

	"rollcall/source"
)

// matchSaved limits the plan to what a saved one contains too (S24). Without
// AllowSubset the two must want the same; else everything is held.
func (p *Plan) matchSaved(run Run) {
	if run.Saved == nil {
		return
	}
	saved, held := run.Saved.keys(run)
	var extra, ready []*Change
	for o, c := range p.Changes() {
		if c.State != Ready || !run.covers(o, c) {
			continue
		}
		ready = append(ready, c)
		// What the saved plan showed as held may go now that it is approved.
		if !saved[c.key()] && (!held[c.key()] || c.Why != approvedWhy) {
			extra = append(extra, c)
		}
		delete(saved, c.key())
	}
	if run.AllowSubset {
		for _, c := range extra {
			c.State, c.Why = Skipped, notSaved+" (S24)"
		}
		return
	}
	if len(extra) == 0 && len(saved) == 0 {
		return
	}
	for _, c := range ready {
		c.State, c.Why = Held, "the saved plan is out of date (S24)"
	}
	p.Holds = append(p.Holds, Hold{Guard: "saved_plan", Rule: "S24", Changes: len(ready), Text: fmt.Sprintf(
		"the saved plan is out of date: %s done already or no longer wanted, %s new; make a new plan, or apply what both want with --allow-subset",
		are(len(saved), "of its changes"), are(len(extra), "of today's"))})
}

// are is "1 of … is" or "2 of … are".
func are(n int, of string) string {
	if n == 1 {
		return "1 " + of + " is"
	}
	return fmt.Sprintf("%d %s are", n, of)
}

// keys are the changes of the asked-for part that are ready, and those held.
func (p *Plan) keys(run Run) (ready, held map[string]bool) {
	ready, held = map[string]bool{}, map[string]bool{}
	for o, c := range p.Changes() {
		switch {
		case !run.covers(o, c):
		case c.State == Ready:
			ready[c.key()] = true
		case c.State == Held:
			held[c.key()] = true
		}
	}
	return ready, held
}

// covers reports whether the change is in the part that was asked for.
func (run Run) covers(o *OrganizationPlan, c *Change) bool {
	return run.coversOrganization(o) && (run.Only == "" || c.Email == run.only() || c.UserID == run.Only)
}

func (run Run) coversOrganization(o *OrganizationPlan) bool {
	return run.Organization == "" || run.Organization == o.Slug || run.Organization == o.ID
}

// only is the address that was asked for, folded.
func (run Run) only() string {
	if folded, err := source.FoldEmail(run.Only); err == nil {
		return folded
	}
	return run.Only
}

// limit is the part of the plan that was asked for; the whole was planned and
// guarded, so holds of the run stay in sight.
func (p *Plan) limit(run Run) *Plan {
	if run.Organization == "" && run.Only == "" {
		return p
	}
	out := *p
	out.Organizations, out.Holds = []OrganizationPlan{}, nil
	for _, o := range p.Organizations {
		if !run.coversOrganization(&o) {
			continue
		}
		if run.Only != "" {
			o.Changes = slices.DeleteFunc(slices.Clone(o.Changes), func(c Change) bool { return !run.covers(&o, &c) })
			o.Notes = slices.DeleteFunc(slices.Clone(o.Notes), func(n Note) bool { return n.Email != "" && n.Email != run.only() })
		}
		out.Organizations = append(out.Organizations, o)
	}
	out.Upcoming = p.Upcoming.limitTo(&out, run)
	for _, h := range p.Holds {
		asked := run.Organization == "" || h.Organization == "" || h.Organization == run.Organization || out.has(h.Organization)
		if asked && (run.Only == "" || out.concerns(h)) {
			out.Holds = append(out.Holds, h)
		}
	}
	if run.Only != "" && !out.mentions() {
		out.Notes = append(slices.Clone(p.Notes), Note{Text: fmt.Sprintf("nothing to change for %q, or nobody is known by that address or user id", run.Only)})
	}
	if run.Organization != "" && !out.knows(run.Organization) {
		out.Holds = append(out.Holds, Hold{Guard: UnknownOrganization, Rule: "S22", Organization: run.Organization, Text: fmt.Sprintf(
			"no rule or row leads to an organization %q; nothing was done", run.Organization)})
	}
	return &out
}

// concerns reports whether a hold keeps one of the plan's changes; one that
// counts no changes may concern anybody.
func (p *Plan) concerns(h Hold) bool {
	if h.Changes == 0 {
		return true
	}
	for o, c := range p.Changes() {
		if c.State == Held && (h.Organization == "" || h.Organization == o.ID) {
			return true
		}
	}
	return false
}

// mentions reports whether the plan has a change, or a note about somebody.
func (p *Plan) mentions() bool {
	return slices.ContainsFunc(p.Organizations, func(o OrganizationPlan) bool {
		return len(o.Changes) > 0 || slices.ContainsFunc(o.Notes, func(n Note) bool { return n.Email != "" })
	})
}

// knows reports whether the plan has something to say of the organization.
func (p *Plan) knows(organization string) bool {
	return len(p.Organizations) > 0 ||
		slices.ContainsFunc(p.Holds, func(h Hold) bool { return h.Organization == organization }) ||
		slices.ContainsFunc(p.Failures, func(f Failure) bool { return f.Organization == organization })
}

func (p *Plan) has(organization string) bool {
	for i := range p.Organizations {
		if p.Organizations[i].ID == organization {
			return true
		}
	}
	return false
}
