package report

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/plan"
)

// top answers what a reader asks first: who loses access, at which instance, what
// was not read, and, where something waits or the lists are long, how many people
// each kind of change concerns, who becomes admin, and what to type. It reports whether
// it said that.
func (p *printer) top() (next bool) {
	p.line("", "%s", p.Paint(terminal.Bold, p.Headline()))
	p.line("", "%s", facts.InstanceLine(p.Report.Plan.Instance))
	for _, f := range p.Report.Plan.Failures {
		p.line("", "%s %s", p.Paint(terminal.Red, "not read:"), escape.Brief(facts.ReadFailure(f)))
	}
	if p.Domain != "" {
		p.line("", "%s", p.Paint(terminal.Dim, "Addresses without a domain are @"+p.Domain+"."))
	}
	if len(p.Report.Plan.Holds) == 0 && !p.isLarge() {
		p.nothingYet()
		p.Line("")
		return false
	}
	p.Line("")
	figurer{p}.figures()
	p.Line("")
	p.next()
	p.Line("")
	return true
}

// nothingYet says of a plan without a table that it is one: "7 people lose access" may
// be read as what has happened.
func (p *printer) nothingYet() {
	if !p.Report.Applied && p.Report.Plan.Count(plan.Ready) > 0 {
		p.line("", "Nothing has changed yet, and nothing waits.")
	}
}

// figurer writes the table of figures.
type figurer struct{ *printer }

// figures is a table of people, and of the memberships that give or end the rights of an
// admin: what is done now, and what waits. One person may be admin of several
// organizations, and the names below are those of each.
func (p figurer) figures() {
	heads := p.Report.Plan.Headcount(func(c *plan.Change) bool { return p.IsCounted(c) })
	title, now := "Nothing has changed yet. What an apply would do now, and what waits:", "now"
	switch {
	case p.Options.Compared != (facts.Compared{}):
		title = "What the change of the files alone does now, and what of it waits:"
	case p.Report.Applied:
		title, now = "What this run did, and what waits:", "done"
	case len(p.Report.Plan.Undoes) > 0:
		title = "Nothing has changed yet. What this undo would do now, and what waits:"
	}
	p.line("", "%s", title)
	p.Line("  %s", p.Paint(terminal.Dim, fmt.Sprintf("%-22s %8s %8s", "people:", now, "waits")))
	p.figure("lose access", true, heads.Leave)
	p.keptUntilFixed(heads.Leave)
	for _, f := range []struct {
		name string
		plan.Figure
	}{
		{"leave, stay in another", heads.Stay}, {"move", heads.Move},
		{"move: join, leave", plan.Figure{Now: heads.JoinFirst, Waiting: heads.JoinFirst}}, {"join", heads.Join},
		{"be invited", heads.Invite}, {"change", heads.Change}, {"be adopted", heads.Adopt},
		{"invitation revoked", heads.Revoke},
	} {
		p.figure(f.name, false, f.Figure)
	}
	p.Line("  %s", p.Paint(terminal.Dim, "memberships:"))
	for _, f := range []struct {
		name   string
		always bool
		effect plan.AdminEffect
	}{{"become admin", true, plan.AdminGained}, {"no longer admin", false, plan.AdminLost}} {
		if p.figure(f.name, f.always, plan.Figure{Now: p.countAdmins(f.effect, plan.Ready), Waiting: p.countAdmins(f.effect, plan.Held)}) {
			p.admins(f.effect, plan.Ready, now)
			p.admins(f.effect, plan.Held, "waits")
		}
	}
}

// keptUntilFixed says how many of those who would lose access wait for something to be
// fixed: whoever counts what an approval would do leaves them out.
func (p figurer) keptUntilFixed(leave plan.Figure) {
	approvable, others := p.Blocks()
	if len(approvable) == 0 || len(others) == 0 {
		return
	}
	stuck := map[string]bool{}
	for i := range others {
		for j := range others[i].Parts {
			for k := range others[i].Parts[j].Changes {
				stuck[others[i].Parts[j].Changes[k].Key()] = true
			}
		}
	}
	rest := slices.Clone(p.Report.Plan.Organizations)
	for i := range rest {
		rest[i].Changes = slices.DeleteFunc(slices.Clone(rest[i].Changes), func(c plan.Change) bool { return stuck[c.Key()] })
	}
	heads := facts.HeadcountOf(rest)
	if kept := leave.Waiting - heads.Leave.Waiting; kept > 0 {
		p.line("      ", "%s of them until the cause is fixed; an approval does not remove them", facts.Number(kept))
	}
}

// figure is a row of the table, if there is anything to count.
func (p figurer) figure(name string, always bool, f plan.Figure) bool {
	if f.All() == 0 && !always {
		return false
	}
	p.Line("  %-22s %8s %8s", name, facts.Number(f.Now), facts.Number(f.Waiting))
	return true
}

// hasEffect reports whether a change is one of those that a row about admins counts and
// names.
func (p figurer) hasEffect(c *plan.Change, effect plan.AdminEffect, state plan.State) bool {
	return c.Admin == effect && c.State == state && (state != plan.Ready || p.IsCounted(c))
}

func (p figurer) countAdmins(effect plan.AdminEffect, state plan.State) int {
	n := 0
	for _, c := range p.Report.Plan.Changes() {
		if p.hasEffect(c, effect, state) {
			n++
		}
	}
	return n
}

// namedAdmins is how many people the top of a report names in one line; the lists
// below name everybody who becomes admin (S43).
const namedAdmins = 10

// admins names who becomes admin, or is one no more, in each organization.
func (p figurer) admins(effect plan.AdminEffect, state plan.State, when string) {
	var places []string
	left, more := namedAdmins, 0
	for i := range p.Report.Plan.Organizations {
		o := &p.Report.Plan.Organizations[i]
		var names []string
		for j := range o.Changes {
			c := &o.Changes[j]
			switch {
			case !p.hasEffect(c, effect, state):
			case left == 0:
				more++
			default:
				left--
				names = append(names, p.ShortPerson(c))
			}
		}
		if len(names) > 0 {
			places = append(places, escape.Brief(o.Label())+": "+strings.Join(names, ", "))
		}
	}
	if more > 0 {
		places = append(places, facts.Number(more)+" more")
	}
	if len(places) > 0 {
		p.line("      ", "%s: %s", when, strings.Join(places, "; "))
	}
}
