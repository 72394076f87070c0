package clerkapi

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// Whatever an error body holds, what is shown is one clean line.
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
		if strings.Contains(text, "@") || len(text) > 3*maxMessage+200 {
			t.Errorf("an address, or too long: %q", text)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("7", "")
	f.Add("-7", "")
	f.Add("99999999999999999999", "")
	f.Add("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:50 GMT")
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		if d := parseRetryAfter(h, time.Unix(0, 0)); d < 0 || d > maxRetryAfter {
			t.Errorf("%q: %s", value, d)
		}
	})
}
