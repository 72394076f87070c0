package wire

import (
	"context"
	"sync"
)

// Server is one directory server with a few connections to it. A read asks one
// server only (S12).
type Server struct {
	config   *Config
	endpoint Endpoint
	features Features
	idle     chan *conn
	slots    chan struct{}
	maxPage  int // bytes

	mu sync.Mutex
	// pageSize is what the server was found to accept, shared by all searches, and
	// inPages says that it has refused an answer without pages.
	pageSize uint32
	inPages  bool
}

// Features is what the root DSE says that matters for a search. Until it is
// read, a server is taken to have none.
type Features struct {
	// Paging is the control of paged results (RFC 2696).
	Paging bool
	// DomainScope keeps references to other partitions out of an answer.
	DomainScope bool
	// Whole says that the server sends any number of entries without pages, and faster
	// so: Samba makes a page by a search for each of its entries. 20,000 people take
	// 3.6 s in pages of any size, and 0.8 s without.
	Whole bool
	// CompatTree says that FreeIPA's compatibility tree has to be left out.
	CompatTree bool
	// Lists are the attributes that may be of any length: those of members.
	Lists []string
	// IsContext reports whether the server holds a naming context of this DN.
	IsContext func(dn string) bool
}

// Connect connects to the first server of the configuration that answers, and
// binds. What the admin should know of it goes to Config.Note.
func Connect(ctx context.Context, c Config) (*Server, error) {
	first, e, err := c.connectAny(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{
		config: &c, endpoint: e, features: Features{IsContext: func(string) bool { return false }},
		idle: make(chan *conn, c.Connections), slots: make(chan struct{}, c.Connections), pageSize: uint32(c.PageSize), maxPage: maxPage,
	}
	s.idle <- first
	return s, nil
}

// URL is the address of the server, as the configuration has it.
func (s *Server) URL() string { return s.endpoint.URL }

// Encrypted is false if the connection can be read on the way.
func (s *Server) Encrypted() bool { return s.endpoint.Scheme != "ldap" || s.config.TLS != TLSOff }

// SetFeatures says what the root DSE has shown.
func (s *Server) SetFeatures(f Features) { s.features = f }

// Close ends all connections.
func (s *Server) Close() {
	for {
		select {
		case c := <-s.idle:
			c.shut()
		default:
			return
		}
	}
}

// acquire takes a free connection, or opens one more to the same server.
func (s *Server) acquire(ctx context.Context) (*conn, error) {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, Failure(ctx, Error{Op: OpConnect, Server: s.endpoint.URL}, ctx.Err())
	}
	select {
	case c := <-s.idle:
		return c, nil
	default:
	}
	c, err := s.config.dial(ctx, s.endpoint)
	if err != nil {
		<-s.slots
		return nil, err
	}
	return c, nil
}

// release gives a connection back. One on which anything went wrong is closed:
// a late answer would reach the next search.
func (s *Server) release(c *conn, healthy bool) {
	if healthy && !c.IsClosing() {
		s.idle <- c
	} else {
		c.shut()
	}
	<-s.slots
}

// WhoAmI asks the server whom it takes us for (RFC 4532); empty where it does
// not say.
func (s *Server) WhoAmI(ctx context.Context) (string, error) {
	c, err := s.acquire(ctx)
	if err != nil {
		return "", err
	}
	stop := c.watch(ctx)
	who, err := whoAmI(c)
	stop()
	s.release(c, err == nil)
	if err != nil {
		return "", Failure(ctx, Error{Op: OpBind, Server: s.URL()}, c.cause(err))
	}
	return who, nil
}
