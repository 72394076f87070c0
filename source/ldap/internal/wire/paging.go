package wire

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
)

// paging is the state of one search over its pages (RFC 2696).
type paging struct {
	server  *Server
	query   Query
	cookie  []byte
	pages   int
	entries int
	empty   int
}

func (p *paging) fetch(ctx context.Context, c *conn, page *rawPage, size uint32) ([]byte, error) {
	var controls []ldap.Control
	if size > 0 {
		control := ldap.NewControlPaging(size)
		control.SetCookie(p.cookie)
		controls = append(controls, control)
	}
	if p.server.features.DomainScope {
		// Without it Active Directory answers a search from the root of the
		// domain with references to its other partitions.
		controls = append(controls, ldap.NewControlString(OIDDomainScope, true, ""))
	}
	result, err := c.ask(ctx, p.query.request(controls), page)
	if err != nil {
		return nil, err
	}
	if err := p.judgeReferrals(result.Referrals); err != nil {
		return nil, err
	}
	if err := p.judge(result, page, size); err != nil {
		return nil, err
	}
	p.pages++
	return p.cookie, nil
}

// ask sends one search and waits for its end. go-ldap reports success only
// with the server's own; what came before an error is not used (S09).
func (c *conn) ask(ctx context.Context, q *ldap.SearchRequest, page *rawPage) (*ldap.SearchResult, error) {
	c.entries.collect(page)
	defer c.entries.collect(nil)
	defer c.watch(ctx)()
	result, err := c.Search(q)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err == nil && result.ResultCode != ldap.LDAPResultSuccess:
		return nil, c.withoutEcho(ldap.NewError(result.ResultCode, errors.New(result.DiagnosticMessage)))
	case err == nil && len(result.Entries) > 0:
		return nil, fmt.Errorf("%w: an entry in a form of BER that rollcall does not read", ErrMalformed)
	case err == nil:
		return result, nil
	}
	if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork {
		return nil, c.withoutEcho(err)
	}
	// go-ldap has no error of its own for a request that ran out of time.
	if strings.Contains(err.Error(), "connection timed out") {
		return nil, errTimedOut
	}
	return nil, c.cause(err)
}

// judge finds what the paging control proves. A server that knows the control
// and answers without it, or loses it on the way, has not said that all was sent.
func (p *paging) judge(result *ldap.SearchResult, page *rawPage, size uint32) error {
	got := len(page.ends)
	p.entries += got
	if p.entries > maxEntries {
		return fmt.Errorf("%w: more than %d entries", ErrMalformed, maxEntries)
	}
	control, ok := ldap.FindControl(result.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
	switch {
	case ok && size == 0:
		return fmt.Errorf("%w: the answer has a paged-results control that was not asked for, so rollcall cannot tell whether it is whole", ErrMalformed)
	case size == 0:
		p.cookie = nil
		return nil // the server says success, and has not said that there is more
	case !ok && p.pages == 0 && got <= 1 && p.query.Scope == ldap.ScopeBaseObject:
		return nil // one object is all that there can be
	case !ok && p.pages > 0:
		return fmt.Errorf("%w: page %d has no paged-results control, so rollcall cannot tell whether it is the last page", ErrMalformed, p.pages+1)
	case !ok && got > 0 && uint32(got) >= size && p.server.features.Paging:
		return fmt.Errorf("%w: the server supports paged results, but answered with %d entries and no paged-results control", ErrMalformed, got)
	case !ok && uint32(got) == size:
		return fmt.Errorf("%w: the server does not support paged results, and answered with exactly %d entries, the size of one page, so more may be missing; set page_size to another number and try again", ErrMalformed, got)
	case !ok:
		p.cookie = nil
		return nil
	}
	p.cookie = control.Cookie
	if p.empty++; got > 0 {
		p.empty = 0
	}
	if p.empty > maxEmptyPages {
		return fmt.Errorf("%w: %d empty pages in a row", ErrMalformed, p.empty)
	}
	return nil
}

// ErrContinues says that a part of the answer is on another server.
var ErrContinues = errors.New("the answer continues on another server")

// judgeReferrals decides over continuation references (RFC 4511 section
// 4.5.3): what they point to was not read.
func (p *paging) judgeReferrals(list []string) error {
	for _, ref := range list {
		dn, ok := referralDN(ref)
		switch {
		case p.server.config.IgnoreReferrals:
			p.server.config.Note("left out the referral %s (referrals: ignore)", ref)
		case ok && p.server.features.IsContext(dn):
			p.server.config.Note("left out %s, another partition of this server", dn)
		default:
			return ldap.NewError(ldap.LDAPResultReferral, fmt.Errorf("%w, %s, which was not read: use a narrower base, or set referrals: ignore", ErrContinues, source.CleanText(ref)))
		}
	}
	return nil
}

// referralDN gives the DN that an LDAP URL points to.
func referralDN(ref string) (string, bool) {
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return "", false
	}
	dn := strings.TrimPrefix(u.Path, "/")
	return dn, dn != ""
}
