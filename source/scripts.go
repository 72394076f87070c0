package source

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/rangetable"
)

// MixedScripts reports whether an address has letters of several scripts that are
// easily taken for others: a word that mixes them, or a word of letters that look
// like Latin ones, or run from right to left, before a domain in another script
// (S35). A domain is shown in its ASCII form and needs no look.
func MixedScripts(address string) bool {
	local, domain, _ := strings.Cut(address, "@")
	if IsASCII(local) {
		return false
	}
	if shown, err := idna.ToUnicode(domain); err == nil {
		domain = shown
	}
	script, mixed := scriptsOf(local, "")
	if mixed || script == "" || !deceptive[script] {
		return mixed
	}
	_, mixed = scriptsOf(domain, script)
	return mixed
}

// deceptive are scripts with letters that look like Latin ones, or that are written
// from right to left and change places with their neighbours.
var deceptive = map[string]bool{"Cyrillic": true, "Greek": true, "Armenian": true, "Coptic": true, "Cherokee": true, "Lisu": true,
	"Hebrew": true, "Arabic": true, "Syriac": true, "Thaana": true, "Nko": true}

// scriptsOf is the script of the letters, beginning with one that is known or empty,
// and whether there are others.
func scriptsOf(text, first string) (script string, mixed bool) {
	for _, r := range text {
		s := scriptOf(r)
		if first == "" {
			first = s
		}
		if s != "" && s != first {
			return first, true
		}
	}
	return first, false
}

// writtenTogether are scripts that one word may mix.
var writtenTogether = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo}

// phonetic are Latin letters of phonetic alphabets that look like those of ASCII (UTS 39,
// confusables): no name is written with them.
var phonetic = rangetable.New('\u0251', '\u0261', '\u0269', '\u026a', '\u028f', '\u1d04', '\u1d0f', '\u1d1c', '\u1d20', '\u1d21', '\u1d22', '\u1d83', '\u1d8c')

// isLatinAlike reports whether a letter looks like one of ASCII and is not one: phonetic
// letters, and those that differ in style alone, such as wide and mathematical ones.
func isLatinAlike(r rune) bool {
	if r < utf8.RuneSelf || !unicode.IsLetter(r) {
		return false
	}
	plain := norm.NFKC.String(string(r))
	return unicode.Is(phonetic, r) || IsASCII(plain)
}

// scriptOf names the script of a letter; empty for what all scripts share, and for
// what is always shown as a number.
func scriptOf(r rune) string {
	switch {
	case isLatinAlike(r):
		return "alike"
	case !unicode.IsLetter(r), Unsafe(r), unicode.In(r, unicode.Common, unicode.Inherited):
		return ""
	case unicode.Is(unicode.Latin, r):
		return "Latin"
	case unicode.In(r, writtenTogether...):
		return "Han"
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
