package ldap

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/ldap/internal/wire"
	"rollcall/source/ldap/ldaptest"
)

// fakeCompany is a directory of n people in one group, on a server that pages.
func fakeCompany(n int) *ldaptest.Fake {
	f := &ldaptest.Fake{Root: ldaptest.Entry{Attrs: map[string][]string{
		"namingContexts": {ldaptest.Suffix}, "supportedControl": {wire.OIDPaging},
	}}}
	group := ldaptest.Entry{DN: "cn=all,ou=groups," + ldaptest.Suffix, Attrs: map[string][]string{
		"objectClass": {"groupOfNames"}, "cn": {"all"},
	}}
	for i := range n {
		dn := fmt.Sprintf("uid=u%04d,ou=people,%s", i, ldaptest.Suffix)
		group.Attrs["member"] = append(group.Attrs["member"], dn)
		f.Entries = append(f.Entries, ldaptest.Entry{DN: dn, Attrs: map[string][]string{
			"objectClass": {"inetOrgPerson", "person"}, "entryUUID": {fmt.Sprintf("id-%04d", i)},
			"uid": {fmt.Sprintf("u%04d", i)}, "mail": {fmt.Sprintf("u%04d@corp.example", i)},
		}})
	}
	f.Entries = append(f.Entries, group)
	return f
}

var allGroup = source.Request{Groups: []source.Selector{{Name: "cn=all,ou=groups," + ldaptest.Suffix}}}

func TestFakeCompanyReadsWhole(t *testing.T) {
	f := ldaptest.StartFake(t, fakeCompany(600))
	snap := readLDAP(t, fakeConfig(f), allGroup)
	if len(snap.People) != 600 || len(snap.Groups) != 1 || len(snap.Groups[0].Members) != 600 {
		t.Fatalf("%d people, %d groups", len(snap.People), len(snap.Groups))
	}
}

// faultKinds are the faults of a directory, each with the code and the words
// that its error must bear.
var faultKinds = []struct {
	name    string
	fault   ldaptest.Fault
	code    int
	meaning string
}{
	{"size limit", ldaptest.Fault{Code: 4}, 4, "size limit exceeded"},
	{"time limit", ldaptest.Fault{Code: 3}, 3, "time limit exceeded"},
	{"administrative limit", ldaptest.Fault{Code: 11}, 11, "administrative limit exceeded"},
	{"busy", ldaptest.Fault{Code: 51}, 51, "server busy"},
	{"unavailable", ldaptest.Fault{Code: 52}, 52, "server unavailable"},
	{"dropped", ldaptest.Fault{Drop: true}, wire.CodeServerDown, "lost"},
	{"silent", ldaptest.Fault{Hang: true}, wire.CodeTimeout, "timed out"},
	{"garbage", ldaptest.Fault{Garbage: true}, wire.CodeDecoding, "not valid LDAP"},
	{"cancelled", ldaptest.Fault{Hang: true}, wire.CodeCancelled, "cancelled"},
	{"page without its control", ldaptest.Fault{NoControl: true}, wire.CodeDecoding, "paged-results control"},
}

// faultPlaces say where in the read the fault strikes: five pages of people.
var faultPlaces = []struct {
	name string
	at   func(ldaptest.Op) bool
}{
	{"connect", func(op ldaptest.Op) bool { return op.Kind == "bind" }},
	{"first page", func(op ldaptest.Op) bool { return isSweep(op) && op.Page == 0 }},
	{"middle page", func(op ldaptest.Op) bool { return isSweep(op) && op.Page == 2 }},
	{"last page", func(op ldaptest.Op) bool { return isSweep(op) && op.Last }},
}

func isSweep(op ldaptest.Op) bool { return op.Kind == "search" && op.Base == ldaptest.Suffix }

