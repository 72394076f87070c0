package sync

import (
	"cmp"
	"fmt"
	"time"

	"rollcall/sync/journal"
)

// paused ends the reason of changes that a pause leaves out.
const paused = "paused (S25)"

// pausedBy finds the pause of an organization, or that of all.
func (m *memory) pausedBy(organization string) *journal.Pause {
	if m == nil {
		return nil
	}
	for i := range m.pauses {
		if p := &m.pauses[i]; p.Organization == "" || p.Organization == organization {
			return p
		}
	}
	return nil
}

// pause leaves out all changes of an organization that somebody paused (S25).
func (o *OrganizationPlan) pause(by *journal.Pause) {
	if by == nil {
		return
	}
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State == Ready {
			c.State, c.Why = Skipped, paused
		}
	}
	resume := "rollcall resume"
	if by.Organization != "" {
		resume += " " + o.Label()
	}
	text := fmt.Sprintf("paused by %s since %s: %s; nothing changes here until %s", cmp.Or(by.By, "somebody"),
		by.Since.UTC().Format(time.RFC3339), cmp.Or(by.Reason, "no reason given"), resume)
	o.Notes = append(o.Notes, Note{Rule: "S25", Organization: o.ID, Text: text})
}
