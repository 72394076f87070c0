package source

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
	"golang.org/x/sync/errgroup"
)

// Bounds of one search (S37): an answer beyond them is an attack or a loop.
const (
	maxEntries    = 20_000_000
	maxEmptyPages = 1000
	minPageSize   = 10
)

// Object identifiers of controls that the read uses.
const (
	oidPaging      = "1.2.840.113556.1.4.319"
	oidDomainScope = "1.2.840.113556.1.4.1339"
)

// query is one search.
type query struct {
	base   string
	scope  int
	filter string
	attrs  []string
}

func (q query) request(controls []ldap.Control) *ldap.SearchRequest {
	return ldap.NewSearchRequest(q.base, q.scope, ldap.NeverDerefAliases, 0, 0, false, q.filter, q.attrs, controls)
}

// errEnough ends a search early because its caller wants no more; nobody may
// conclude anything from what was not read.
var errEnough = errors.New("enough")

// search is the one road to entries. It hands each to do, in order and from
// one goroutine, and asks for the next page while the last is being decoded.
// It answers nil only when the server said that all was sent (S09); whatever
// do has seen before an error counts for nothing.
func (r *session) search(ctx context.Context, q query, do func(*entry) error) error {
	c, err := r.acquire(ctx)
	if err != nil {
		return err
	}
	err = r.searchOn(ctx, c, q, r.withoutCopies(q, do))
	r.release(c, err == nil || answered(err))
	if errors.Is(err, errEnough) {
		return errEnough
	}
	if err != nil {
		return ldapFailure(ctx, LDAPError{Op: opSearch, Server: r.server.url, Base: q.base, Filter: q.filter}, err)
	}
	return nil
}

// answered reports an error that is the server's own answer to one request: the
// connection is as good as before.
func answered(err error) bool {
	_, ours := asLDAPError(err)
	e, ok := errors.AsType[*ldap.Error](err)
	return ok && !ours && e.ResultCode == ldap.LDAPResultNoSuchObject
}

// withoutCopies leaves out FreeIPA's compatibility tree, which shows each
// account and group a second time in the form of RFC 2307: every name would be
// ambiguous. Whoever names it as a base gets it.
func (r *session) withoutCopies(q query, do func(*entry) error) func(*entry) error {
	copied := func(dn string) bool { return strings.Contains(lowerASCII(dn), compatTree) }
	if r.root.kind != kind389 || q.scope == ldap.ScopeBaseObject || copied(","+q.base) {
		return do
	}
	return func(e *entry) error {
		if copied(e.dn) {
			return nil
		}
		return do(e)
	}
}

// compatTree is how DNs of FreeIPA's compatibility tree go on.
const compatTree = ",cn=compat,"

func (r *session) searchOn(ctx context.Context, c *ldapConn, q query, do func(*entry) error) error {
	full, free := make(chan *rawPage), make(chan *rawPage, 2)
	free <- new(rawPage)
	free <- new(rawPage)
	g, inner := errgroup.WithContext(ctx)
	g.Go(func() error {
		for p := range full {
			if err := p.each(do); err != nil {
				return err
			}
			p.reset()
			free <- p
		}
		return nil
	})
	g.Go(func() error {
		defer close(full)
		return r.pages(inner, c, q, func(p *rawPage) (*rawPage, error) {
			if p != nil {
				select {
				case full <- p:
				case <-inner.Done():
					return nil, context.Cause(inner)
				}
			}
			select {
			case p := <-free:
				return p, nil
			case <-inner.Done():
				return nil, context.Cause(inner)
			}
		})
	})
	return g.Wait()
}

// pages fetches page after page. swap takes a filled page and gives an empty
// one; without one it only gives.
func (r *session) pages(ctx context.Context, c *ldapConn, q query, swap func(*rawPage) (*rawPage, error)) error {
	page, err := swap(nil)
	if err != nil {
		return err
	}
	size, walk := r.acceptedPageSize(), paging{session: r, query: q}
	for {
		cookie, err := walk.fetch(ctx, c, page, size)
		if smaller, ok := r.stepDown(err, size, walk.pages); ok {
			size = smaller
			page.reset()
			continue
		}
		if err != nil {
			return err
		}
		if page, err = swap(page); err != nil {
			return err
		}
		if len(cookie) == 0 {
			return nil
		}
	}
}

