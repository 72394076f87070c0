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
	approvable := slices.ContainsFunc(made.Holds, func(h plan.Hold) bool { return h.Approval != "" })
	switch n := len(made.Failures) + p.Report.Tally(apply.Failed) + len(p.Report.Stopped); {
	case p.Options.NoHints:
	case n == 1:
		return "fix the error, then run " + p.PlanAgain()
	case n > 1:
		return "fix the errors, then run " + p.PlanAgain()
	case p.Report.Interrupted, p.Report.NotTried > 0:
		return "see what is left: " + p.PlanAgain()
	case !p.Report.Applied && made.Count(plan.Ready) > 0 && approvable:
		return p.ApplyNow() + " does what does not wait. " + p.toApproveRest()
	case !p.Report.Applied && made.Count(plan.Ready) > 0:
		return p.ApplyNow()
	case slices.ContainsFunc(made.Holds, func(h plan.Hold) bool { return h.Approval == "" }):
		return "fix what waits above, then run " + p.PlanAgain()
	case approvable:
		return p.toApproveRest()
	case len(made.Undoes) > 0 && p.Report.Tally(apply.Done) > 0:
		return fmt.Sprintf("fix the source or the rules and run %s; each organization above is paused until %s", p.Command("plan"), p.Command("resume", "ORGANIZATION"))
	}
	return ""
}

// toApproveRest says what to do about what waits. An approval sends nothing.
func (p *Facts) toApproveRest() string {
	if !p.Options.Kept {
		return "Approve what waits with the commands below, or correct the source and plan again."
	}
	return "Approve what waits with " + p.Command("approve") + ", which asks about each and sends nothing: the run after it does. Or correct the source and plan again."
}
