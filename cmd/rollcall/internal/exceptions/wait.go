package exceptions

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync/exception"
	"rollcall/sync/explain"
	"rollcall/sync/guard"
	"rollcall/sync/plan"
)

// next says what to do now that an exception is kept. An apply does not send a change
// that waits, and a deny is often urgent: then the account is best closed in Clerk, where
// no guard stands before it.
func (d *Desk) next(e *exception.Exception, places []explain.Place, made *plan.Plan) string {
	kept := fmt.Sprintf("Kept: exception %d.", e.ID)
	waiting := waitingChanges(places, func(*plan.Change) bool { return true })
	if len(waiting) == 0 {
		return kept + " Next: " + d.Next
	}
	wait := d.Plan + " shows how to end the wait, then " + d.Next + setTexts(waiting, made)
	members := placesWaiting(places, func(c *plan.Change) bool { return c.Action == plan.Remove })
	if e.Kind != exception.Deny || len(members) == 0 {
		return kept + " Next: " + wait
	}
	return fmt.Sprintf("%s The removal waits, so they are still a member of %s.\nTo end that at once: remove the membership or ban the account in Clerk now; the deny keeps them out.\nElse: %s",
		kept, facts.InWords(members), wait)
}

// waitingChanges are the keys of the changes of the person that wait.
func waitingChanges(places []explain.Place, kind func(*plan.Change) bool) map[string]bool {
	keys := map[string]bool{}
	for i := range places {
		for j := range places[i].Changes {
			if c := &places[i].Changes[j]; c.State == plan.Held && kind(c) {
				keys[c.Key()] = true
			}
		}
	}
	return keys
}

// placesWaiting are the organizations in which such a change waits.
func placesWaiting(places []explain.Place, kind func(*plan.Change) bool) []string {
	var names []string
	for i := range places {
		if len(waitingChanges(places[i:i+1], kind)) > 0 {
			names = append(names, escape.Brief(places[i].Label()))
		}
	}
	return names
}

// setTexts say what else an approval of these changes would send: it is of all that
// waits in an organization (S23).
func setTexts(mine map[string]bool, made *plan.Plan) string {
	var text strings.Builder
	for _, s := range guard.WaitingSets(made) {
		others := slices.DeleteFunc(s.Changes(), func(c *plan.Change) bool { return mine[c.Key()] })
		if len(others) == 0 || len(others) == len(s.Changes()) {
			continue
		}
		admins := 0
		for _, c := range others {
			if c.Admin == plan.AdminGained {
				admins++
			}
		}
		fmt.Fprintf(&text, "\nThat approval also sends %s that %s with it", facts.Count(len(others), "other change"), map[bool]string{true: "waits", false: "wait"}[len(others) == 1])
		switch {
		case admins > 0 && len(others) == 1:
			text.WriteString("; it makes an admin")
		case admins == 1:
			text.WriteString("; 1 of them makes an admin")
		case admins > 1:
			fmt.Fprintf(&text, "; %s of them make an admin", facts.Number(admins))
		}
		text.WriteString(".")
	}
	return text.String()
}
