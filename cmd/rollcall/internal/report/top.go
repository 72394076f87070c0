package report

import (
	"fmt"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/plan"
)

// top answers what a reader asks first: who loses access, at which instance, what
// was not read, and, where something waits or the lists are long, how many people
// each kind of change concerns, who becomes admin, and what to type.
func (p *printer) top() {
	p.line("", "%s", p.Paint(terminal.Bold, p.Headline()))
	p.line("", "%s", facts.InstanceLine(p.Report.Plan.Instance))
	for _, f := range p.Report.Plan.Failures {
		p.line("", "%s %s", p.Paint(terminal.Red, "not read:"), escape.Brief(facts.ReadFailure(f)))
	}
	if p.Domain != "" {
		p.line("", "%s", p.Paint(terminal.Dim, "Addresses without a domain are @"+p.Domain+"."))
	}
	p.Line("")
	if len(p.Report.Plan.Holds) == 0 && !p.isLarge() {
		return
	}
	p.figures()
	p.Line("")
	p.next()
	p.Line("")
}

// figures is a table of people: what is done now, and what waits.
func (p *printer) figures() {
	heads := p.Report.Plan.Headcount(func(c *plan.Change) bool { return p.IsCounted(c) })
	title, now := "Nothing has changed yet. What an apply would do now, and what waits:", "now"
	switch {
	case p.Report.Applied:
		title, now = "What this run did, and what waits:", "done"
	case len(p.Report.Plan.Undoes) > 0:
		title = "Nothing has changed yet. What this undo would do now, and what waits:"
	}
	p.line("", "%s", title)
	p.Line("  %s", p.Paint(terminal.Dim, fmt.Sprintf("%-22s %8s %8s", "", now, "waits")))
	for _, f := range []struct {
		name   string
		always bool
		plan.Figure
		admin plan.AdminEffect
	}{
		{"lose access", true, heads.Leave, ""}, {"leave, stay in another", false, heads.Stay, ""}, {"move", false, heads.Move, ""},
		{"move: join, leave", false, plan.Figure{Now: heads.JoinFirst, Waiting: heads.JoinFirst}, ""}, {"join", false, heads.Join, ""},
		{"be invited", false, heads.Invite, ""}, {"change", false, heads.Change, ""}, {"be adopted", false, heads.Adopt, ""},
		{"invitation revoked", false, heads.Revoke, ""}, {"become admin", true, heads.NewAdmins, plan.AdminGained},
		{"no longer admin", false, heads.FormerAdmins, plan.AdminLost},
	} {
		if f.All() == 0 && !f.always {
			continue
		}
		p.Line("  %-22s %8s %8s", f.name, facts.Number(f.Now), facts.Number(f.Waiting))
		if f.admin != "" {
			p.admins(f.admin, plan.Ready, now)
			p.admins(f.admin, plan.Held, "waits")
		}
	}
}

// namedAdmins is how many people the top of a report names in one line; the lists
// below name everybody who becomes admin (S43).
const namedAdmins = 10

// admins names who becomes admin, or is one no more, in each organization.
func (p *printer) admins(effect plan.AdminEffect, state plan.State, when string) {
	var places []string
	left, more := namedAdmins, 0
	for i := range p.Report.Plan.Organizations {
		o := &p.Report.Plan.Organizations[i]
		var names []string
		for j := range o.Changes {
			c := &o.Changes[j]
			switch {
			case c.Admin != effect || c.State != state || state == plan.Ready && !p.IsCounted(c):
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
