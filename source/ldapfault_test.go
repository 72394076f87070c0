package source

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// fakeCompany is a directory of n people in one group, on a server that pages.
func fakeCompany(n int) *fakeLDAP {
	f := &fakeLDAP{root: fakeEntry{attrs: map[string][]string{
		"namingContexts": {slapdSuffix}, "supportedControl": {oidPaging},
	}}}
	group := fakeEntry{dn: "cn=all,ou=groups," + slapdSuffix, attrs: map[string][]string{
		"objectClass": {"groupOfNames"}, "cn": {"all"},
	}}
	for i := range n {
		dn := fmt.Sprintf("uid=u%04d,ou=people,%s", i, slapdSuffix)
		group.attrs["member"] = append(group.attrs["member"], dn)
		f.entries = append(f.entries, fakeEntry{dn: dn, attrs: map[string][]string{
			"objectClass": {"inetOrgPerson", "person"}, "entryUUID": {fmt.Sprintf("id-%04d", i)},
			"uid": {fmt.Sprintf("u%04d", i)}, "mail": {fmt.Sprintf("u%04d@corp.example", i)},
		}})
	}
	f.entries = append(f.entries, group)
	return f
}

var allGroup = Request{Groups: []Selector{{Name: "cn=all,ou=groups," + slapdSuffix}}}

func TestFakeCompanyReadsWhole(t *testing.T) {
	f := startFake(t, fakeCompany(600))
	snap := readLDAP(t, f.config(), allGroup)
	if len(snap.People) != 600 || len(snap.Groups) != 1 || len(snap.Groups[0].Members) != 600 {
		t.Fatalf("%d people, %d groups", len(snap.People), len(snap.Groups))
	}
}

// faultKinds are the faults of a directory, each with the code and the words
// that its error must bear.
var faultKinds = []struct {
	name    string
	fault   fakeFault
	code    int
	meaning string
}{
	{"size limit", fakeFault{code: 4}, 4, "size limit exceeded"},
	{"time limit", fakeFault{code: 3}, 3, "time limit exceeded"},
	{"administrative limit", fakeFault{code: 11}, 11, "administrative limit exceeded"},
	{"busy", fakeFault{code: 51}, 51, "server busy"},
	{"unavailable", fakeFault{code: 52}, 52, "server unavailable"},
	{"dropped", fakeFault{drop: true}, codeServerDown, "lost"},
	{"silent", fakeFault{hang: true}, codeTimeout, "timed out"},
	{"garbage", fakeFault{garbage: true}, codeDecoding, "not understood"},
	{"cancelled", fakeFault{hang: true}, codeCancelled, "cancelled"},
	{"page without its control", fakeFault{noControl: true}, codeDecoding, "without"},
}

// faultPlaces say where in the read the fault strikes: five pages of people.
var faultPlaces = []struct {
	name string
	at   func(fakeOp) bool
}{
	{"connect", func(op fakeOp) bool { return op.kind == "bind" }},
	{"first page", func(op fakeOp) bool { return isSweep(op) && op.page == 0 }},
	{"middle page", func(op fakeOp) bool { return isSweep(op) && op.page == 2 }},
	{"last page", func(op fakeOp) bool { return isSweep(op) && op.last }},
}

func isSweep(op fakeOp) bool { return op.kind == "search" && op.base == slapdSuffix }

func TestS09FaultMatrix(t *testing.T) {
	for _, kind := range faultKinds {
		for _, place := range faultPlaces {
			if kind.fault.noControl && place.name == "connect" {
				continue // a bind has no such control
			}
			t.Run(kind.name+" at "+place.name, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				f := fakeCompany(600)
				f.fault = func(op fakeOp) fakeFault {
					if !place.at(op) {
						return fakeFault{}
					}
					if kind.name == "cancelled" {
						cancel()
					}
					return kind.fault
				}
				cfg := startFake(t, f).config()
				cfg.PageSize = 120
				if kind.name == "silent" {
					cfg.RequestTimeout, cfg.BindTimeout = 150*time.Millisecond, 150*time.Millisecond
				}
				s, err := newLDAP(cfg, "corp")
				must(t, err)
				snap, err := s.Read(ctx, allGroup)
				if snap != nil {
					t.Fatal("a read that failed gave a snapshot")
				}
				checkFault(t, err, kind.code, kind.meaning, place.name == "connect", f.url)
			})
		}
	}
}

func checkFault(t *testing.T, err error, code int, meaning string, connect bool, url string) {
	t.Helper()
	e, ok := errors.AsType[*LDAPError](err)
	if !ok {
		t.Fatalf("error is %v", err)
	}
	text := err.Error()
	if e.Code != code || e.Server != url || !strings.Contains(text, url) || !strings.Contains(text, fmt.Sprintf("code %d", code)) || !strings.Contains(text, meaning) {
		t.Errorf("error %d of %s reads: %s", e.Code, e.Server, text)
	}
	if !connect && (e.Base != slapdSuffix || !strings.Contains(e.Filter, "objectClass") || !strings.Contains(text, e.Filter)) {
		t.Errorf("error does not say what was asked (%q, %q): %s", e.Base, e.Filter, text)
	}
	if code == codeCancelled && !errors.Is(err, context.Canceled) {
		t.Errorf("cancellation is not in the error: %v", err)
	}
}

func TestPageSizeStepsDownOnCode11(t *testing.T) {
	f := fakeCompany(600)
	f.maxPage = 100
	cfg := startFake(t, f).config()
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
			f.noPaging = true
			if !c.offers {
				delete(f.root.attrs, "supportedControl")
			}
			cfg := startFake(t, f).config()
			cfg.PageSize = c.page
			s, err := newLDAP(cfg, "corp")
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
			f.root.attrs["namingContexts"] = append(f.root.attrs["namingContexts"], "dc=domaindnszones,dc=corp,dc=example")
			f.fault = func(op fakeOp) fakeFault {
				if isSweep(op) && op.page == 0 {
					return fakeFault{referral: c.ref}
				}
				return fakeFault{}
			}
			cfg := startFake(t, f).config()
			cfg.Referrals = c.mode
			s, err := newLDAP(cfg, "corp")
			must(t, err)
			snap, err := s.Read(t.Context(), allGroup)
			switch {
			case c.ok && (err != nil || len(snap.People) != 600 || len(snap.Notes) == 0):
				t.Errorf("want a note and the whole: %v", err)
			case !c.ok && (err == nil || snap != nil || !isCode(err, 10)):
				t.Errorf("want code 10, have %v", err)
			}
		})
	}
}
