package wire

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/source/ldap/ldaptest"
)

// people is a server with so many of them, and a connection to it that keeps no more bytes
// of one page.
func people(t *testing.T, n, most int, f *ldaptest.Fake) (*Server, func() string) {
	t.Helper()
	for i := range n {
		f.Entries = append(f.Entries, ldaptest.Entry{DN: fmt.Sprintf("uid=u%04d,%s", i, ldaptest.Suffix), Attrs: map[string][]string{
			"objectClass": {"person"}, "mail": {fmt.Sprintf("u%04d@corp.example", i)}, "description": {strings.Repeat("x", 100)},
		}})
	}
	var mu sync.Mutex
	var notes []string
	s, err := Connect(t.Context(), Config{
		URLs: []string{ldaptest.StartFake(t, f).URL}, TLS: TLSOff, Bind: BindAnonymous, PageSize: 100, Connections: 1,
		ConnectTimeout: 5 * time.Second, BindTimeout: 5 * time.Second, RequestTimeout: 5 * time.Second, Network: SystemNetwork(),
		Note: func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			notes = append(notes, fmt.Sprintf(format, args...))
		},
	})
	must(t, err)
	t.Cleanup(s.Close)
	s.maxPage = most
	return s, func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(notes, "\n")
	}
}

// allOf counts how often a search hands on each person.
func allOf(t *testing.T, s *Server) (map[string]int, error) {
	t.Helper()
	found := map[string]int{}
	err := s.Search(t.Context(), Query{Base: ldaptest.Suffix, Scope: 2, Filter: "(objectClass=person)", Attrs: []string{"mail", "description"}},
		func(e *Entry) error { found[e.First("mail")]++; return nil })
	return found, err
}

// An answer without pages that has more bytes than one page may have is asked for again in
// pages, so nobody is missing and nobody comes twice; pages that are too large fail (S09,
// S37).
func TestS09AnswerWithoutPagesThatIsTooLarge(t *testing.T) {
	t.Parallel()
	const n, one = 500, 200 // an entry has about so many bytes
	for _, c := range []struct {
		name        string
		whole       bool
		most        int
		ok, inPages bool
	}{
		{"small enough", true, 2 * n * one, true, false},
		{"too large at once", true, n * one / 2, true, true},
		{"a page is too large too", true, 50 * one, false, true},
		{"a page, of a server that is asked for pages", false, 50 * one, false, false},
		{"pages, of a server that is asked for pages", false, n * one / 2, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := &ldaptest.Fake{}
			s, notes := people(t, n, c.most, f)
			s.SetFeatures(Features{Paging: true, Whole: c.whole, IsContext: func(string) bool { return false }})
			for range 2 {
				found, err := allOf(t, s)
				if (err == nil) != c.ok || !c.ok && !errors.Is(err, errPageTooLarge) {
					t.Fatalf("error is %v", err)
				}
				if c.ok && len(found) != n {
					t.Errorf("%d people of %d", len(found), n)
				}
				for who, times := range found {
					if times != 1 {
						t.Errorf("%s came %d times", who, times)
					}
				}
			}
			if said := strings.Count(notes(), "asks for pages"); s.inPages != c.inPages || (said == 1) != c.inPages {
				t.Errorf("in pages: %v, notes %s", s.inPages, notes())
			}
			whole := 0
			for _, q := range f.Searches() {
				if !strings.Contains(q, OIDPaging) {
					whole++
				}
			}
			if want := map[bool]int{true: 1, false: 2}[c.inPages]; c.whole && whole != want || !c.whole && whole != 0 {
				t.Errorf("%d searches without pages", whole)
			}
		})
	}
}

// A single entry that is too large is an error with and without pages, and the connection
// is not used again.
func TestS09EntryThatIsTooLargeForAPage(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{true, false} {
		f := &ldaptest.Fake{}
		f.Entries = append(f.Entries, ldaptest.Entry{DN: "cn=big," + ldaptest.Suffix, Attrs: map[string][]string{
			"objectClass": {"person"}, "member": strings.Split(strings.Repeat("uid=somebody,"+ldaptest.Suffix+"|", longEntry/20), "|"),
		}})
		s, _ := people(t, 3, longEntry, f)
		s.SetFeatures(Features{Paging: true, Whole: whole, Lists: []string{"member"}, IsContext: func(string) bool { return false }})
		err := s.Search(t.Context(), Query{Base: ldaptest.Suffix, Scope: 2, Filter: "(objectClass=person)", Attrs: []string{"member"}}, func(*Entry) error { return nil })
		if !errors.Is(err, errPageTooLarge) || !IsCode(err, CodeDecoding) {
			t.Errorf("without pages %v: %v", whole, err)
		}
		if found, err := allOf(t, s); err != nil || len(found) != 4 { // the large one has no mail
			t.Errorf("without pages %v: %d people, %v", whole, len(found), err)
		}
	}
}
