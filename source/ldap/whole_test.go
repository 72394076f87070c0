package ldap

import (
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/source/ldap/internal/wire"
	"rollcall/source/ldap/ldaptest"
)

// fakeSamba is a domain controller of Samba with 1,200 people in the group big.
func fakeSamba() *ldaptest.Fake {
	f := adCompany(1200)
	f.Root.Attrs["vendorName"] = []string{"Samba Team (https://www.samba.org)"}
	return f
}

// sambaSweep is the search for all people.
func sambaSweep(op ldaptest.Op) bool {
	return op.Kind == "search" && op.Base == adBase && forAll(op.Filter)
}

func forAll(filter string) bool {
	return strings.Contains(filter, "objectCategory=person") && !strings.Contains(filter, "primaryGroupID")
}

// sweepsOf are the searches for all people that a server was sent.
func sweepsOf(f *ldaptest.Fake) (whole, paged int) {
	for _, q := range f.Searches() {
		switch {
		case !strings.HasPrefix(q, adBase+" ") || !forAll(q):
		case strings.Contains(q, wire.OIDPaging):
			paged++
		default:
			whole++
		}
	}
	return whole, paged
}

// Samba sends an answer of any length without pages. It is whole, or it is an error; what
// Samba refuses for its length is read in pages.
func TestS09SambaAnswersWithoutPages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		first        ldaptest.Fault // of the first search for all people
		every        bool           // of each of them
		whole, paged int            // searches for all people
		ok           bool
	}{
		{"as it should", ldaptest.Fault{}, false, 1, 0, true},
		{"its size limit", ldaptest.Fault{Code: 4}, false, 1, 2, true},
		{"its time limit", ldaptest.Fault{Code: 3}, false, 1, 2, true},
		{"its administrative limit", ldaptest.Fault{Code: 11}, false, 1, 2, true},
		{"a size limit in pages too", ldaptest.Fault{Code: 4}, true, 1, 1, false},
		{"busy", ldaptest.Fault{Code: 51}, false, 1, 0, false},
		{"dropped", ldaptest.Fault{Drop: true}, false, 1, 0, false},
		{"garbage", ldaptest.Fault{Garbage: true}, false, 1, 0, false},
		{"silent", ldaptest.Fault{Hang: true}, false, 1, 2, true},
		{"silent in pages too", ldaptest.Fault{Hang: true}, true, 1, 1, false},
		{"a referral", ldaptest.Fault{Referral: "ldap://other.example/DC=other,DC=example"}, false, 1, 0, false},
		{"the control of a first page", ldaptest.Fault{Unasked: true}, false, 1, 0, false},
	} {
		if c.first.Hang && c.ok && suite.Short(t) {
			continue // it waits for longer than a busy machine needs for the pages
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := fakeSamba()
			struck := false
			f.Fault = func(op ldaptest.Op) ldaptest.Fault {
				if !sambaSweep(op) || struck && !c.every {
					return ldaptest.Fault{}
				}
				struck = true
				return c.first
			}
			cfg := adConfig(ldaptest.StartFake(t, f))
			cfg.PageSize = 1000
			if c.first.Hang {
				cfg.RequestTimeout = time.Second
				if c.ok { // the pages must come in time on a busy machine too
					cfg.RequestTimeout = 4 * time.Second
				}
			}
			s, err := newDirectory(cfg, "corp")
			must(t, err)
			snap, err := s.Read(t.Context(), adNamed("big"))
			if c.ok && (err != nil || len(snap.People) != 1200 || len(snap.Groups[0].Members) != 1200) {
				t.Errorf("the answer was not read whole: %v", err)
			}
			if !c.ok && (err == nil || snap != nil) {
				t.Error("an answer that may be short was believed")
			}
			if whole, paged := sweepsOf(f); whole != c.whole || paged != c.paged {
				t.Errorf("%d searches without pages and %d pages, want %d and %d", whole, paged, c.whole, c.paged)
			}
		})
	}
}

// Active Directory itself sends at most 1,000 entries without pages.
func TestADIsAskedForPages(t *testing.T) {
	t.Parallel()
	f := ldaptest.StartFake(t, adCompany(1200))
	cfg := adConfig(f)
	cfg.PageSize = 1000
	snap := readLDAP(t, cfg, adNamed("big"))
	if whole, paged := sweepsOf(f); len(snap.People) != 1200 || whole != 0 || paged != 2 {
		t.Errorf("%d people, %d searches without pages and %d pages", len(snap.People), whole, paged)
	}
}
