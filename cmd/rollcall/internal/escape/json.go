package escape

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"

	"rollcall/source"
)

// JSON writes a value as indented JSON, escaped as all values are (S35).
func JSON(w io.Writer, v any) error {
	enc := json.NewEncoder(escaped{w})
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// escaped escapes what the encoder writes. The encoder writes a value whole
// and at once, so no rune is ever split; a buffer between the two would hold
// the plan a second time.
type escaped struct{ w io.Writer }

func (e escaped) Write(p []byte) (int, error) {
	if _, err := e.w.Write(escapeJSON(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// InJSON makes JSON safe to show, which decodes to the same.
func InJSON(s string) string { return string(escapeJSON([]byte(s))) }

// escapeJSON does the same for marshalled JSON, where such characters can
// stand in strings only; what it decodes to stays the same. Newlines are the
// document's own.
func escapeJSON(data []byte) []byte {
	dangerous := func(r rune) bool { return r != '\n' && r != utf8.RuneError && source.Unsafe(r) }
	if bytes.IndexFunc(data, dangerous) < 0 {
		return data
	}
	var b strings.Builder
	for _, r := range string(data) {
		if dangerous(r) {
			source.WriteEscape(&b, r)
			continue
		}
		b.WriteRune(r)
	}
	return []byte(b.String())
}

// Quote writes a text as JSON does, which YAML reads as the same text.
func Quote(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic("a text cannot be quoted: " + err.Error()) // strings always can
	}
	return string(data)
}
