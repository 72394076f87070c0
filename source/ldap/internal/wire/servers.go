package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"rollcall/source"
	"rollcall/source/internal/tlsfile"
)

// connectAny binds to the first server of the list that answers. It goes on to
// the next only when a server cannot be reached or says that it is busy: a
// refused password would be refused, and counted, by each of them, and a
// certificate that does not fit is never passed over in silence (S37).
func (c *Config) connectAny(ctx context.Context) (*conn, Endpoint, error) {
	servers, err := c.endpoints(ctx)
	if err != nil {
		return nil, Endpoint{}, err
	}
	var failed []error
	for _, e := range servers {
		first, err := c.dial(ctx, e)
		if err == nil {
			for _, f := range failed {
				c.Note("%s", "read "+e.URL+" instead: "+f.Error())
			}
			return first, e, nil
		}
		failed = append(failed, err)
		if ctx.Err() != nil || !worthNextServer(err) {
			break
		}
	}
	return nil, Endpoint{}, errors.Join(failed...)
}

func worthNextServer(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Op == OpStartTLS && e.Code != CodeTimeout {
		return false
	}
	if _, other := errors.AsType[*otherCertificate](err); other {
		return false
	}
	switch e.Code {
	case CodeTimeout, CodeBusy, CodeUnavailable:
		return true
	case CodeServerDown:
		// That the server refused our certificate is a guess; the next server may do.
		return tlsfile.Hint(e) == "" || errors.Is(e, tlsfile.ErrCertRefused)
	}
	return false
}

func (c *Config) endpoints(ctx context.Context) ([]Endpoint, error) {
	if c.SRV != "" {
		return c.discover(ctx)
	}
	list := make([]Endpoint, 0, len(c.URLs))
	for _, u := range c.URLs {
		e, err := ParseEndpoint(u)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// discover asks DNS for the servers of a domain (RFC 2782). S37: a forged DNS
// answer must not get the password, so targets outside the
// domain count only when they are listed, and each has to prove its own name.
func (c *Config) discover(ctx context.Context) ([]Endpoint, error) {
	scheme := "ldap"
	if c.TLS == TLSWhole {
		scheme = "ldaps"
	}
	at := Error{Op: OpConnect, Server: "srv:" + c.SRV}
	ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
	defer cancel()
	_, records, err := c.Network.LookupSRV(ctx, scheme, "tcp", c.SRV)
	if err != nil {
		return nil, Failure(ctx, at, err)
	}
	var list []Endpoint
	// LookupSRV has already shuffled by weight; the sort keeps that order.
	slices.SortStableFunc(records, func(a, b *net.SRV) int { return cmp.Compare(a.Priority, b.Priority) })
	for _, r := range records {
		host := strings.TrimSuffix(r.Target, ".")
		if !c.srvAllowed(host) {
			c.Note("%s", fmt.Sprintf("DNS lists %q as a server of %s; it was left out, because it is outside the domain and not in srv_targets", host, c.SRV))
			continue
		}
		addr := net.JoinHostPort(host, strconv.Itoa(int(r.Port)))
		list = append(list, Endpoint{URL: scheme + "://" + addr, Scheme: scheme, Addr: addr, Host: host})
	}
	if len(list) == 0 {
		at.Code, at.Meaning = CodeServerDown, "DNS lists no server that rollcall may use"
		at.Hint = "add the targets that you trust to srv_targets, or set urls"
		return nil, &at
	}
	return list, nil
}

func (c *Config) srvAllowed(host string) bool {
	host = source.LowerASCII(host)
	if strings.HasSuffix(host, "."+source.LowerASCII(strings.Trim(c.SRV, "."))) {
		return true
	}
	return slices.ContainsFunc(c.SRVTargets, func(t string) bool {
		return source.LowerASCII(strings.TrimSuffix(t, ".")) == host
	})
}
