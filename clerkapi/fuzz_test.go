package clerkapi

import (
	"encoding/json"
	"net/http"
	"reflect"
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

// What the quick reader takes, encoding/json takes too, and finds the same in it.
func FuzzQuickPage(f *testing.F) {
	for _, page := range append(plainPages(), oddPages()...) {
		f.Add([]byte(page))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var fast, slow wirePage[wireMembership]
		if !fast.quick(body) {
			if fast.Data != nil || fast.Total != nil {
				t.Errorf("given up, and %+v left behind: %q", fast, body)
			}
			return
		}
		if err := json.Unmarshal(body, &slow); err != nil || !reflect.DeepEqual(fast, slow) {
			t.Errorf("%q:\nquick %+v\njson  %+v, %v", body, fast, slow, err)
		}
	})
}
