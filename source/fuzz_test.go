package source

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"golang.org/x/text/unicode/norm"
)

// FuzzSameDN: what counts as one DN is one to go-ldap as well, but for the
// forms of letters and spaces in which values compare (RFC 4518).
func FuzzSameDN(f *testing.F) {
	for _, s := range [][2]string{{"cn=a,dc=x", "CN=A, DC=X"}, {`cn=a\2cb`, `cn=a\,b`}, {`cn=a\,dc\=x`, "cn=a,dc=x"}, {"cn=a+uid=b", "uid=b+cn=a"}, {"cn=a  b", "cn=a b"}, {"cn=#0401", "cn=\x01"}, {"cn=,dc=x", "cn=\\ ,dc=x"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if SameDN(a, b) != SameDN(b, a) || SameDN(a, b) && ReferenceKey(a) != ReferenceKey(b) {
			t.Fatalf("%q and %q: not one answer", a, b)
		}
		if !SameDN(a, b) {
			return
		}
		x, errX := ldap.ParseDN(a)
		y, errY := ldap.ParseDN(b)
		if errX != nil || errY != nil || len(x.RDNs) != len(y.RDNs) {
			t.Fatalf("%q and %q are the same, and have %v, %v", a, b, x, y)
		}
		for i := range x.RDNs {
			if ours, theirs := foldedRDN(x.RDNs[i]), foldedRDN(y.RDNs[i]); !slices.Equal(ours, theirs) {
				t.Fatalf("%q and %q are the same, with %q and %q", a, b, ours, theirs)
			}
		}
	})
}

// foldedRDN lists the attributes of an RDN with folded values, sorted.
func foldedRDN(rdn *ldap.RelativeDN) []string {
	var out []string
	for _, a := range rdn.Attributes {
		value := strings.Join(strings.Fields(norm.NFKC.String(a.Value)), " ")
		out = append(out, strings.ToLower(a.Type)+"\x00"+strings.Map(foldRune, value))
	}
	slices.Sort(out)
	return out
}

// FuzzAccount: an account whose flags or end make no sense is never taken for
// an enabled one, or for one without an end, without a word.
func FuzzAccount(f *testing.F) {
	for _, s := range [][2]string{{"512", "0"}, {"514", "9223372036854775807"}, {"", ""}, {"-2", "133773120000000000"}, {"0x2", "x"}, {"66050", "1"}} {
		f.Add(s[0], s[1])
	}
	r := &session{ldapSource: &ldapSource{dates: dates{zone: time.UTC}}, schema: schema{name: schemaAD}}
	f.Fuzz(func(t *testing.T, flags, expires string) {
		e := &entry{attrs: []entryAttr{{"userAccountControl", []string{flags}}, {"accountExpires", []string{expires}}}}
		reason, why := r.disabled(e)
		n, err := strconv.ParseInt(flags, 10, 64)
		if unreadable, disabled := err != nil, err == nil && n&2 != 0; (why != "") != unreadable || (reason != "") != disabled {
			t.Fatalf("flags %q: disabled %q, unknown %q", flags, reason, why)
		}
		at, readable := fileTime(expires)
		ends := expires != "" && expires != "0" && expires != "9223372036854775807"
		switch term, why := r.term(e); {
		case !ends:
			if term != nil || why != "" {
				t.Fatalf("expires %q: %v %q", expires, term, why)
			}
		case !readable:
			if why == "" {
				t.Fatalf("expires %q: no word about it", expires)
			}
		case why != "" || term == nil || !term.End.Equal(at) || term.EndedBy != "accountExpires":
			t.Fatalf("expires %q: %v %q", expires, term, why)
		}
	})
}

// FuzzNewest: nothing is older than itself, two orders of the same clocks are
// the same, and whoever lacks what was seen is older (S12).
func FuzzNewest(f *testing.F) {
	f.Add("contextCSN 000=2026 001=2025", "usn a=5; time t=9", "000", "17")
	f.Add(";;", "usn  =", "", "9999999999999999999999")
	f.Fuzz(func(t *testing.T, a, b, origin, value string) {
		x, y := Newest(a), Newest(b)
		if older, _ := x.Older(x); older {
			t.Fatalf("%q is older than itself", a)
		}
		_, one := x.Older(y)
		if _, two := y.Older(x); one != two {
			t.Fatalf("%q and %q are comparable one way only", a, b)
		}
		if strings.ContainsAny(origin+value, " =;") || strings.Join(strings.Fields(origin+value), "") != origin+value {
			return
		}
		n := Newest("").with(clockCSN, clock{origin: value})
		if got := n.clocks()[clockCSN]; len(got) != 1 || got[origin] != value {
			t.Fatalf("%q came back as %q", n, got)
		}
		more := Newest("").with(clockCSN, clock{origin: value, origin + "x": "1"})
		if older, known := n.Older(more); !older || !known {
			t.Fatalf("%q lacks what %q has, and is not older", n, more)
		}
	})
}
