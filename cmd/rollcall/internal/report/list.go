package report

import (
	"rollcall/cmd/rollcall/internal/webpage"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// listOf are changes of one state in the order of a page: new admins first (S43), then
// the people who leave, then all others as the plan has them.
func (p layout) listOf(state plan.State, heading string, changes []*plan.Change, known plan.Reasons) webpage.List {
	l := webpage.List{State: string(state), Heading: heading}
	for _, c := range changes {
		l.Rows = append(l.Rows, p.row(c, known))
	}
	webpage.SortRows(l.Rows)
	return l
}

func (p layout) row(c *plan.Change, known plan.Reasons) webpage.Row {
	outcome, tried := p.Outcomes[*c]
	r := webpage.NewRow(c, p.Reason(c, known))
	r.Failed = p.Report.Applied && c.State == plan.Ready && (!tried || outcome.Result == apply.Failed)
	return r
}

// tally counts changes by what they do, of one state where that is named.
type tally struct {
	State               string
	Add, Change, Remove int
}

// tallies are the states in which there are changes.
func (p layout) tallies() []tally {
	counts := map[plan.State]*tally{plan.Ready: {State: "to do"}, plan.Held: {State: "waiting"}, plan.Skipped: {State: "skipped"}}
	if p.Report.Applied {
		counts[plan.Ready].State = "to be done"
	}
	for _, c := range p.Report.Plan.Changes() {
		counts[c.State].count(c.Action)
	}
	out := []tally{*counts[plan.Ready]}
	for _, state := range []plan.State{plan.Held, plan.Skipped} {
		if t := counts[state]; t.all() > 0 {
			out = append(out, *t)
		}
	}
	return out
}

func (t *tally) count(a plan.Action) {
	switch a.Symbol() {
	case "+":
		t.Add++
	case "-":
		t.Remove++
	default:
		t.Change++
	}
}

func (t *tally) all() int { return t.Add + t.Change + t.Remove }
