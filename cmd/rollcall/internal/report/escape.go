package report

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Escape makes a value safe to show (S35): control characters, terminal
// escapes, line separators, and the invisible format characters (bidirectional
// overrides among them) appear as \u escapes, and bytes that are no UTF-8 as \x.
func Escape(s string) string {
	if !strings.ContainsFunc(s, unsafe) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && badByte(s[i:]):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unsafe(r):
			writeEscape(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// OneLine is an error that may have several lines as one, safe to show.
func OneLine(s string) string { return Escape(joined(s)) }

func joined(s string) string {
	var parts []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, " ")
}

// longest is how much of a value a line of text shows: a cell of a CSV may hold
// 256 KB. JSON has it whole.
const longest = 800

// brief is a value as a line of text shows it.
func brief(s string) string {
	if len(s) <= longest {
		return Escape(s)
	}
	cut := longest
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return Escape(s[:cut]) + fmt.Sprintf("… (%d bytes in all)", len(s))
}

func badByte(s string) bool {
	_, size := utf8.DecodeRuneInString(s)
	return size == 1
}

func unsafe(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Variation_Selector)
}

// writeEscape uses the form that JSON understands too.
func writeEscape(b *strings.Builder, r rune) {
	if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
		fmt.Fprintf(b, `\u%04x\u%04x`, hi, lo)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}

// escapeJSON does the same for marshalled JSON, where such characters can
// stand in strings only; what it decodes to stays the same. Newlines are the
// document's own.
func escapeJSON(data []byte) []byte {
	dangerous := func(r rune) bool { return r != '\n' && r != utf8.RuneError && unsafe(r) }
	if bytes.IndexFunc(data, dangerous) < 0 {
		return data
	}
	var b strings.Builder
	for _, r := range string(data) {
		if dangerous(r) {
			writeEscape(&b, r)
			continue
		}
		b.WriteRune(r)
	}
	return []byte(b.String())
}
