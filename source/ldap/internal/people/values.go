package people

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall/source"
)

// FormatGUID prints the 16 bytes of an objectGUID as Windows does: the first
// three groups are little-endian (MS-DTYP section 2.3.4).
func FormatGUID(b string) (string, bool) {
	if len(b) != 16 {
		return "", false
	}
	g := []byte(b)
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(g), binary.LittleEndian.Uint16(g[4:]),
		binary.LittleEndian.Uint16(g[6:]), g[8:10], g[10:]), true
}

// FormatSID prints an objectSid (MS-DTYP section 2.4.2.2); rid is its last part.
func FormatSID(b string) (text string, rid uint32, ok bool) {
	if len(b) < 12 || b[0] != 1 || len(b) != 8+4*int(b[1]) {
		return "", 0, false
	}
	var authority uint64
	for i := 2; i < 8; i++ {
		authority = authority<<8 | uint64(b[i])
	}
	var out strings.Builder
	fmt.Fprintf(&out, "S-1-%d", authority)
	for i := 8; i < len(b); i += 4 {
		rid = binary.LittleEndian.Uint32([]byte(b[i : i+4]))
		fmt.Fprintf(&out, "-%d", rid)
	}
	return out.String(), rid, true
}

// fileTime reads the number of 100 ns since 1601 (MS-DTYP section 2.3.3).
func fileTime(s string) (time.Time, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return time.Time{}, false
	}
	const toUnix = 11_644_473_600
	return time.Unix(n/1e7-toUnix, n%1e7*100).UTC(), true
}

// accountNever are the two values of accountExpires that mean never (MS-ADA1).
func accountNever(s string) bool { return s == "0" || s == "9223372036854775807" }

// GeneralizedTime reads RFC 4517 section 3.3.13: YYYYMMDDHH[MM[SS]], a fraction
// of the last of these, and a zone, which is required.
func GeneralizedTime(s string) (time.Time, bool) {
	digits := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	last, ok := generalizedParts[digits]
	if !ok {
		return time.Time{}, false
	}
	whole, rest := s[:digits], s[digits:]
	var more time.Duration
	if rest[0] == '.' || rest[0] == ',' {
		end := strings.IndexAny(rest, "Z+-")
		if end < 2 || strings.Trim(rest[1:end], "0123456789") != "" {
			return time.Time{}, false
		}
		share, _ := strconv.ParseFloat("0."+rest[1:end], 64) // digits
		more, rest = time.Duration(share*float64(last.unit)), rest[end:]
	}
	if digits == 14 && whole[12:] == "60" { // a leap second
		whole, more = whole[:12]+"59", more+time.Second
	}
	for _, zone := range []string{"Z0700", "Z07"} {
		if t, err := time.Parse(last.layout+zone, whole+rest); err == nil {
			return t.Add(more).UTC(), true
		}
	}
	return time.Time{}, false
}

// generalizedParts are the layouts by their length, with what a fraction is of.
var generalizedParts = map[int]struct {
	layout string
	unit   time.Duration
}{10: {"2006010215", time.Hour}, 12: {"200601021504", time.Minute}, 14: {"20060102150405", time.Second}}

// attributeText makes a value fit for a template: GUIDs and SIDs in their
// usual form, other bytes that are no text as base64.
func attributeText(name, value string) string {
	switch {
	case source.SameName(name, "objectGUID"):
		if text, ok := FormatGUID(value); ok {
			return text
		}
	case source.SameName(name, "objectSid"):
		if text, _, ok := FormatSID(value); ok {
			return text
		}
	}
	if utf8.ValidString(value) {
		return value
	}
	return base64.StdEncoding.EncodeToString([]byte(value))
}
