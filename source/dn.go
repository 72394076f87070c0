package source

import (
	"slices"
	"strings"
	"unicode"

	"github.com/go-ldap/ldap/v3"
	"golang.org/x/text/unicode/norm"
)

// DNKey gives a DN the form in which DNs compare: two spellings of one DN
// (RFC 4514: case, spaces, escapes, the order in a multi-valued RDN) have one
// key. A key finds entries faster; where two spellings escape it, the member
// is read by its own DN and found all the same.
func DNKey(dn string) (string, error) {
	if key, ok := plainKey(dn); ok {
		return key, nil
	}
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return "", err
	}
	rdns := make([]string, len(parsed.RDNs))
	for i, rdn := range parsed.RDNs {
		parts := make([]string, len(rdn.Attributes))
		for j, a := range rdn.Attributes {
			parts[j] = LowerASCII(a.Type) + "=" + keyValue(a.Value)
		}
		slices.Sort(parts)
		rdns[i] = strings.Join(parts, "+")
	}
	return strings.Join(rdns, ","), nil
}

// plainKey is the way of nearly all DNs of a large directory: ASCII without
// escapes, spaces only inside values, one attribute in each RDN.
func plainKey(dn string) (string, bool) {
	lower := true
	previous := byte(',')
	for i := range len(dn) {
		c := dn[i]
		switch {
		case c >= 0x80 || c < ' ' || strings.IndexByte(`\"+;<>#`, c) >= 0:
			return "", false
		case c == ' ' && (previous == ' ' || previous == ',' || previous == '='):
			return "", false
		case (c == ',' || c == '=') && (previous == ' ' || previous == ',' || previous == '='):
			return "", false
		case 'A' <= c && c <= 'Z':
			lower = false
		}
		previous = c
	}
	if previous == ' ' || previous == ',' || previous == '=' || !strings.Contains(dn, "=") {
		return "", false
	}
	if !everyRDNPlain(dn) {
		return "", false
	}
	if lower {
		return dn, true
	}
	return LowerASCII(dn), true
}

func everyRDNPlain(dn string) bool {
	for rdn := range strings.SplitSeq(dn, ",") {
		if strings.Count(rdn, "=") != 1 {
			return false
		}
	}
	return true
}

// keyValue folds as caseIgnoreMatch does (RFC 4518): compatibility form, no
// case, inner spaces as one. Characters that a plain key escapes are escaped
// here too, so that no value reads as another DN's structure.
func keyValue(v string) string {
	folded := strings.Join(strings.FieldsFunc(norm.NFKC.String(v), func(r rune) bool { return r == ' ' }), " ")
	var b strings.Builder
	for _, r := range folded {
		if strings.ContainsRune(`,+=\"#;<>`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(foldRune(r))
	}
	return b.String()
}

// foldRune picks the same rune for all that differ by case only.
func foldRune(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if 'A' <= least && least <= 'Z' {
		return least + 'a' - 'A'
	}
	return least
}

// Under reports whether the DN with the first key lies at or below the other.
func Under(key, base string) bool {
	return base == "" || key == base || strings.HasSuffix(key, ","+base)
}

// ReferenceKey is the same for two ways to write one member of a group: a DN,
// compared as a DN, or a name.
func ReferenceKey(ref string) string {
	if key, err := DNKey(ref); err == nil {
		return key
	}
	return NameKey(ref)
}

// SameDN reports whether two texts are the same DN.
func SameDN(a, b string) bool {
	if !IsDN(a) || !IsDN(b) {
		return false
	}
	x, errA := DNKey(a)
	y, errB := DNKey(b)
	return errA == nil && errB == nil && x == y
}

// IsDN tells a DN from a plain name in a rule.
func IsDN(s string) bool {
	if !strings.Contains(s, "=") {
		return false
	}
	_, err := ldap.ParseDN(s)
	return err == nil
}

// TrimUID takes the optional UID suffix off a uniqueMember: Name and Optional
// UID is a DN, then #, then a bit string such as '0101'B (RFC 4517 section
// 3.3.21). A # inside the DN stays.
func TrimUID(v string) string {
	rest, ok := strings.CutSuffix(v, "'B")
	if !ok {
		return v
	}
	i := strings.LastIndex(rest, "#'")
	if i < 0 || strings.Trim(rest[i+2:], "01") != "" {
		return v
	}
	return rest[:i]
}

// RDNValue is the value of the first RDN if its attribute is the given one.
func RDNValue(dn, attr string) (string, bool) {
	parsed, err := ldap.ParseDN(dn)
	if err != nil || len(parsed.RDNs) == 0 {
		return "", false
	}
	for _, a := range parsed.RDNs[0].Attributes {
		if SameName(a.Type, attr) {
			return a.Value, true
		}
	}
	return "", false
}

// NameKey folds a user name as the server would (uid is caseIgnoreMatch).
func NameKey(name string) string { return "\x00" + keyValue(strings.TrimSpace(name)) }