func (r *session) acceptedPageSize() uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pageSize
}

// stepDown halves the page size when the server refuses it on the first page
// with code 11, as slapd does with size.pr. Later such a code is a limit that
// was reached, and the read has failed.
func (r *session) stepDown(err error, size uint32, pages int) (uint32, bool) {
	if !ldap.IsErrorWithCode(err, ldap.LDAPResultAdminLimitExceeded) || pages > 0 || size <= minPageSize {
		return 0, false
	}
	size = max(size/2, minPageSize)
	r.mu.Lock()
	r.pageSize = min(r.pageSize, size)
	r.mu.Unlock()
	r.note("", "%s refuses pages as large as configured; it is asked for %d entries a page (set page_size to spare the attempts)", r.server.url, size)
	return size, true
}

// paging is the state of one search over its pages (RFC 2696).
type paging struct {
	*session
	query   query
	cookie  []byte
	pages   int
	entries int
	empty   int
}

func (p *paging) fetch(ctx context.Context, c *ldapConn, page *rawPage, size uint32) ([]byte, error) {
	control := ldap.NewControlPaging(size)
	control.SetCookie(p.cookie)
	controls := []ldap.Control{control}
	if p.root.has(oidDomainScope) {
		// Without it Active Directory answers a search from the root of the
		// domain with references to its other partitions.
		controls = append(controls, ldap.NewControlString(oidDomainScope, true, ""))
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
func (c *ldapConn) ask(ctx context.Context, q *ldap.SearchRequest, page *rawPage) (*ldap.SearchResult, error) {
	c.tap.collect(page)
	defer c.tap.collect(nil)
	defer c.watch(ctx)()
	result, err := c.Search(q)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err == nil && result.ResultCode != ldap.LDAPResultSuccess:
		return nil, ldap.NewError(result.ResultCode, errors.New(result.DiagnosticMessage))
	case err == nil:
		return result, nil
	}
	if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork {
		return nil, err
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
		return fmt.Errorf("%w: more than %d entries", errMalformed, maxEntries)
	}
	control, ok := ldap.FindControl(result.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
	switch {
	case !ok && p.pages == 0 && got <= 1 && p.query.scope == ldap.ScopeBaseObject:
		return nil // one object is all that there can be
	case !ok && p.pages > 0:
		return fmt.Errorf("%w: page %d came without the control of paged results, so nothing says whether it is the last", errMalformed, p.pages+1)
	case !ok && got > 0 && uint32(got) >= size && p.root.has(oidPaging):
		return fmt.Errorf("%w: the server offers paged results and answered %d entries without their control", errMalformed, got)
	case !ok && uint32(got) == size:
		return fmt.Errorf("%w: the server does not page, and answered exactly the %d entries of one page: set page_size to another number to see whether that is all", errMalformed, got)
	case !ok:
		p.cookie = nil
		return nil
	}
	p.cookie = control.Cookie
	if p.empty++; got > 0 {
		p.empty = 0
	}
	if p.empty > maxEmptyPages {
		return fmt.Errorf("%w: %d empty pages in a row", errMalformed, p.empty)
	}
	return nil
}

var errContinues = errors.New("the answer continues")

// judgeReferrals decides over continuation references (RFC 4511 section
// 4.5.3): what they point to was not read.
func (p *paging) judgeReferrals(list []string) error {
	for _, ref := range list {
		dn, ok := referralDN(ref)
		switch {
		case p.cfg.Referrals == "ignore":
			p.note("", "left out what %s refers to (referrals: ignore)", ref)
		case ok && p.root.isContext(dn):
			p.note("", "left out the partition %s, which the server holds beside this one", dn)
		default:
			return ldap.NewError(ldap.LDAPResultReferral, fmt.Errorf("%w at %s, which was not read: narrow the base, or set referrals: ignore", errContinues, cleanText(ref)))
		}
	}
	return nil
}