func TestS09FaultMatrix(t *testing.T) {
	t.Parallel()
	for _, kind := range faultKinds {
		for _, place := range faultPlaces {
			if kind.fault.NoControl && place.name == "connect" {
				continue // a bind has no such control
			}
			t.Run(kind.name+" at "+place.name, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				f := fakeCompany(600)
				f.Fault = func(op ldaptest.Op) ldaptest.Fault {
					if !place.at(op) {
						return ldaptest.Fault{}
					}
					if kind.name == "cancelled" {
						cancel()
					}
					return kind.fault
				}
				cfg := fakeConfig(ldaptest.StartFake(t, f))
				cfg.PageSize = 120
				if kind.name == "silent" {
					cfg.RequestTimeout, cfg.BindTimeout = time.Second, time.Second // of a busy machine too
				}
				s, err := newDirectory(cfg, "corp")
				must(t, err)
				snap, err := s.Read(ctx, allGroup)
				if snap != nil {
					t.Fatal("a read that failed gave a snapshot")
				}
				checkFault(t, err, kind.code, kind.meaning, place.name == "connect", f.URL)
			})
		}
	}
}

func checkFault(t *testing.T, err error, code int, meaning string, connect bool, url string) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error is %v", err)
	}
	text := err.Error()
	if e.Code != code || e.Server != url || !strings.Contains(text, url) || !strings.Contains(text, fmt.Sprintf("code %d", code)) || !strings.Contains(text, meaning) {
		t.Errorf("error %d of %s reads: %s", e.Code, e.Server, text)
	}
	if !connect && (e.Base != ldaptest.Suffix || !strings.Contains(e.Filter, "objectClass") || !strings.Contains(text, e.Filter)) {
		t.Errorf("error does not say what was asked (%q, %q): %s", e.Base, e.Filter, text)
	}
	if code == wire.CodeCancelled && !errors.Is(err, context.Canceled) {
		t.Errorf("cancellation is not in the error: %v", err)
	}
}

func TestPageSizeStepsDownOnCode11(t *testing.T) {
	f := fakeCompany(600)
	f.MaxPage = 100
	cfg := fakeConfig(ldaptest.StartFake(t, f))
	snap := readLDAP(t, cfg, allGroup)
	if len(snap.People) != 600 {
		t.Errorf("%d people", len(snap.People))
	}
	if len(snap.Notes) == 0 {
		t.Error("no note tells the admin of the smaller pages")
	}
}

func TestS09ServersThatDoNotPage(t *testing.T) {
	for _, c := range []struct {
		name     string
		page     int
		offers   bool
		complete bool
	}{
		{"answers all at once and never offered to page", 1000, false, true},
		{"answers more than a page and never offered to page", 100, false, true},
		{"answers exactly one page", 600, false, false},
		{"offers to page and does not", 100, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fakeCompany(600)
			f.NoPaging = true
			if !c.offers {
				delete(f.Root.Attrs, "supportedControl")
			}
			cfg := fakeConfig(ldaptest.StartFake(t, f))
			cfg.PageSize = c.page
			s, err := newDirectory(cfg, "corp")
			must(t, err)
			snap, err := s.Read(t.Context(), allGroup)
			if c.complete && (err != nil || len(snap.People) != 600) {
				t.Errorf("whole answer refused: %v", err)
			}
			if !c.complete && (err == nil || snap != nil) {
				t.Error("an answer that may be short was believed")
			}
		})
	}
}

func TestReferences(t *testing.T) {
	for _, c := range []struct {
		name, ref, mode string
		ok              bool
	}{
		{"to a context of the root DSE", "ldap://dc/DC=DomainDnsZones,DC=corp,DC=example", "", true},
		{"elsewhere", "ldap://other.example/DC=other,DC=example", "", false},
		{"elsewhere, ignored", "ldap://other.example/DC=other,DC=example", "ignore", true},
		{"that makes no sense", "::", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fakeCompany(600)
			f.Root.Attrs["namingContexts"] = append(f.Root.Attrs["namingContexts"], "dc=domaindnszones,dc=corp,dc=example")
			f.Fault = func(op ldaptest.Op) ldaptest.Fault {
				if isSweep(op) && op.Page == 0 {
					return ldaptest.Fault{Referral: c.ref}
				}
				return ldaptest.Fault{}
			}
			cfg := fakeConfig(ldaptest.StartFake(t, f))
			cfg.Referrals = c.mode
			s, err := newDirectory(cfg, "corp")
			must(t, err)
			snap, err := s.Read(t.Context(), allGroup)
			switch {
			case c.ok && (err != nil || len(snap.People) != 600 || len(snap.Notes) == 0):
				t.Errorf("want a note and the whole: %v", err)
			case !c.ok && (err == nil || snap != nil || !wire.IsCode(err, 10)):
				t.Errorf("want code 10, have %v", err)
			}
		})
	}
}
