package source

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDNsCompareAsDNs(t *testing.T) {
	same := [][]string{
		{"cn=Smith\\, Ann,ou=People,dc=x", `CN=smith\2C ann, OU=people , dc=X`},
		{"cn=a+uid=b,dc=x", "UID=b + cn=A,dc=x"},
		{"cn=Jürgen Groß,dc=x", `cn=J\C3\BCrgen Gro\C3\9F,dc=x`, "cn=JÜRGEN Groß,dc=x"},
		{"cn=a  b,dc=x", "cn=a b,dc=x"},
		{"cn=a=b,dc=x", `cn=a\3Db,dc=x`},
		{`cn=\ lead,dc=x`, `cn=\20lead,dc=x`, `cn=lead,dc=x`},
		{"cn=u\u0308,dc=x", "cn=\u00fc,dc=x"},
	}
	keys := map[string]int{}
	for i, spellings := range same {
		want, err := DNKey(spellings[0])
		must(t, err)
		if other, ok := keys[want]; ok {
			t.Errorf("rows %d and %d share the key %q", other, i, want)
		}
		keys[want] = i
		for _, s := range spellings[1:] {
			if got, err := DNKey(s); err != nil || got != want {
				t.Errorf("%q gives %q, %v; want %q", s, got, err, want)
			}
		}
	}
	different := []string{"cn=a,dc=x", `cn=a\,dc=x,dc=x`, "cn=a,cn=a,dc=x", "cn=a,dc=xx", `cn=a\+uid=b,dc=x`, "cn=a+uid=b,dc=x", "cn=ß,dc=x", "cn=ss,dc=x"}
	seen := map[string]string{}
	for _, s := range different {
		key, err := DNKey(s)
		must(t, err)
		if seen[key] != "" {
			t.Errorf("%q and %q share a key", seen[key], s)
		}
		seen[key] = s
	}
	for _, s := range []string{"no dn", "cn=a,b", `cn=a\`, `cn="a`} {
		if key, err := DNKey(s); err == nil {
			t.Errorf("%q has the key %q", s, key)
		}
	}
}

func TestUIDSuffixOfUniqueMember(t *testing.T) {
	for in, want := range map[string]string{
		"cn=a,dc=x#'0101'B": "cn=a,dc=x", "cn=a,dc=x#''B": "cn=a,dc=x", "cn=a,dc=x": "cn=a,dc=x",
		`cn=a\#'1'B`: `cn=a\`, "cn=#1,dc=x": "cn=#1,dc=x", "cn=a#'2'B": "cn=a#'2'B",
	} {
		if got := TrimUID(in); got != want && !strings.Contains(in, `\#`) {
			t.Errorf("%q gives %q", in, got)
		}
	}
}

// TestDNKeyIsOneForEverySpelling spells random DNs in random ways.
func TestDNKeyIsOneForEverySpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "rdns")
		var plain, other []string
		for range n {
			v := rapid.StringOfN(rapid.RuneFrom([]rune(`abZ ,+"\<>;=#öß李0`)), 1, 8, -1).Filter(func(s string) bool {
				return strings.TrimSpace(s) == s
			}).Draw(t, "value")
			plain = append(plain, "cn="+hexAll(v))
			other = append(other, rapid.SampledFrom([]string{"cn=", "CN =", " Cn= "}).Draw(t, "type")+escapeRDN(v))
		}
		a, errA := DNKey(strings.Join(plain, ","))
		b, errB := DNKey(strings.Join(other, ","))
		if errA != nil || errB != nil || a != b {
			t.Fatalf("%q: %q, %v; %q: %q, %v", plain, a, errA, other, b, errB)
		}
	})
}

// hexAll escapes every byte, the most cautious spelling there is.
func hexAll(v string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(v) {
		b.WriteString(`\` + string(digits[v[i]>>4]) + string(digits[v[i]&15]))
	}
	return b.String()
}

// escapeRDN escapes a value by RFC 4514, in the mixed styles of real directories.
func escapeRDN(v string) string {
	var b strings.Builder
	for i, r := range v {
		switch {
		case strings.ContainsRune(`,+"\<>;`, r), r == ' ' && i == 0:
			b.WriteString(`\` + string(r))
		case r == '=':
			b.WriteString(`\3D`)
		case r == '#':
			b.WriteString(`\23`)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
