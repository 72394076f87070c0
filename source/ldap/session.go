package ldap

import (
	"context"

	"rollcall/source"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/remarks"
	"rollcall/source/ldap/internal/rootdse"
	"rollcall/source/ldap/internal/wire"
)

// session is one read of one server (S12): what its root DSE and schema say,
// and what there is to note.
type session struct {
	dir     *Directory
	server  *wire.Server
	root    rootdse.Root
	schema  people.Schema
	request source.Request
	// userBase and groupBase are the configured bases, or the server's own.
	userBase, groupBase string
	// domain is the SID of the domain; empty where the server is not Active Directory.
	domain string
	// names are the attributes of the server's schema, where they were asked for.
	names []string
	// newest is the server's own clock, stampAttr the timestamp of each entry
	// where that clock does not do (S12).
	newest    source.Revision
	stampAttr string
	notes     *remarks.List
}

// open connects, binds and reads the root DSE.
func (d *Directory) open(ctx context.Context, want source.Request) (*session, error) {
	r := &session{dir: d, request: want, notes: remarks.New(d.name)}
	var err error
	r.server, err = wire.Connect(ctx, d.cfg.connection(d.network, func(format string, args ...any) { r.notes.Add("", format, args...) }))
	if err != nil {
		return nil, err
	}
	if !r.server.Encrypted() {
		r.notes.Add("", "the connection to %s is not encrypted (tls: off): anybody on the network can read and change passwords and people", r.server.URL())
	}
	if err = r.readRoot(ctx); err == nil {
		err = r.readNames(ctx)
	}
	if err != nil {
		r.server.Close()
		return nil, err
	}
	return r, nil
}

// tooMany is the bound on members (S37).
func (r *session) tooMany(dn string) error {
	return wire.TooManyMembers(r.server.URL(), dn, r.dir.cfg.MaxMembers)
}
