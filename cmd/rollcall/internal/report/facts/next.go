package facts

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/guard"
	"rollcall/sync/plan"
)

// Way is what to type, in order, to release what waits, and when.
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

// Step is something to do next: a command with what it does, or else only the
// words.
type Step struct{ Command, Text string }

// String is the step in one line.
func (s Step) String() string { return strings.TrimSpace(s.Command + " " + s.Text) }

// Next is what to do next as one sentence; empty if there is nothing.
func (p *Facts) Next() string {
	steps := p.Steps()
	if len(steps) == 1 {
		return steps[0].String()
	}
	var parts []string
	for i, s := range steps {
		parts = append(parts, fmt.Sprintf("%d. %s", i+1, s))
	}
	return strings.Join(parts, "; ")
}

// Steps are what to do next, in order.
func (p *Facts) Steps() []Step {
	made := p.Report.Plan
	switch n := len(made.Failures) + p.Report.Tally(apply.Failed) + len(p.Report.Stopped); {
	case p.Options.NoHints:
		return nil
	case len(stepper{p}.endSteps()) > 0:
		return stepper{p}.endSteps()
	case n > 0:
		fix := Step{"", "fix the " + map[bool]string{true: "error", false: "errors"}[n == 1] + ", then run " + p.PlanAgain()}
		return append([]Step{fix}, stepper{p}.stepsBesideErrors()...)
	case p.Report.Interrupted, p.Report.NotTried > 0:
		return []Step{{"", "see what is left: " + p.PlanAgain()}}
	case len(made.Undoes) > 0 && len(undone(p.Report)) > 0 && len(made.Holds) == 0:
		return []Step{{"", "fix the source or the rules, then run " + p.Command("plan")}, {p.Command("resume", undone(p.Report)...), "ends the pause of what was undone"}}
	}
	return append(stepper{p}.waitingSteps(), stepper{p}.resumeSteps()...)
}

// stepper finds the steps of a report in which something waits, or that ended early.
type stepper struct{ *Facts }

// undone are the organizations that an undo has changed, by label.
func undone(r *sync.Report) []string {
	var names []string
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Result == apply.Done && o.Change.Organization != plan.Accounts {
			names = append(names, r.Plan.LabelOf(o.Change.Organization))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// stepsBesideErrors are what else to do where something failed: what waits, except
// for a source that could not be read, which is the error itself.
func (p stepper) stepsBesideErrors() []Step {
	if approvable, _ := p.Blocks(); len(approvable) > 0 || len(p.fixes()) > 0 {
		return p.waitingSteps()
	}
	return nil
}

// fixes are the steps that end a cause. No approval does. They come first: what is
// approved before may not wait afterwards.
func (p stepper) fixes() []Step {
	_, others := p.Blocks()
	var places, missing []string
	failed := plan.Reasons(0).With(plan.FailedSource)
	for i := range others {
		b := &others[i]
		missing = append(missing, b.Missing...)
		if !b.Follows && len(b.Missing) == 0 && (len(p.Report.Plan.Failures) == 0 || b.Known != failed) {
			places = append(places, b.Places...)
		}
	}
	slices.Sort(missing)
	steps := p.newIDs()
	if missing = slices.Compact(missing); len(missing) > 0 {
		steps = append(steps, Step{"", "correct or create " + InWords(missing) + ", then run " + p.PlanAgain() + "; an approval does not help here"})
	}
	if len(places) > 0 {
		steps = append(steps, Step{"", "fix what " + InWords(places) + " " + wait(len(places)) + " for, then run " + p.PlanAgain() + "; an approval does not help here"})
	}
	return steps
}

// waitingSteps end what waits, and do what does not wait.
func (p stepper) waitingSteps() []Step {
	made := p.Report.Plan
	approvable, _ := p.Blocks()
	steps, onlyIf := p.fixes(), ""
	for _, text := range []string{lookFirst(made.Holds, p.Options.State), manyLeave(made)} {
		if text != "" {
			steps, onlyIf = append(steps, Step{"", text}), "if that is right: "
		}
	}
	switch n := len(approvable); {
	case n == 0:
	case p.Options.Kept:
		steps = append(steps, Step{p.Command("approve"), fmt.Sprintf("%sasks yes or no about %s; a command below says yes without asking; neither changes anything by itself", onlyIf, Count(n, "thing")+" that "+wait(n))})
	case !slices.ContainsFunc(approvable, func(b Block) bool { return b.Hash != "" }):
		steps = append(steps, Step{p.WholePlan(), "shows all that waits together, and the command that approves it"})
	default:
		steps = append(steps, Step{"", "approve what waits with the commands below"})
	}
	switch ready := !p.Report.Applied && made.Count(plan.Ready) > 0; {
	case len(steps) == 0 && ready:
		return []Step{{p.ApplyNow(), ""}}
	case len(approvable) > 0 && p.Options.Kept && p.Options.Sends != "":
		return append(steps, Step{"", p.Options.Sends + " does what was approved"})
	case len(approvable) > 0 && p.Options.Kept && ready:
		return append(steps, Step{p.ApplyNow(), "does what does not wait, even without an approval, and what was approved"})
	case len(approvable) > 0 && p.Options.Kept:
		return append(steps, Step{p.ApplyNow(), "does what was approved"})
	case ready:
		return append(steps, Step{p.ApplyNow(), "does what does not wait"})
	}
	return steps
}

// resumeSteps end the pauses that leave changes out: nothing else does, and a pause after
// an undo is there until somebody has found what was wrong.
func (p stepper) resumeSteps() []Step {
	made, n := p.Report.Plan, 0
	for _, c := range made.Changes() {
		if c.SkippedFor() == plan.Paused {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	var names []string
	for i := range made.Organizations {
		o := &made.Organizations[i]
		for _, note := range o.Notes {
			switch {
			case note.Kind == guard.PausedEverywhere:
				return []Step{p.resume(n)}
			case note.Kind == guard.PausedHere && slices.ContainsFunc(o.Changes, func(c plan.Change) bool { return c.SkippedFor() == plan.Paused }):
				names = append(names, o.Label())
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []Step{p.resume(n, names...)}
}

// resume is the step that ends a pause.
func (p stepper) resume(n int, names ...string) Step {
	return Step{p.Command("resume", names...), fmt.Sprintf("once the source and the rules are right; until then %s paused", countAre(n))}
}

// countAre is so many changes, with their verb.
func countAre(n int) string {
	if n == 1 {
		return "1 change is"
	}
	return Count(n, "change") + " are"
}
