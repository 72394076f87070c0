package wire

import (
	"context"
	"errors"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
)

// Bounds of one search (S37): an answer beyond them is an attack or a loop.
const (
	maxEntries    = 20_000_000
	maxEmptyPages = 1000
	minPageSize   = 10
)

// Object identifiers of controls that the read uses.
const (
	OIDPaging      = "1.2.840.113556.1.4.319"
	OIDDomainScope = "1.2.840.113556.1.4.1339"
)

// Query is one search.
type Query struct {
	Base   string
	Scope  int
	Filter string
	Attrs  []string
}

func (q Query) request(controls []ldap.Control) *ldap.SearchRequest {
	return ldap.NewSearchRequest(q.Base, q.Scope, ldap.NeverDerefAliases, 0, 0, false, q.Filter, q.Attrs, controls)
}

// ErrEnough ends a search early because its caller wants no more; nothing may
// be concluded from what was not read.
var ErrEnough = errors.New("enough")

// Search hands each entry that the query finds to do, in order and from the
// goroutine of the caller. It answers nil only when the server said that all
// was sent (S09); entries before an error do not count.
func (s *Server) Search(ctx context.Context, q Query, do func(*Entry) error) error {
	size := s.firstSize()
	err := s.searchOnce(ctx, q, size, do)
	if size == 0 && (errors.Is(err, errTimedOut) || errors.Is(err, errPageTooLarge)) {
		// Nothing of the answer was handed on, and its connection is closed.
		err = s.searchOnce(ctx, q, s.turnToPages(err), do)
	}
	if errors.Is(err, ErrEnough) {
		return ErrEnough
	}
	if err != nil {
		return Failure(ctx, Error{Op: OpSearch, Server: s.endpoint.URL, Base: q.Base, Filter: q.Filter}, err)
	}
	return nil
}

// searchOnce searches on a free connection.
func (s *Server) searchOnce(ctx context.Context, q Query, size uint32, do func(*Entry) error) error {
	c, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	healthy := false
	defer func() { s.release(c, healthy) }() // after a panic too
	err = s.searchOn(ctx, c, q, size, s.withoutCopies(q, do))
	healthy = err == nil || answered(err)
	return err
}

// ReadOne reads one entry by its DN, with values that come in ranges whole;
// nil without an error says that nothing is shown there.
func (s *Server) ReadOne(ctx context.Context, q Query) (*Entry, error) {
	var found *Entry
	q.Scope = ldap.ScopeBaseObject
	if err := s.Search(ctx, q, func(e *Entry) error { found = e; return nil }); err != nil {
		return nil, err
	}
	if found == nil {
		return nil, nil
	}
	return found, s.CompleteRanges(ctx, found)
}

// ReadAll reads the entries that a query finds, with values that come in ranges whole.
func (s *Server) ReadAll(ctx context.Context, q Query) (found []*Entry, err error) {
	if err := s.Search(ctx, q, func(e *Entry) error { found = append(found, e); return nil }); err != nil {
		return nil, err
	}
	for _, e := range found {
		if err := s.CompleteRanges(ctx, e); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// answered reports an error that is the server's own answer to one request: the
// connection is as good as before.
func answered(err error) bool {
	_, ours := errors.AsType[*Error](err)
	e, ok := errors.AsType[*ldap.Error](err)
	return ok && !ours && e.ResultCode == ldap.LDAPResultNoSuchObject
}

// withoutCopies leaves out FreeIPA's compatibility tree, which shows each
// account and group a second time in the form of RFC 2307: every name would be
// ambiguous. A search below the compatibility tree itself shows it.
func (s *Server) withoutCopies(q Query, do func(*Entry) error) func(*Entry) error {
	copied := func(dn string) bool { return strings.Contains(source.LowerASCII(dn), compatTree) }
	if !s.features.CompatTree || q.Scope == ldap.ScopeBaseObject || copied(","+q.Base) {
		return do
	}
	return func(e *Entry) error {
		if copied(e.DN) {
			return nil
		}
		return do(e)
	}
}

// compatTree is how DNs of FreeIPA's compatibility tree go on.
const compatTree = ",cn=compat,"

// searchOn fetches page after page and hands on its entries. A page of size 0 is the whole
// answer.
func (s *Server) searchOn(ctx context.Context, c *conn, q Query, size uint32, do func(*Entry) error) error {
	page, paging := &rawPage{lists: s.features.Lists, most: s.maxPage}, paging{server: s, query: q}
	for {
		page.reset()
		cookie, err := paging.fetch(ctx, c, page, size)
		if smaller, ok := s.stepDown(err, size, paging.pages); ok {
			size = smaller
			continue
		}
		if err != nil {
			return err
		}
		if err := page.each(do); err != nil {
			return err
		}
		if len(cookie) == 0 {
			return nil
		}
	}
}

// firstSize is the size of the page to ask for first.
func (s *Server) firstSize() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.features.Whole && !s.inPages {
		return 0
	}
	return s.pageSize
}

// turnToPages has the rest of the read ask for pages, after an answer without pages that
// failed for its length, and gives their size.
func (s *Server) turnToPages(because error) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.inPages {
		s.config.Note("%s does not send everything in one answer, so rollcall asks for pages: %v", s.endpoint.URL, because)
	}
	s.inPages = true
	return s.pageSize
}

// stepDown asks for pages when the server refuses the whole answer for its length or its
// time (RFC 4511 section 4.1.9), as later versions or other settings of Samba may do. It
// halves the page size when the server refuses it on the first page with code 11, as slapd
// does with size.pr. Later such a code is a limit that was reached, and the read has failed.
func (s *Server) stepDown(err error, size uint32, pages int) (uint32, bool) {
	if size == 0 && ldap.IsErrorAnyOf(err, ldap.LDAPResultTimeLimitExceeded, ldap.LDAPResultSizeLimitExceeded, ldap.LDAPResultAdminLimitExceeded) {
		return s.turnToPages(err), true
	}
	if !ldap.IsErrorWithCode(err, ldap.LDAPResultAdminLimitExceeded) || pages > 0 || size <= minPageSize {
		return 0, false
	}
	size = max(size/2, minPageSize)
	s.mu.Lock()
	s.pageSize = min(s.pageSize, size)
	s.mu.Unlock()
	s.config.Note("%s refuses pages of the configured size, so rollcall asks for %d entries a page (set page_size to that number to avoid the failed attempts)", s.endpoint.URL, size)
	return size, true
}
