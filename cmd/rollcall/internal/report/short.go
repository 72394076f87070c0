package report

import (
	"fmt"
	"slices"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/plan"
)

// shortList is how many people of one kind a large plan shows on a terminal.
// Whoever becomes admin is never left out (S43).
const shortList = 20

// some lists people, on a terminal no more of a large plan than somebody reads.
func (p *printer) some(changes []*plan.Change, indent string, known plan.Reasons) {
	more := 0
	if p.isShort() {
		changes, more = cut(changes, shortList)
	}
	p.people(changes, indent, known)
	if more > 0 {
		p.line(indent, "… and %s more (--all)", facts.Number(more))
	}
}

// cut leaves the first changes, and all that make an admin (S43).
func cut(changes []*plan.Change, most int) (some []*plan.Change, more int) {
	keeps := plan.KeepFirst(most, &more)
	for _, c := range changes {
		if keeps(c) {
			some = append(some, c)
		}
	}
	return some, more
}

// most shows of a large plan who leaves now and who becomes admin; the table has
// the rest in figures.
func (p *printer) most() {
	p.across("Leave now", terminal.Red, func(c *plan.Change) bool { return c.Action == plan.Remove })
	p.across("Become admin now", terminal.Yellow, func(c *plan.Change) bool { return c.Admin == plan.AdminGained })
	p.line("", "Everything else: %s", p.whole())
	p.Line("")
}

// across lists the ready changes of one kind in all organizations.
func (p *printer) across(title string, colour terminal.Colour, kind func(*plan.Change) bool) {
	n := 0
	for _, c := range p.Report.Plan.Changes() {
		if c.State == plan.Ready && kind(c) {
			n++
		}
	}
	if n == 0 {
		return
	}
	p.Line("%s", p.Paint(colour, fmt.Sprintf("%s (%s)", title, facts.Number(n))))
	left := shortList
	for i := range p.Report.Plan.Organizations {
		o := &p.Report.Plan.Organizations[i]
		list := slices.DeleteFunc(facts.OfState(o, plan.Ready), func(c *plan.Change) bool { return !kind(c) })
		some, _ := cut(list, max(0, left))
		if len(some) > 0 {
			p.line("  ", "%s", escape.Brief(o.Label()))
			p.people(some, "    ", 0)
		}
		left -= len(some)
		n -= len(some)
	}
	if n > 0 {
		p.Line("  … and %s more (--all)", facts.Number(n))
	}
	p.Line("")
}

// whole is the command that shows all of a plan.
func (p *printer) whole() string {
	if p.Report.Applied {
		return p.Command("show")
	}
	return p.PlanAgain() + " --all"
}
