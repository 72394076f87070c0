package report

import (
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/plan"
)

// upcomingHeading is the heading of changes that dates will bring.
const upcomingHeading = "Start and end dates of the next 14 days"

// mostEvents bounds the events that a text shows where it is bounded at all. Whoever
// becomes admin is never left out (S43).
const mostEvents = 20

// upcoming shows what dates will bring.
func (p *printer) upcoming() {
	u := p.Report.Plan.Upcoming
	if u == nil || len(u.Events)+u.Later == 0 {
		return
	}
	p.Line("%s", p.Paint(terminal.Bold, upcomingHeading))
	var shown []*plan.Event
	for i := range u.Events {
		if e := &u.Events[i]; len(shown) < mostEvents || e.Admin == plan.AdminGained || p.Options.Width == 0 || p.Options.All {
			shown = append(shown, e)
		}
	}
	var rows [][]string
	for _, e := range shown {
		rows = append(rows, []string{escape.Brief(e.Day), facts.EventPerson(e), p.EventChange(e), p.Paint(terminal.Dim, escape.Brief(e.Because))})
	}
	for i, line := range terminal.Table(rows) {
		p.line("  ", "%s %s", p.Symbol(shown[i].Action.Symbol()), line)
	}
	if more := len(u.Events) - len(shown); more > 0 {
		p.Line("  … and %s more (--all)", facts.Number(more))
	}
	if u.Later > 0 {
		p.Line("  %s", facts.LaterText(u))
	}
	p.Line("")
}
