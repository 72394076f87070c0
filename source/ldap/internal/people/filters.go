package people

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"unicode"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
)

// IDFilter finds an id as it is printed; an objectGUID is sixteen bytes there.
func IDFilter(name, id string) string {
	raw, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if !source.SameName(name, "objectGUID") || err != nil || len(raw) != 16 {
		return "(" + name + "=" + ldap.EscapeFilter(id) + ")"
	}
	binary.LittleEndian.PutUint32(raw, binary.BigEndian.Uint32(raw))
	binary.LittleEndian.PutUint16(raw[4:], binary.BigEndian.Uint16(raw[4:]))
	binary.LittleEndian.PutUint16(raw[6:], binary.BigEndian.Uint16(raw[6:]))
	var b strings.Builder
	for _, x := range raw {
		b.WriteString(`\` + hex.EncodeToString([]byte{x}))
	}
	return "(" + name + "=" + b.String() + ")"
}

// GlobPrefix lets the server leave out what cannot match.
func GlobPrefix(attr, glob string) string {
	prefix := glob
	if i := strings.IndexAny(glob, `*?[\`); i >= 0 {
		prefix = glob[:i]
	}
	if prefix == "" {
		return ""
	}
	return "(" + attr + "=" + ldap.EscapeFilter(prefix) + "*)"
}

// LikeFilter finds names that begin with the same letters and digits as one of these, and go
// on with others in the same order, whatever stands between them.
func LikeFilter(attr string, names []string) string {
	var b strings.Builder
	for _, name := range names {
		parts := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for i := range parts {
			parts[i] = ldap.EscapeFilter(parts[i])
		}
		if len(parts) > 0 {
			b.WriteString("(" + attr + "=" + strings.Join(parts, "*") + "*)")
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "(|" + b.String() + ")"
}
