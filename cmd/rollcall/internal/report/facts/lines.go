package facts

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/plan"
)

// Shown are the changes of an organization in the order in which people read
// them: whoever becomes admin comes first (S43), else it is the plan's, with numbers in
// addresses by their values.
func Shown(o *plan.Organization) []*plan.Change {
	list := make([]*plan.Change, len(o.Changes))
	for i := range o.Changes {
		list[i] = &o.Changes[i]
	}
	slices.SortStableFunc(list, func(a, b *plan.Change) int { return order(b) - order(a) })
	inNaturalOrder(list)
	return list
}

func order(c *plan.Change) int {
	if c.Admin == plan.AdminGained {
		return 1
	}
	return 0
}

// Person names the person of a change: what the source says, and who it is
// in Clerk where the user has not verified that address (S43).
func Person(c *plan.Change) string {
	name := escape.Text(cmp.Or(c.Email, c.UserID, c.ID, c.Name)) + escape.LookAlike(c.Email)
	switch {
	case c.UserEmail != "":
		return name + " (user " + escape.Text(c.UserID) + ", who has verified " + escape.Text(c.UserEmail) + escape.LookAlike(c.UserEmail) + ")"
	case c.UserReserved != "":
		return name + " (user " + escape.Text(c.UserID) + ", who has only " + escape.Text(c.UserReserved) + escape.LookAlike(c.UserReserved) + " reserved)"
	}
	return name
}

// ShortPerson is the same without the domain that most addresses have. An address that
// looks like another one stays whole, with what tells the two apart (S35).
func (p *Facts) ShortPerson(c *plan.Change) string {
	local, found := strings.CutSuffix(c.Email, "@"+p.Domain)
	if p.Domain == "" || !found || c.UserEmail != "" || c.UserReserved != "" || escape.LookAlike(c.Email) != "" {
		return Person(c)
	}
	return escape.Text(local)
}

// commonDomain is the domain of nearly all people of a plan; empty where addresses
// are few or differ.
func commonDomain(made *plan.Plan) string {
	const few, of = 5, 10
	counts, all := map[string]int{}, 0
	for _, c := range made.Changes() {
		if _, domain, found := strings.Cut(c.Email, "@"); found {
			counts[domain]++
			all++
		}
	}
	for domain, n := range counts {
		if n >= few && n*of >= all*(of-2) && escape.Text(domain) == domain {
			return domain
		}
	}
	return ""
}

// Change says what a change does to the person.
func Change(c *plan.Change) string {
	return strings.Join(slices.DeleteFunc([]string{RoleText(c), AdminText(c), MetadataText(c)}, func(s string) bool { return s == "" }), " ")
}

// AdminText says that the person becomes admin, or is one no longer; empty for all
// others.
func AdminText(c *plan.Change) string {
	switch c.Admin {
	case plan.AdminGained:
		return "(becomes admin)"
	case plan.AdminLost:
		return "(loses admin)"
	}
	return ""
}

// RoleText is the role that a change gives or takes.
func RoleText(c *plan.Change) string {
	from, to := escape.Text(c.From), escape.Text(c.To)
	switch c.Action {
	case plan.Add:
		return to
	case plan.Invite:
		return "invite as " + to
	case plan.CreateUser:
		if to == "" {
			return "create the account" // the history has the membership in an entry of its own
		}
		with := ""
		if c.ExternalID != "" {
			with = " with external_id " + escape.Text(c.ExternalID)
		}
		if c.ReservesAddress {
			with += ", reserve the address"
		}
		return "create the account" + with + ", add as " + to
	case plan.SetRole:
		return from + " → " + to
	case plan.Remove:
		return from
	case plan.Adopt:
		return "adopt as ours"
	case plan.RevokeInvitation:
		return "revoke invitation " + from
	case plan.EndSessions:
		if c.From != "" {
			return "end the sessions in " + to + " (cannot be undone)"
		}
		return accountWords[c.Action]
	default:
		return accountWords[c.Action]
	}
}

// accountWords are what a step of the leaver ladder does, and whether it can be undone.
var accountWords = map[plan.Action]string{
	plan.Lock: "lock the account", plan.Ban: "ban the account", plan.Unlock: "unlock the account", plan.Unban: "unban the account",
	plan.EndSessions: "end all sessions (cannot be undone)", plan.RevokeAPIKeys: "revoke all API keys (cannot be undone)",
}

// MetadataText lists the metadata that a change sets.
func MetadataText(c *plan.Change) string {
	parts := append(patchWords("public", c.Public, c.PublicBefore), patchWords("private", c.Private, c.PrivateBefore)...)
	return strings.Join(parts, ", ")
}

// patchWords lists the keys that a merge patch touches, before → after. Our
// own marker is left out: every add carries it.
func patchWords(kind string, patch, before plan.JSON) []string {
	after, was := object(patch), object(before)
	delete(after, "rollcall")
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(after)) {
		old, had := was[key]
		change := ": "
		if had {
			change += value(old) + " → "
		}
		parts = append(parts, escape.Text(kind+"."+key)+change+value(after[key]))
	}
	return parts
}

func object(j plan.JSON) map[string]json.RawMessage {
	var o map[string]json.RawMessage
	if json.Unmarshal([]byte(j), &o) != nil {
		return nil // absent, or not an object: nothing to list
	}
	return o
}

// value shows one metadata value on one line, cut where it gets long.
func value(raw json.RawMessage) string {
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return escape.Text(string(raw))
	}
	const most = 80
	runes := []rune(compact.String())
	if len(runes) > most {
		return escape.Text(string(runes[:most])) + "…"
	}
	return escape.Text(string(runes))
}
