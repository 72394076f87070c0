package source

import (
	"context"
	"encoding/xml"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// markNewest asks what the server knows before anything is read, so that it
// never claims more than the read can hold (S12). A server that does not show
// its own clock has the stamps of what is read for one.
func (r *session) markNewest(ctx context.Context) error {
	read := r.contextCSN
	if r.root.isAD() {
		read = r.updateNumbers
	}
	kind, c, err := read(ctx)
	if err != nil {
		return err
	}
	r.newest = Newest("").with(kind, c)
	switch {
	case r.root.isAD() && len(c) < 2:
		// Its own number says nothing about another domain controller's.
		r.stampAttr = "whenChanged"
	case len(c) == 0:
		r.stampAttr = "modifyTimestamp"
	}
	return nil
}

// contextCSN reads the newest change of each server that takes writes, which
// OpenLDAP keeps at the top of each context (RFC 4533's cookie is made of it).
func (r *session) contextCSN(ctx context.Context) (string, clock, error) {
	c := clock{}
	people, groups := r.contextOf(r.userBase), r.contextOf(r.groupBase)
	known, err := r.addCSN(ctx, c, groups, "")
	if err != nil || !known || people == groups {
		return clockCSN, c, err
	}
	// Two contexts are replicated apart: neither speaks for the other.
	if known, err = r.addCSN(ctx, c, people, "/people"); !known {
		clear(c)
	}
	return clockCSN, c, err
}

// addCSN adds the clock of one context; known is false where it shows none.
func (r *session) addCSN(ctx context.Context, c clock, dn, suffix string) (known bool, err error) {
	e, err := r.glance(ctx, dn, "contextCSN")
	if e == nil || err != nil {
		return false, err
	}
	for _, csn := range e.get("contextCSN") {
		// time # count # server # modifier
		parts := strings.Split(csn, "#")
		if len(parts) != 4 || strings.ContainsAny(csn, " ;=") {
			continue
		}
		known = true
		if origin := parts[2] + suffix; csn > c[origin] {
			c[origin] = csn
		}
	}
	return known, nil
}

// contextOf is the naming context that holds a base.
func (r *session) contextOf(base string) string {
	best, length := base, -1
	key, err := dnKey(base)
	for _, c := range r.root.contexts {
		k, bad := dnKey(c)
		if err == nil && bad == nil && k != "" && under(key, k) && len(k) > length {
			best, length = c, len(k)
		}
	}
	return best
}

// updateNumbers reads the domain controller's own highestCommittedUSN under
// its invocation id, and how far it has caught up with the others
// (msDS-NCReplCursors, MS-ADTS section 3.1.1.4.5.38), which not every bind may see.
func (r *session) updateNumbers(ctx context.Context) (string, clock, error) {
	c := clock{}
	if r.root.settings != "" && r.root.usn != "" {
		e, err := r.glance(ctx, r.root.settings, "invocationId")
		if err != nil {
			return clockUSN, nil, err
		}
		if e != nil {
			if id, ok := formatGUID(e.first("invocationId")); ok {
				c[id] = r.root.usn
			}
		}
	}
	e, err := r.glance(ctx, r.contextOf(r.groupBase), "msDS-NCReplCursors")
	if e == nil || err != nil {
		return clockUSN, c, err
	}
	for _, text := range e.get("msDS-NCReplCursors") {
		var cursor struct {
			ID  string `xml:"uuidSourceDsaInvocationID"`
			USN string `xml:"usnAttributeFilter"`
		}
		// The values end in a NUL byte.
		if err := xml.Unmarshal([]byte(strings.TrimRight(text, "\x00\n ")), &cursor); err != nil {
			continue
		}
		if id := lowerASCII(cursor.ID); id != "" && c[id] == "" && !strings.ContainsAny(id+cursor.USN, " ;=") {
			c[id] = cursor.USN
		}
	}
	return clockUSN, c, nil
}

// glance reads one attribute of one entry; nil says that it is not shown.
func (r *session) glance(ctx context.Context, dn, attr string) (*entry, error) {
	var found *entry
	q := query{base: dn, scope: ldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: []string{attr}}
	err := r.search(ctx, q, func(e *entry) error { found = e; return nil })
	if _, known := unreadWhy(err); err != nil && known {
		return nil, nil
	}
	return found, err
}

// stamp remembers the newest stamp of the people and groups that are kept.
// Entries that a sweep only passes by do not count: another run may not meet them.
func (t *memberTable) stamp(e *entry) {
	if t.stampAttr == "" {
		return
	}
	raw := e.first(t.stampAttr)
	if raw == t.lastStamp {
		return
	}
	t.lastStamp = raw
	if at, ok := generalizedTime(raw); ok && at.After(t.newestStamp) {
		t.newestStamp = at
	}
}

// newestChange is what the snapshot says.
func (t *memberTable) newestChange() Newest {
	if t.newestStamp.IsZero() {
		return t.newest
	}
	return t.newest.with(clockTime, clock{"read": t.newestStamp.Format("20060102150405Z")})
}

// stamps is the part of a member table that stamp keeps.
type stamps struct {
	lastStamp   string
	newestStamp time.Time
}
