package source

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
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

// scriptOf names the script of a letter; empty for what all scripts share, and for
// what is always shown as a number.
func scriptOf(r rune) string {
	switch {
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
