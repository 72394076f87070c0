package source

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/rangetable"
)

// mostMarks is how many marks may stand on one letter: names of living languages
// have two at most, and a pile of them hides what is written around it.
const mostMarks = 2

// mostBlanks is how many blanks may follow each other. A run of very many moves what
// follows to the next line of a terminal, where it looks like a line of the report.
const mostBlanks = 4

// Escape makes a value safe to show as text (S35): see [EscapeControls], and a long
// run of blanks appears as their number.
func Escape(s string) string { return CountBlanks(EscapeControls(s)) }

// CountBlanks shows a long run of blanks, of whatever width, as their number.
func CountBlanks(s string) string {
	var b strings.Builder
	for from := strings.IndexFunc(s, isBlank); from >= 0; from = strings.IndexFunc(s, isBlank) {
		rest := strings.TrimLeftFunc(s[from:], isBlank)
		run := s[from : len(s)-len(rest)]
		if n := utf8.RuneCountInString(run); n > mostBlanks {
			run = fmt.Sprintf(" [%d blanks] ", n)
		}
		b.WriteString(s[:from] + run)
		s = rest
	}
	if b.Len() == 0 {
		return s
	}
	return b.String() + s
}

func isBlank(r rune) bool { return unicode.Is(unicode.Zs, r) }

// EscapeControls makes a value safe for files that a program reads back, such as
// CSV (S35). As \u escapes appear control characters, terminal escapes, line
// separators, the invisible format characters (bidirectional overrides among them),
// letters that show nothing, and marks beyond the second on one letter; bytes that
// are no UTF-8 appear as \x.
func EscapeControls(s string) string {
	if IsASCII(s) && !strings.ContainsFunc(s, Unsafe) {
		return s
	}
	var b strings.Builder
	marks := 0
	for i, r := range s {
		if marks++; !unicode.In(r, unicode.Mn, unicode.Me) {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && badByte(s[i:]):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case Unsafe(r) || marks > mostMarks:
			WriteEscape(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func badByte(s string) bool {
	_, size := utf8.DecodeRuneInString(s)
	return size == 1
}

// blanks are letters, marks and symbols for Unicode that show nothing. No property of
// Unicode has them, so they are listed: a braille cell without a dot, a joiner of
// Tifinagh, a stand-in for an object, a number joiner of Brahmi, full and half blanks of
// hieroglyphs, a filler of Khitan, a musical note without a head.
var blanks = rangetable.New('\u2800', '\u2d7f', '\ufffc', '\U0001107f', '\U00013441', '\U00013442', '\U00016fe4', '\U0001d159')

// Unsafe reports whether a character is never shown as it is.
func Unsafe(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return r == utf8.RuneError || unicode.In(r, blanks, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// WriteEscape uses the form that JSON understands too.
func WriteEscape(b *strings.Builder, r rune) {
	if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
		fmt.Fprintf(b, `\u%04x\u%04x`, hi, lo)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}
