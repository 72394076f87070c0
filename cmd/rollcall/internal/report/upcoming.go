package report

import (
	"fmt"
	"time"

	"rollcall/sync"
)

// comes is the heading of what dates will bring.
const comes = "Start and end dates of the next 14 days"

// mostEvents bounds the events that a text shows where it is bounded at all.
const mostEvents = 20

// upcoming shows what dates will bring.
func (p *printer) upcoming() {
	u := p.report.Plan.Upcoming
	if u == nil || len(u.Events)+u.Later == 0 {
		return
	}
	p.line("%s", p.paint(bold, comes))
	var rows [][]string
	for i := range u.Events {
		if p.options.Most > 0 && i == mostEvents {
			break
		}
		e := &u.Events[i]
		rows = append(rows, []string{brief(e.Day), whoComes(e), p.whatComes(e), p.paint(dim, brief(e.Because))})
	}
	for i, line := range table(rows) {
		p.line("  %s %s", p.symbol(u.Events[i].Action.Symbol()), line)
	}
	if more := len(u.Events) - len(rows); more > 0 {
		p.line("  … and %d more (%s)", more, wholeReport)
	}
	if u.Later > 0 {
		p.line("  %s", laterText(u))
	}
	p.line("")
}

func laterText(u *sync.Upcoming) string {
	if u.Later == 1 {
		return "1 person starts later than that"
	}
	return Count(u.Later, "person") + " start later than that"
}

// upcomingTexts are the same events, each as a sentence.
func (p *printer) upcomingTexts() []string {
	u := p.report.Plan.Upcoming
	if u == nil {
		return nil
	}
	var texts []string
	for i := range u.Events {
		e := &u.Events[i]
		texts = append(texts, fmt.Sprintf("%s: %s %s (%s)", brief(e.Day), whoComes(e), p.whatComes(e), brief(e.Because)))
	}
	if u.Later > 0 {
		texts = append(texts, laterText(u))
	}
	return texts
}

func whoComes(e *sync.Event) string {
	return who(&sync.Change{Email: e.Email, UserID: e.UserID, ID: e.ID, Name: e.Name})
}

// whatComes says what an event does to its person.
func (p *printer) whatComes(e *sync.Event) string {
	place, after := brief(p.label(e.Organization)), ""
	if e.Kind == sync.Ends && len(e.Day) == len(time.DateOnly) {
		after = " after this day"
	}
	switch e.Action {
	case sync.Add, sync.CreateUser:
		return "joins " + place + " as " + Escape(e.To) + after
	case sync.Invite:
		return "is invited to " + place + " as " + Escape(e.To) + after
	case sync.SetRole:
		return "becomes " + Escape(e.To) + " in " + place + after + ", was " + Escape(e.From)
	case sync.Remove:
		return "leaves " + place + after + ", was " + Escape(e.From)
	case sync.SetMetadata, sync.Adopt, sync.RevokeInvitation:
	}
	return e.Action.String() + " " + place
}
