package facts

import (
	"fmt"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/plan"
)

// LaterText says who starts beyond what is listed.
func LaterText(u *plan.Upcoming) string {
	if u.Later == 1 {
		return "1 person starts later than that"
	}
	return Count(u.Later, "person") + " start later than that"
}

// UpcomingTexts are the same events, each as a sentence.
func (p *Facts) UpcomingTexts() []string {
	u := p.Report.Plan.Upcoming
	if u == nil {
		return nil
	}
	var texts []string
	for i := range u.Events {
		e := &u.Events[i]
		texts = append(texts, fmt.Sprintf("%s: %s %s (%s)", escape.Brief(e.Day), EventPerson(e), p.EventChange(e), escape.Brief(e.Because)))
	}
	if u.Later > 0 {
		texts = append(texts, LaterText(u))
	}
	return texts
}

// EventPerson names the person of an event.
func EventPerson(e *plan.Event) string {
	return Person(&plan.Change{Email: e.Email, UserID: e.UserID, ID: e.ID, Name: e.Name})
}

// EventChange says what an event does to its person. That they become admin is said as
// it is of a change (S43).
func (p *Facts) EventChange(e *plan.Event) string {
	return strings.TrimSpace(p.eventChange(e) + " " + AdminText(&plan.Change{Admin: e.Admin}))
}

func (p *Facts) eventChange(e *plan.Event) string {
	place, after := escape.Brief(p.Report.Plan.LabelOf(e.Organization)), ""
	if e.Kind == plan.Ends && len(e.Day) == len(time.DateOnly) {
		after = " after this day"
	}
	switch e.Action {
	case plan.Add, plan.CreateUser:
		return "joins " + place + " as " + escape.Text(e.To) + after
	case plan.Invite:
		return "is invited to " + place + " as " + escape.Text(e.To) + after
	case plan.SetRole:
		return "becomes " + escape.Text(e.To) + " in " + place + after + ", was " + escape.Text(e.From)
	case plan.Remove:
		return "leaves " + place + after + ", was " + escape.Text(e.From)
	default:
		return e.Action.String() + " " + place
	}
}
