package people

import (
	"strconv"
	"time"

	"rollcall/source/ldap/internal/wire"
)

// PrimaryKey is the value of primaryGroupID or gidNumber that means a group: the last part of
// its SID, or its own gidNumber. It is empty if there is none.
func PrimaryKey(attribute string, e *wire.Entry) string {
	switch attribute {
	case "primaryGroupID":
		if _, rid, ok := FormatSID(e.First("objectSid")); ok && rid != 0 {
			return strconv.FormatUint(uint64(rid), 10)
		}
	case "gidNumber":
		return e.First("gidNumber")
	}
	return ""
}

// Timestamps remembers the newest timestamp of the people and groups that are
// kept. Entries that no group lists do not count: another run may not meet them.
type Timestamps struct {
	last   string
	Newest time.Time
}

// Add takes the timestamp of an entry.
func (t *Timestamps) Add(raw string) {
	if raw == t.last {
		return
	}
	t.last = raw
	if at, ok := GeneralizedTime(raw); ok && at.After(t.Newest) {
		t.Newest = at
	}
}
