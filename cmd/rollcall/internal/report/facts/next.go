package facts

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// Way is what to type, in order, to let pass what is held, and when.
type Way struct {
	When     string   `json:"when"`
	Commands []string `json:"commands"`
}

// String is the way as a sentence.
func (w Way) String() string { return w.When + ": " + strings.Join(w.Commands, ", then ") }

// Rebinds are the ways to end the holds of ids that an admin can decide (S02).
func (p *Facts) Rebinds(holds []plan.Hold) []Way {
	var ways []Way
	for _, h := range holds {
		if h.Conflict != nil && !p.Options.NoHints {
			ways = append(ways, Way{"If " + escape.Address(h.Conflict.Email) + " is the same person", []string{p.Rebind(h.Conflict.Email, "--same-person")}},
				Way{"If it is somebody new", []string{p.Rebind(h.Conflict.Email, "--new-person")}})
		}
	}
	return ways
}

// Problems are what was not read, what stopped, and what failed.
func (p *Facts) Problems() []string {
	var all []string
	if p.Report.Fault != "" {
		all = append(all, "ended early: "+escape.Brief(p.Report.Fault))
	}
	for _, f := range p.Report.Plan.Failures {
		all = append(all, "not read: "+escape.Brief(escape.Joined(ReadFailure(f))))
	}
	for _, n := range p.Report.Stopped {
		all = append(all, "stopped: "+escape.Brief(p.Report.Plan.LabelOf(n.Organization))+": "+escape.Brief(n.Text))
	}
	all = append(all, p.FailedTexts()...)
	return all
}

// Next is what to type next; empty if there is nothing.
func (p *Facts) Next() string {
	made := p.Report.Plan
	failed := len(made.Failures) > 0 || p.Report.Tally(apply.Failed) > 0 || len(p.Report.Stopped) > 0
	switch {
	case p.Options.NoHints:
	case failed:
		return "fix the errors above, then run " + p.PlanAgain()
	case p.Report.Interrupted, p.Report.NotTried > 0:
		return "see what is left: " + p.PlanAgain()
	case !p.Report.Applied && made.Count(plan.Ready) > 0 && slices.ContainsFunc(made.Holds, func(h plan.Hold) bool { return h.Approval != "" }):
		return "approve what waits, or correct the source; then " + p.ApplyNow()
	case !p.Report.Applied && made.Count(plan.Ready) > 0:
		return p.ApplyNow()
	case slices.ContainsFunc(made.Holds, func(h plan.Hold) bool { return h.Approval == "" }):
		return "fix what waits above, then run " + p.PlanAgain()
	case len(made.Holds) > 0:
		return "approve what waits, or fix its source, then run " + p.PlanAgain()
	case len(made.Undoes) > 0 && p.Report.Tally(apply.Done) > 0:
		return fmt.Sprintf("fix the source or the rules and run %s; each organization above is paused until %s", p.Command("plan"), p.Command("resume", "ORGANIZATION"))
	}
	return ""
}
