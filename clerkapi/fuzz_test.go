package clerkapi

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"rollcall/clerkapi/internal/wire"
)

// The message of any error body is one clean line.
func FuzzErrorBody(f *testing.F) {
	f.Add([]byte(`{"errors":[{"code":"x","message":"m","meta":{"param_name":"p"}}],"clerk_trace_id":"t"}`))
	f.Add([]byte(`{"errors":[{"code":"a b","message":"to a@x.example \u001b[2J","meta":7}]}`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e := parseError(body)
		e.Method, e.Path, e.Status = "GET", "/x", 400
		text := e.Error()
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			t.Errorf("unclean: %q", text)
		}
		if strings.Contains(text, "@") || len(text) > 3*wire.MaxMessage+200 {
			t.Errorf("an address, or too long: %q", text)
		}
	})
}
