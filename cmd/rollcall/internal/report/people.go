package report

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/plan"
)

// alike are people to whom the same happens for the same reason.
type alike struct {
	symbol, what, why string
	people            []string
}

// fewAlike is up to how many people have a line each. More of them share one
// heading on a terminal.
const fewAlike = 2

// people lists changes, one a line. On a terminal those that are alike share a
// heading and stand in columns. known are the reasons that stand above the list.
func (p *printer) people(changes []*plan.Change, indent string, known plan.Reasons) {
	list := make([]alike, len(changes))
	for i, c := range changes {
		list[i] = alike{c.Action.Symbol(), facts.Change(c), p.Reason(c, known), []string{p.ShortPerson(c)}}
	}
	p.alike(list, indent)
}

// alike lists people of one change each, in groups on a terminal.
func (p *printer) alike(list []alike, indent string) {
	var single []alike
	for _, group := range p.group(list) {
		if p.Options.Width == 0 || len(group.people) <= fewAlike {
			for _, person := range group.people {
				single = append(single, alike{group.symbol, group.what, group.why, []string{person}})
			}
			continue
		}
		p.lines(single, indent)
		single = nil
		p.columns(group, indent)
	}
	p.lines(single, indent)
}

// group puts changes that are alike together, in the order in which the first of
// each comes. Off a terminal only neighbours, so that the order is the plan's.
func (p *printer) group(list []alike) []alike {
	var out []alike
	for _, next := range list {
		people := next.people
		next.people = nil
		i := slices.IndexFunc(out, func(g alike) bool { return g.symbol == next.symbol && g.what == next.what && g.why == next.why })
		if i < 0 || p.Options.Width == 0 {
			i = len(out)
			out = append(out, next)
		}
		out[i].people = append(out[i].people, people...)
	}
	return out
}

// lines aligns lines of one person each. What does not fit goes below, indented.
func (p *printer) lines(list []alike, indent string) {
	var rows [][]string
	for _, l := range list {
		rows = append(rows, []string{l.people[0], l.what, l.why})
	}
	width := p.Options.Width
	for i, text := range terminal.Table(rows) {
		symbol := indent + p.Symbol(list[i].symbol) + " "
		if width == 0 || terminal.Width(symbol)+terminal.Width(text) <= width {
			p.Line("%s%s", symbol, text)
			continue
		}
		p.line(indent, "%s %s", p.Symbol(list[i].symbol), strings.TrimSpace(rows[i][0]+"  "+rows[i][1]))
		p.below(indent+"    ", rows[i][2])
	}
}

// below writes a continuation of the line above.
func (p *printer) below(indent, text string) {
	if text != "" {
		p.line(indent, "%s", text)
	}
}

// columns shows people under the heading that they share.
func (p *printer) columns(g alike, indent string) {
	heading := fmt.Sprintf("%s %s", p.Symbol(g.symbol), facts.Count(len(g.people), "person"))
	if g.what != "" {
		heading += ": " + g.what
	}
	p.line(indent, "%s", heading)
	p.below(indent+"    ", g.why)
	inner := indent + "    "
	for _, row := range terminal.Columns(g.people, p.Options.Width-len(inner)) {
		p.line(inner, "%s", row)
	}
}
