package ldap

import (
	"context"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// markNewest asks what the server knows before anything is read, so that it
// never claims more than the read can hold (S12). A server that does not show
// its own clock has the stamps of what is read for one.
func (r *session) markNewest(ctx context.Context) error {
	read := r.contextCSN
	if r.root.Kind.IsAD() {
		read = r.updateNumbers
	}
	kind, c, err := read(ctx)
	if err != nil {
		return err
	}
	r.newest = source.Revision("").With(kind, c)
	switch {
	case r.root.Kind.IsAD() && len(c) < 2:
		// Its own number says nothing about another domain controller's.
		r.stampAttr = "whenChanged"
	case len(c) == 0:
		r.stampAttr = "modifyTimestamp"
	}
	return nil
}

// contextCSN reads the newest change of each server that takes writes, which
// OpenLDAP keeps at the top of each context (RFC 4533's cookie is made of it).
func (r *session) contextCSN(ctx context.Context) (string, source.Clock, error) {
	c := source.Clock{}
	people, groups := r.root.ContextOf(r.userBase), r.root.ContextOf(r.groupBase)
	known, err := r.addCSN(ctx, c, groups, "")
	if err != nil || !known || people == groups {
		return source.ClockCSN, c, err
	}
	// Two contexts are replicated apart: neither speaks for the other.
	if known, err = r.addCSN(ctx, c, people, "/people"); !known {
		clear(c)
	}
	return source.ClockCSN, c, err
}

// addCSN adds the clock of one context; known is false where it shows none.
func (r *session) addCSN(ctx context.Context, c source.Clock, dn, suffix string) (known bool, err error) {
	e, err := r.readAttribute(ctx, dn, "contextCSN")
	if e == nil || err != nil {
		return false, err
	}
	for _, csn := range e.Get("contextCSN") {
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

// updateNumbers reads the domain controller's own highestCommittedUSN under
// its invocation id, and how far it has caught up with the others
// (msDS-NCReplCursors, MS-ADTS section 3.1.1.4.5.38), which not every bind may see.
func (r *session) updateNumbers(ctx context.Context) (string, source.Clock, error) {
	c := source.Clock{}
	if r.root.Settings != "" && r.root.USN != "" {
		e, err := r.readAttribute(ctx, r.root.Settings, "invocationId")
		if err != nil {
			return source.ClockUSN, nil, err
		}
		if e != nil {
			if id, ok := people.FormatGUID(e.First("invocationId")); ok {
				c[id] = r.root.USN
			}
		}
	}
	e, err := r.readAttribute(ctx, r.root.ContextOf(r.groupBase), "msDS-NCReplCursors")
	if e == nil || err != nil {
		return source.ClockUSN, c, err
	}
	for _, text := range e.Get("msDS-NCReplCursors") {
		if id, usn := people.ReplicationCursor(text); id != "" && c[id] == "" {
			c[id] = usn
		}
	}
	return source.ClockUSN, c, nil
}

// readAttribute reads one attribute of one entry; nil says that it is not shown.
func (r *session) readAttribute(ctx context.Context, dn, attr string) (*wire.Entry, error) {
	var found *wire.Entry
	q := wire.Query{Base: dn, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)", Attrs: []string{attr}}
	err := r.server.Search(ctx, q, func(e *wire.Entry) error { found = e; return nil })
	if wire.NotShown(err) {
		return nil, nil
	}
	return found, err
}

// newestChange is what the snapshot says.
func (ix *memberIndex) newestChange() source.Revision {
	if ix.timestamps.Newest.IsZero() {
		return ix.read.newest
	}
	return ix.read.newest.With(source.ClockTime, source.Clock{"read": ix.timestamps.Newest.Format(stampForm)})
}
