package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/plan"
)

// tableRow is one organization of a large plan.
type tableRow struct {
	// Anchor is the id of the organization in a page.
	Anchor, Label, Members string
	// tally counts what is done.
	tally
	// Waits says in a few words what waits.
	Waits  string
	id     string
	held   int
	weight int
}

// all counts the changes.
func (r *tableRow) all() int { return r.tally.all() + r.held }

// tableRows bounds the table on a terminal.
const tableRows = 10

// tabler writes the table of organizations.
type tabler struct{ *printer }

// write shows the organizations of a large plan in figures, first those that lose
// most people.
func (p tabler) write() {
	rows := organizationRows(p.Facts)
	more := 0
	if p.isShort() && len(rows) > tableRows {
		rows, more = rows[:tableRows], len(rows)-tableRows
	}
	label, members := len("organization"), len("members")
	for _, r := range rows {
		label, members = max(label, terminal.Width(r.Label)), max(members, terminal.Width(r.Members))
	}
	if p.Options.Width > 0 {
		label = min(label, max(12, p.Options.Width-members-40))
	}
	line := func(name, figures, join, change, leave, waits string) {
		p.Line("%s", strings.TrimRight(fmt.Sprintf("  %s  %s  %s  %s  %s  %s", text.Pad(text.Snip(name, label, "…"), label, ' '), text.Pad(figures, members, ' '), join, change, leave, waits), " "))
	}
	line("organization", "members", "  join", "change", " leave", "waits")
	for _, r := range rows {
		line(r.Label, r.Members, p.cell(terminal.Green, r.Add), p.cell(terminal.Yellow, r.Change), p.cell(terminal.Red, r.Remove), p.Paint(terminal.Magenta, r.Waits))
	}
	if more > 0 {
		p.Line("  … and %s (--all)", facts.Count(more, "more organization"))
	}
	if !p.Report.Applied {
		p.line("  ", "%s", p.Paint(terminal.Dim, "members: now → after an apply, without what waits"))
	}
	p.Line("")
}

// cell is a figure of the table, right-aligned; a dot for none.
func (p tabler) cell(colour terminal.Colour, n int) string {
	if n == 0 {
		return "     ·"
	}
	return p.Paint(colour, fmt.Sprintf("%6s", facts.Number(n)))
}

// organizationRows are the organizations with changes or holds, first those that lose
// most people.
func organizationRows(p *facts.Facts) []tableRow {
	var rows []tableRow
	for i := range p.Report.Plan.Organizations {
		o := &p.Report.Plan.Organizations[i]
		if len(o.Changes) == 0 && len(p.Holds[o.ID]) == 0 {
			continue
		}
		rows = append(rows, newTableRow(p, o))
	}
	slices.SortStableFunc(rows, func(a, b tableRow) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.Label, b.Label))
	})
	return rows
}

func newTableRow(p *facts.Facts, o *plan.Organization) tableRow {
	r := tableRow{id: o.ID, Label: escape.Brief(o.Label())}
	members, heldLeave := o.Members, 0
	var held plan.Organization
	for i := range o.Changes {
		c := &o.Changes[i]
		switch {
		case c.State == plan.Held:
			held.Changes = append(held.Changes, *c)
			r.held++
			if c.Action == plan.Remove {
				heldLeave++
			}
		case c.State == plan.Ready && p.IsCounted(c):
			more, _ := p.Effect(c)
			members += more
			r.count(c.Action)
		}
	}
	heads := facts.HeadcountOf([]plan.Organization{held})
	r.Members, r.Waits = facts.FromTo(o.Members, members), shortHeads(&heads)
	if o.IsAccounts() {
		r.Members = ""
	}
	if r.Waits == "" && len(p.Holds[o.ID]) > 0 {
		r.Waits = strings.ReplaceAll(p.Holds[o.ID][0].Guard, "_", " ")
	}
	r.weight = r.Remove + heldLeave
	return r
}

// shortHeads says in a few words who waits.
func shortHeads(h *plan.Headcount) string {
	var parts []string
	for _, f := range []struct {
		n    int
		word string
	}{
		{h.Leave.All() + h.Stay.All() + h.Move.All(), "leave"}, {h.NewAdmins.All(), "become admin"}, {h.Join.All() + h.Invite.All(), "join"},
		{h.Change.All() + h.Adopt.All() - min(h.Change.All(), h.NewAdmins.All()), "change"}, {h.Revoke.All(), "revoke"},
	} {
		if f.n > 0 {
			parts = append(parts, facts.Number(f.n)+" "+f.word)
		}
	}
	return strings.Join(parts, ", ")
}
