package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source/internal/tlsfile"
)

// conn is one bound connection. It runs one search at a time.
type conn struct {
	*ldap.Conn
	raw     net.Conn
	entries *entryReader
	// password is what the server must not repeat to anybody (S43).
	password string
	// certAsked is true when the server asked for a client certificate.
	certAsked bool
}

// watch closes the connection when ctx ends, until stop is called: go-ldap
// knows no context, and a request must not outlive its own.
func (c *conn) watch(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = c.raw.Close() })
}

// shut closes the socket first. That ends a search that waits on it; go-ldap's
// own Close would wait for the search.
func (c *conn) shut() {
	_ = c.raw.Close()
	_ = c.Close()
}

// dial connects to one server, starts TLS and binds. Each step has its
// time-out, and the end of ctx ends each at once.
func (config *Config) dial(ctx context.Context, e Endpoint) (*conn, error) {
	fail := func(op string, err error) error {
		return Failure(ctx, Error{Op: op, Server: e.URL}, err)
	}
	dialCtx, cancel := context.WithTimeout(ctx, config.ConnectTimeout)
	defer cancel()
	raw, err := config.Network.DialContext(dialCtx, e.Network(), e.Addr)
	if err != nil {
		return nil, fail(OpConnect, err)
	}
	c := &conn{raw: raw}
	defer c.watch(ctx)()
	closing := func(op string, err error) error {
		err = fail(op, err)
		_ = raw.Close()
		return err
	}
	if err := raw.SetDeadline(time.Now().Add(config.ConnectTimeout)); err != nil {
		return nil, closing(OpConnect, err)
	}
	stream, err := config.secure(dialCtx, c, e)
	if err != nil {
		return nil, closing(OpStartTLS, err)
	}
	if err := raw.SetDeadline(time.Now().Add(config.BindTimeout)); err != nil {
		return nil, closing(OpConnect, err)
	}
	c.entries = newEntryReader(stream)
	c.Conn = ldap.NewConn(c.entries, stream != raw)
	c.Start()
	bindCtx, cancel := context.WithTimeout(ctx, config.BindTimeout)
	defer cancel()
	err = config.bind(bindCtx, c, e)
	if err == nil {
		err = raw.SetDeadline(time.Time{})
	}
	if err != nil {
		err = config.explainBind(fail(OpBind, c.refusal(ctx, c.cause(err))))
		c.shut()
		return nil, err
	}
	c.SetTimeout(config.RequestTimeout)
	return c, nil
}

// cause prefers what the stream died of to go-ldap's copy of its text, but not
// to a result code of the server, nor to a fault of this machine or of a KDC.
func (c *conn) cause(err error) error {
	if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork || tlsfile.IsLocalFault(err) || isKDCFault(err) {
		return err
	}
	if broken := c.entries.failure(); broken != nil {
		return broken
	}
	return err
}

// refusal explains a connection that ends at the first request. By then a
// server that does not like our certificate has closed it: in TLS 1.3 the
// handshake is over for us before the server has looked, and GnuTLS, which
// Debian's slapd is built with, says no word about it.
func (c *conn) refusal(ctx context.Context, err error) error {
	if code, _ := classify(ctx, err); c.certAsked && code == CodeServerDown && !isKDCFault(err) {
		return fmt.Errorf("%w: %w", tlsfile.ErrCertRefused, err)
	}
	return err
}
