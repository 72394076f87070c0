package source

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

var errUTF16 = errors.New("is encoded as utf-16: save it as utf-8 (Notepad: Save as, encoding UTF-8; PowerShell: Set-Content -Encoding utf8)")

// PlainText gives the text of a small file (a configuration, a secret, a
// certificate) without the byte order mark that Windows editors write. A file in
// utf-16, which PowerShell writes, is refused: its bytes are no text here.
func PlainText(data []byte) ([]byte, error) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, errUTF16
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}

// HasInvisible reports whether a text has characters that S35 refuses in
// e-mails, ids and roles: controls, line separators, and format characters,
// among them the bidirectional overrides, which make a text look like another.
func HasInvisible(s string) bool {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b >= 0x7f {
			return hasInvisibleRune(s[i:])
		}
	}
	return false
}

func hasInvisibleRune(s string) bool {
	for _, r := range s {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return true
		}
	}
	return false
}

// SameName compares names of attributes, classes and values that the protocol
// defines: they are ASCII, and nothing outside it folds into them (S05).
func SameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerByte(a[i]) != lowerByte(b[i]) {
			return false
		}
	}
	return true
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// IsASCII reports whether a text has ASCII characters only.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// LowerASCII lowers A to Z and nothing else: strings.ToLower would turn the
// Kelvin sign into k (S05).
func LowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Count writes a number with its noun: "1 row", "2 rows".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// CleanText keeps a server's free text from steering a terminal (S35).
func CleanText(s string) string {
	const most = 300
	s = strings.Map(func(r rune) rune {
		if hasInvisibleRune(string(r)) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.TrimSpace(s)
}

// Said is what a library, the system or a server says of a failure, in parentheses and
// with a blank before them. It is empty if there is no error, or one without words, as
// many directories answer a wrong password.
func Said(err error) string {
	if err == nil {
		return ""
	}
	text := CleanText(err.Error())
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// Texts are the values of a key that may have one or several.
type Texts []string

// UnmarshalYAML reads a text, or a list of texts.
func (t *Texts) UnmarshalYAML(decode func(any) error) error {
	var one string
	if err := decode(&one); err == nil {
		*t = Texts{one}
		return nil
	}
	return decode((*[]string)(t))
}
