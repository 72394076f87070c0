package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"rollcall/sync"
)

// Calendar writes what dates will bring as an iCalendar file (RFC 5545). An
// event keeps its UID when its date moves, so that a calendar which takes the
// file again moves the entry. The time in it is the plan's: the same plan gives
// the same bytes.
func Calendar(w io.Writer, r *sync.Report) error {
	c := ics.NewCalendar()
	c.SetProductId("-//rollcall//start and end dates//EN")
	c.SetMethod(ics.MethodPublish)
	c.SetXWRCalName("rollcall: start and end dates")
	if u := r.Plan.Upcoming; u != nil {
		p := newPrinter(nil, r, Options{})
		seen := map[string]int{}
		for i := range u.Events {
			p.entry(c, &u.Events[i], seen)
		}
	}
	if err := c.SerializeTo(w, ics.WithNewLineWindows); err != nil {
		return fmt.Errorf("write calendar: %w", err)
	}
	return nil
}

// entry adds an event to the calendar: a day where the source names a day.
func (p *printer) entry(c *ics.Calendar, e *sync.Event, seen map[string]int) {
	id := eventID(e)
	if seen[id]++; seen[id] > 1 {
		id += fmt.Sprintf("-%d", seen[id])
	}
	x := c.AddEvent(id + "@rollcall")
	x.SetDtStampTime(p.report.Plan.Upcoming.Now)
	if day, err := time.Parse(time.DateOnly, e.Day); err == nil {
		x.SetAllDayStartAt(day)
		x.SetAllDayEndAt(day.AddDate(0, 0, 1))
	} else {
		x.SetStartAt(e.At.UTC())
	}
	x.SetSummary(whoComes(e) + " " + p.whatComes(e))
	x.SetDescription(join(brief(e.Name), brief(e.Because)))
	x.SetTimeTransparency(ics.TransparencyTransparent) // nobody is busy because of it
}

// eventID names what an event is about, without its date.
func eventID(e *sync.Event) string {
	about := []string{string(e.Kind), e.Action.String(), e.Organization, e.Source, e.ID}
	sum := sha256.Sum256([]byte(strings.Join(about, "\x00")))
	return hex.EncodeToString(sum[:16])
}
