package clerkapi

import "encoding/json"

// interner keeps one copy of strings that repeat. It stops learning when it
// is full, so that a million different names do not live in it.
type interner map[string]string

const internerSize = 1 << 15

func (t interner) string(s string) string {
	if known, ok := t[s]; ok {
		return known
	}
	if len(t) < internerSize {
		t[s] = s
	}
	return s
}

// bytes is string for bytes that somebody else goes on using.
func (t interner) bytes(b []byte) string {
	if known, ok := t[string(b)]; ok {
		return known
	}
	return t.string(string(b))
}

func (t interner) share(m *Membership) {
	m.OrganizationID = t.string(m.OrganizationID)
	m.Role = t.string(m.Role)
	m.FirstName = t.string(m.FirstName)
	m.LastName = t.string(m.LastName)
	if string(m.Public) == "{}" {
		m.Public = emptyObject
	}
	if string(m.Private) == "{}" {
		m.Private = emptyObject
	}
}

// emptyObject is the commonest metadata, shared by all who have none. Nobody
// writes into a RawMessage, and an append copies it.
var emptyObject = json.RawMessage("{}")[:2:2]
