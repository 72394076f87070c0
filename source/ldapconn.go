package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// The values of the tls key.
const (
	tlsStart = "starttls"
	tlsWhole = "ldaps"
	tlsOff   = "off"
)

// ldapConn is one bound connection. It runs one search at a time.
type ldapConn struct {
	*ldap.Conn
	raw net.Conn
	tap *entryTap
	// certAsked is true when the server asked for a client certificate.
	certAsked bool
}

// watch closes the connection when ctx ends, until stop is called: go-ldap
// knows no context, and a request must not outlive its own.
func (c *ldapConn) watch(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = c.raw.Close() })
}

// shut closes without ceremony: closing the socket first frees whoever waits
// on it, which go-ldap's own Close would wait for.
func (c *ldapConn) shut() {
	_ = c.raw.Close()
	_ = c.Close()
}

func joinHostPort(host, port string) string { return net.JoinHostPort(host, port) }

// dial connects to one server, starts TLS and binds. Each step has its
// time-out, and the end of ctx ends each at once.
func (s *ldapSource) dial(ctx context.Context, e endpoint) (*ldapConn, error) {
	fail := func(op string, err error) error {
		return ldapFailure(ctx, LDAPError{Op: op, Server: e.url}, err)
	}
	dialCtx, cancel := context.WithTimeout(ctx, s.cfg.ConnectTimeout)
	defer cancel()
	raw, err := s.net.DialContext(dialCtx, e.network(), e.addr)
	if err != nil {
		return nil, fail(opConnect, err)
	}
	c := &ldapConn{raw: raw}
	defer c.watch(ctx)()
	closing := func(op string, err error) error {
		err = fail(op, err)
		_ = raw.Close()
		return err
	}
	if err := raw.SetDeadline(time.Now().Add(s.cfg.ConnectTimeout)); err != nil {
		return nil, closing(opConnect, err)
	}
	wire, err := s.secure(dialCtx, c, e)
	if err != nil {
		return nil, closing(opStartTLS, err)
	}
	if err := raw.SetDeadline(time.Now().Add(s.cfg.BindTimeout)); err != nil {
		return nil, closing(opConnect, err)
	}
	c.tap = newEntryTap(wire)
	c.Conn = ldap.NewConn(c.tap, wire != raw)
	c.Start()
	err = s.bind(c, e)
	if err == nil {
		err = raw.SetDeadline(time.Time{})
	}
	if err != nil {
		err = fail(opBind, c.refusal(ctx, c.cause(err)))
		c.shut()
		return nil, err
	}
	c.SetTimeout(s.cfg.RequestTimeout)
	return c, nil
}

// cause prefers what the stream died of to go-ldap's copy of its text, but not
// to a result code of the server, nor to a fault of this machine.
func (c *ldapConn) cause(err error) error {
	if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork || isLocalFault(err) {
		return err
	}
	if broken := c.tap.failure(); broken != nil {
		return broken
	}
	return err
}

// refusal explains a connection that ends at the first request. By then a
// server that does not like our certificate has closed it: in TLS 1.3 the
// handshake is over for us before the server has looked, and GnuTLS, which
// Debian's slapd is built with, says no word about it.
func (c *ldapConn) refusal(ctx context.Context, err error) error {
	if code, _ := classify(ctx, err); c.certAsked && code == codeServerDown {
		return fmt.Errorf("%w: %w", errCertRefused, err)
	}
	return err
}

// secure answers with the connection to speak LDAP on: raw itself for tls: off
// and for local sockets, else TLS that is up and verified.
func (s *ldapSource) secure(ctx context.Context, c *ldapConn, e endpoint) (net.Conn, error) {
	raw := c.raw
	if e.scheme == "ldapi" || e.scheme == "ldap" && s.cfg.TLS == tlsOff {
		return raw, nil
	}
	conf, err := s.tlsConfig(e)
	if err != nil {
		return nil, err
	}
	conf.GetClientCertificate = func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		c.certAsked = true
		for i := range conf.Certificates {
			if asked.SupportsCertificate(&conf.Certificates[i]) == nil {
				return &conf.Certificates[i], nil
			}
		}
		return new(tls.Certificate), nil // go on without one; the server says whether it minds
	}
	if e.scheme == "ldap" {
		// S37: whoever refuses StartTLS gets no password, and no other chance.
		if err := startTLS(raw); err != nil {
			return nil, err
		}
	}
	wire := tls.Client(raw, conf)
	if err := wire.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return wire, nil
}

// startTLS is the extended request of RFC 4511 section 4.14. It is done here
// and not by go-ldap because the entry tap has to stand above TLS. The answer
// is read without a buffer, so that nothing sent in clear text behind it can
// count as encrypted.
func startTLS(raw net.Conn) error {
	const oid = "1.3.6.1.4.1.1466.20037"
	request := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationExtendedRequest, nil, "")
	request.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, oid, ""))
	message := ber.NewSequence("")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, ""))
	message.AppendChild(request)
	if _, err := raw.Write(message.Bytes()); err != nil {
		return err
	}
	answer, err := readSmall(raw)
	if err != nil {
		return err
	}
	packet, err := ber.DecodePacketErr(answer)
	if err != nil {
		return fmt.Errorf("%w: to StartTLS", errMalformed)
	}
	if err := ldap.GetLDAPError(packet); err != nil {
		if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork {
			return &startTLSRefused{code: int(e.ResultCode), text: e.Error()}
		}
		return err
	}
	return nil
}

// readSmall reads one short message byte by byte up to its length.
func readSmall(raw net.Conn) ([]byte, error) {
	const most = 4096
	head := make([]byte, 2, most)
	if err := readFull(raw, head); err != nil {
		return nil, err
	}
	if head[1] >= 0x80 {
		more := make([]byte, min(int(head[1]&0x7f), 4))
		if err := readFull(raw, more); err != nil {
			return nil, err
		}
		head = append(head, more...)
	}
	length, _, ok := berLength(head[1:])
	if head[0] != tagSequence || !ok || length > most {
		return nil, fmt.Errorf("%w: to StartTLS", errMalformed)
	}
	body := make([]byte, length)
	err := readFull(raw, body)
	return append(head, body...), err
}

func readFull(conn net.Conn, b []byte) error {
	for len(b) > 0 {
		n, err := conn.Read(b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// startTLSRefused is an answer to StartTLS that is no yes (S37).
type startTLSRefused struct {
	code int
	text string
}

func (e *startTLSRefused) Error() string { return e.text }

func (s *ldapSource) tlsConfig(e endpoint) (*tls.Config, error) {
	conf, err := tlsFiles(s.cfg.CAFile, s.cfg.CertFile, s.cfg.KeyFile)
	if err != nil {
		return nil, &localFault{err}
	}
	conf.ServerName = or(s.cfg.ServerName, e.host)
	return conf, nil
}

// tlsFiles reads the certificates anew at each connect, so that renewed ones count.
func tlsFiles(caFile, certFile, keyFile string) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("read ca_file: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read ca_file %s: no certificate in PEM form found", caFile)
		}
	}
	if certFile != "" {
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return nil, fmt.Errorf("read cert_file and key_file: %w", err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf, nil
}
