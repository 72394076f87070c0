package source

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
)

// session is one read of one server (S12): a few connections to it, what its
// root DSE says, and what there is to note.
type session struct {
	*ldapSource
	server  endpoint
	root    rootDSE
	schema  schema
	idle    chan *ldapConn
	slots   chan struct{}
	request Request
	// userBase and groupBase are the configured bases, or the server's own.
	userBase, groupBase string
	// names are the attributes of the server's schema, where they were asked for.
	names []string
	// newest is the server's own clock, stampAttr the stamp of each entry where
	// that clock does not do (S12).
	newest    Newest
	stampAttr string

	mu sync.Mutex
	// pageSize is what the server was found to accept, shared by all searches.
	pageSize uint32
	notes    []Note
	noted    map[string]bool
}

// open connects, binds and reads the root DSE.
func (s *ldapSource) open(ctx context.Context, want Request) (*session, error) {
	conn, server, notes, err := s.connectAny(ctx)
	if err != nil {
		return nil, err
	}
	r := &session{
		ldapSource: s, server: server, request: want,
		idle: make(chan *ldapConn, s.cfg.Connections), slots: make(chan struct{}, s.cfg.Connections),
		pageSize: uint32(s.cfg.PageSize), noted: map[string]bool{},
	}
	r.idle <- conn
	for _, n := range notes {
		r.note("", "%s", n)
	}
	if server.scheme == "ldap" && s.cfg.TLS == tlsOff {
		r.note("", "the connection to %s is not encrypted (tls: off): passwords and people can be read and changed on the way", server.url)
	}
	err = r.readRoot(ctx)
	if err == nil {
		err = r.readNames(ctx)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *session) close() {
	for {
		select {
		case c := <-r.idle:
			c.shut()
		default:
			return
		}
	}
}

// acquire takes a free connection, or opens one more to the same server.
func (r *session) acquire(ctx context.Context) (*ldapConn, error) {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ldapFailure(ctx, LDAPError{Op: opConnect, Server: r.server.url}, ctx.Err())
	}
	select {
	case c := <-r.idle:
		return c, nil
	default:
	}
	c, err := r.dial(ctx, r.server)
	if err != nil {
		<-r.slots
		return nil, err
	}
	return c, nil
}

// release gives a connection back. One on which anything went wrong is closed:
// a late answer would reach the next search.
func (r *session) release(c *ldapConn, healthy bool) {
	if healthy && !c.IsClosing() {
		r.idle <- c
	} else {
		c.shut()
	}
	<-r.slots
}

// note keeps a remark for the admin, each once.
func (r *session) note(dn, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.mu.Lock()
	defer r.mu.Unlock()
	if key := dn + "\x00" + text; !r.noted[key] {
		r.noted[key] = true
		r.notes = append(r.notes, Note{Origin: Origin{Source: r.name, DN: dn}, Text: cleanText(text)})
	}
}

// sortedNotes puts notes into an order that no race decides.
func (r *session) sortedNotes() []Note {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.SortFunc(r.notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.Origin.DN, b.Origin.DN), cmp.Compare(a.Text, b.Text))
	})
	return r.notes
}
