package wire

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxMessage is how many bytes of a message are shown.
const MaxMessage = 200

// CleanToken returns a code, name or id if it looks like one, and nothing
// otherwise.
func CleanToken(s string) string {
	if len(s) > 100 || strings.ContainsFunc(s, notInToken) {
		return ""
	}
	return s
}

func notInToken(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-.[]", r)
}

// CleanMessage makes a message safe to show: one line, no control characters
// (S35), no addresses and no keys.
func CleanMessage(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) })
	for i, w := range words {
		switch {
		case strings.Contains(w, "@"):
			words[i] = "[address]"
		case strings.Contains(w, "sk_"):
			words[i] = "[secret]"
		}
	}
	s = strings.ToValidUTF8(strings.Join(words, " "), "")
	if len(s) <= MaxMessage {
		return s
	}
	cut := MaxMessage
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
