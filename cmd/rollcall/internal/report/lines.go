package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"rollcall/sync"
)

// who is what a change's person is called.
func who(c *sync.Change) string {
	return Escape(cmp.Or(c.Email, c.UserID, c.ID, c.Name))
}

// what says what a change does to the person.
func what(c *sync.Change) string {
	var parts []string
	if role := roleWords(c); role != "" {
		parts = append(parts, role)
	}
	switch c.Admin {
	case sync.AdminGained:
		parts = append(parts, "(becomes admin)")
	case sync.AdminLost:
		parts = append(parts, "(loses admin)")
	}
	if m := metadataWords(c); m != "" {
		parts = append(parts, m)
	}
	return strings.Join(parts, " ")
}

func roleWords(c *sync.Change) string {
	from, to := Escape(c.From), Escape(c.To)
	switch c.Action {
	case sync.Add:
		return to
	case sync.Invite:
		return "invite as " + to
	case sync.CreateUser:
		if c.ExternalID != "" {
			return "create the user with external_id " + Escape(c.ExternalID) + ", add as " + to
		}
		return "create the user, add as " + to
	case sync.SetRole:
		return from + " → " + to
	case sync.Remove:
		return from
	case sync.Adopt:
		return "adopt as ours"
	case sync.RevokeInvitation:
		return "revoke invitation " + from
	case sync.SetMetadata:
	}
	return ""
}

func metadataWords(c *sync.Change) string {
	parts := append(patchWords("public", c.Public, c.PublicBefore), patchWords("private", c.Private, c.PrivateBefore)...)
	return strings.Join(parts, ", ")
}

// patchWords lists the keys that a merge patch touches, before → after. Our
// own marker is left out: every add carries it.
func patchWords(kind string, patch, before sync.JSON) []string {
	after, was := object(patch), object(before)
	delete(after, "rollcall")
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(after)) {
		old, had := was[key]
		change := ": "
		if had {
			change += value(old) + " → "
		}
		parts = append(parts, Escape(kind+"."+key)+change+value(after[key]))
	}
	return parts
}

func object(j sync.JSON) map[string]json.RawMessage {
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
		return Escape(string(raw))
	}
	const most = 80
	runes := []rune(compact.String())
	if len(runes) > most {
		return Escape(string(runes[:most])) + "…"
	}
	return Escape(string(runes))
}
