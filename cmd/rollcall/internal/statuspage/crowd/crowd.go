// Package crowd bounds the connections that a server has open at once, so that nobody
// who keeps connections open keeps a probe out. All of it is in crowd.go. It imports the
// standard library only.
package crowd

import (
	"net"
	"slices"
	"sync"
)

// Listener bounds the connections that are open at once. A new one is taken all the
// same, and the oldest is closed for it: whoever keeps connections open cannot
// keep a probe out, which is answered in milliseconds. Those of one address give
// way to each other first.
type Listener struct {
	net.Listener
	// MostEach is how many one address may have, Most how many there are in all.
	MostEach, Most int

	mu   sync.Mutex
	open []*guest // the oldest first
}

// guest is one connection.
type guest struct {
	net.Conn
	host  string
	crowd *Listener
}

// Accept takes the next connection.
func (c *Listener) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil {
		host = conn.RemoteAddr().String()
	}
	g := &guest{Conn: conn, host: host, crowd: c}
	c.mu.Lock()
	leaving := c.tooMany(g.host)
	c.open = append(c.open, g)
	c.mu.Unlock()
	if leaving != nil {
		_ = leaving.Close() // nobody waits for what it says
	}
	return g, nil
}

// tooMany is the connection that gives way to a new one of a host; nil where
// there is room.
func (c *Listener) tooMany(host string) *guest {
	var first *guest
	n := 0
	for _, g := range c.open {
		if g.host == host {
			n++
			if first == nil {
				first = g
			}
		}
	}
	switch {
	case n >= c.MostEach:
		return first
	case len(c.open) >= c.Most:
		return c.open[0]
	}
	return nil
}

// Close ends the connection, and makes room.
func (g *guest) Close() error {
	g.crowd.mu.Lock()
	g.crowd.open = slices.DeleteFunc(g.crowd.open, func(other *guest) bool { return other == g })
	g.crowd.mu.Unlock()
	return g.Conn.Close()
}
