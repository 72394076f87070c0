package facts

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// kinds are the words for planned and for finished changes. An invitation has its
// own, because it gives no access before it is accepted.
var kinds = []struct {
	actions  []plan.Action
	do, done string
}{
	{[]plan.Action{plan.Add, plan.CreateUser}, "add", "added"},
	{[]plan.Action{plan.Invite}, "invite", "invited"},
	{[]plan.Action{plan.SetRole, plan.SetMetadata, plan.Adopt}, "change", "changed"},
	{[]plan.Action{plan.Remove}, "remove", "removed"},
	{[]plan.Action{plan.RevokeInvitation}, "revoke", "revoked"},
}

// Memberships counts the changes by kind, where the headline counts people; empty
// if nothing is ready and nothing waits.
func (p *Facts) Memberships() string {
	var parts []string
	if p.Report.Applied {
		done := byKind(p, func(c *plan.Change) bool { return c.State == plan.Ready && p.Outcomes[*c].Result == apply.Done }, "", true)
		if parts = append(parts, done...); len(done) == 0 && p.Report.Plan.Count(plan.Ready) > 0 {
			parts = append(parts, "none changed")
		}
	} else {
		parts = byKind(p, func(c *plan.Change) bool { return c.State == plan.Ready }, "to ", false)
	}
	text := strings.Join(parts, ", ")
	if waiting := byKind(p, func(c *plan.Change) bool { return c.State == plan.Held }, "to ", false); len(waiting) > 0 {
		if text != "" {
			text += "; "
		}
		text += "waiting: " + strings.Join(waiting, ", ")
	}
	if text == "" {
		return ""
	}
	return "Memberships: " + text + "."
}

func byKind(p *Facts, counts func(*plan.Change) bool, before string, done bool) []string {
	var parts []string
	for _, kind := range kinds {
		n := 0
		for _, c := range p.Report.Plan.Changes() {
			if counts(c) && slices.Contains(kind.actions, c.Action) {
				n++
			}
		}
		word := kind.do
		if done {
			word = kind.done
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s%s", Number(n), before, word))
		}
	}
	return parts
}
