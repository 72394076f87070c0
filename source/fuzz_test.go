package source

import (
	"slices"
	"strings"
	"testing"

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

// FuzzNewest: nothing is older than itself, two orders of the same clocks are
// the same, and whoever lacks what was seen is older (S12).
func FuzzNewest(f *testing.F) {
	f.Add("contextCSN 000=2026 001=2025", "usn a=5; time t=9", "000", "17")
	f.Add(";;", "usn  =", "", "9999999999999999999999")
	f.Fuzz(func(t *testing.T, a, b, origin, value string) {
		x, y := Revision(a), Revision(b)
		if older, _ := x.OlderThan(x); older {
			t.Fatalf("%q is older than itself", a)
		}
		_, one := x.OlderThan(y)
		if _, two := y.OlderThan(x); one != two {
			t.Fatalf("%q and %q are comparable one way only", a, b)
		}
		if strings.ContainsAny(origin+value, " =;") || strings.Join(strings.Fields(origin+value), "") != origin+value {
			return
		}
		n := Revision("").With(ClockCSN, Clock{origin: value})
		if got := n.clocks()[ClockCSN]; len(got) != 1 || got[origin] != value {
			t.Fatalf("%q came back as %q", n, got)
		}
		more := Revision("").With(ClockCSN, Clock{origin: value, origin + "x": "1"})
		if older, known := n.OlderThan(more); !older || !known {
			t.Fatalf("%q lacks what %q has, and is not older", n, more)
		}
	})
}

func FuzzDNKey(f *testing.F) {
	for _, s := range []string{"cn=a,dc=x", `cn=Smith\2C Ann+uid=b , dc=X`, "cn=#04024869", "cn=\u212a,dc=x", `cn=\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := DNKey(s)
		if err != nil {
			return
		}
		if upper, err := DNKey(upperASCII(s)); err == nil && !strings.ContainsAny(s, `\#`) && upper != key {
			t.Fatalf("case changes the key of %q: %q, %q", s, key, upper)
		}
	})
}

func upperASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}
