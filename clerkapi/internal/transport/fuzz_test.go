package transport

import (
	"net/http"
	"testing"
	"time"
)

func FuzzRetryAfter(f *testing.F) {
	f.Add("7", "")
	f.Add("-7", "")
	f.Add("99999999999999999999", "")
	f.Add("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:50 GMT")
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		if d := RetryAfter(h, time.Unix(0, 0)); d < 0 || d > MaxRetryAfter {
			t.Errorf("%q: %s", value, d)
		}
	})
}
