package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// network is what the source needs of the machine's network; tests replace it.
type network struct {
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	LookupSRV   func(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
}

func realNetwork() network {
	return network{DialContext: new(net.Dialer).DialContext, LookupSRV: net.DefaultResolver.LookupSRV}
}

// connectAny binds to the first server of the list that answers. It goes on to
// the next only when a server cannot be reached or says that it is busy: a
// refused password would be refused, and counted, by each of them, and a
// certificate that does not fit is never passed over in silence (S37).
func (s *ldapSource) connectAny(ctx context.Context) (*ldapConn, endpoint, []string, error) {
	servers, notes, err := s.endpoints(ctx)
	if err != nil {
		return nil, endpoint{}, nil, err
	}
	var tried []error
	for _, e := range servers {
		c, err := s.dial(ctx, e)
		if err == nil {
			for _, t := range tried {
				notes = append(notes, "read "+e.url+" instead: "+t.Error())
			}
			return c, e, notes, nil
		}
		tried = append(tried, err)
		if ctx.Err() != nil || !worthNextServer(err) {
			break
		}
	}
	return nil, endpoint{}, nil, errors.Join(tried...)
}

func worthNextServer(err error) bool {
	e, ok := errors.AsType[*LDAPError](err)
	if !ok || e.Op == opStartTLS && e.Code != codeTimeout {
		return false
	}
	switch e.Code {
	case codeTimeout, 51, 52:
		return true
	case codeServerDown:
		// That our own certificate was refused is a guess, and harms nobody.
		return tlsHint(e) == "" || errors.Is(e, errCertRefused)
	}
	return false
}

// isLocalFault reports a file of ours that cannot be read, which no other
// server mends.
func isLocalFault(err error) bool {
	_, ok := errors.AsType[*localFault](err)
	return ok
}

// localFault is a problem on this machine: a file, or a credential.
type localFault struct{ err error }

func (e *localFault) Error() string { return e.err.Error() }
func (e *localFault) Unwrap() error { return e.err }

func (s *ldapSource) endpoints(ctx context.Context) ([]endpoint, []string, error) {
	if s.cfg.SRV != "" {
		return s.discover(ctx)
	}
	list := make([]endpoint, 0, len(s.cfg.URLs))
	for _, u := range s.cfg.URLs {
		e, err := parseEndpoint(u)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, e)
	}
	return list, nil, nil
}

// discover asks DNS for the servers of a domain (RFC 2782). S37: whoever can
// write one DNS answer must not be handed a password, so targets outside the
// domain count only when they are listed, and each has to prove its own name.
func (s *ldapSource) discover(ctx context.Context) ([]endpoint, []string, error) {
	service, scheme := "ldap", "ldap"
	if s.cfg.TLS == tlsWhole {
		service, scheme = "ldaps", "ldaps"
	}
	at := LDAPError{Op: opConnect, Server: "srv:" + s.cfg.SRV}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.ConnectTimeout)
	defer cancel()
	_, records, err := s.net.LookupSRV(ctx, service, "tcp", s.cfg.SRV)
	if err != nil {
		return nil, nil, ldapFailure(ctx, at, err)
	}
	var list []endpoint
	var notes []string
	// LookupSRV has already shuffled by weight; the sort keeps that order.
	slices.SortStableFunc(records, func(a, b *net.SRV) int { return cmp.Compare(a.Priority, b.Priority) })
	for _, r := range records {
		host := strings.TrimSuffix(r.Target, ".")
		if !s.srvAllowed(host) {
			notes = append(notes, fmt.Sprintf("DNS names %q as a server of %s: left out, since it lies outside the domain and srv_targets does not list it", host, s.cfg.SRV))
			continue
		}
		addr := joinHostPort(host, strconv.Itoa(int(r.Port)))
		list = append(list, endpoint{url: scheme + "://" + addr, scheme: scheme, addr: addr, host: host})
	}
	if len(list) == 0 {
		at.Code, at.Meaning = codeServerDown, "DNS names no server that may be used"
		at.Hint = "list the targets that you trust in srv_targets, or name servers in urls"
		return nil, nil, &at
	}
	return list, notes, nil
}

func (s *ldapSource) srvAllowed(host string) bool {
	host = lowerASCII(host)
	if strings.HasSuffix(host, "."+lowerASCII(strings.Trim(s.cfg.SRV, "."))) {
		return true
	}
	return slices.ContainsFunc(s.cfg.SRVTargets, func(t string) bool {
		return lowerASCII(strings.TrimSuffix(t, ".")) == host
	})
}
