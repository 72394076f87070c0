package signin

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rollcall/cmd/rollcall/internal/serve"
)

var config = serve.Approve{Header: "X-Forwarded-User", People: []string{"ada", "ben@corp.example"}}

func request(peer string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/approve/x", http.NoBody)
	r.RemoteAddr = peer
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// The name of the header counts from the proxy only, if it is there once, and is on the
// list exactly so.
func TestS23WhoApprovesIsWhomTheProxyNames(t *testing.T) {
	elsewhere := config
	elsewhere.Proxies = []string{"10.0.0.5"}
	for name, x := range map[string]struct {
		config  serve.Approve
		peer    string
		headers []string
		want    string // the person; empty is refused
		says    string
	}{
		"from this machine":              {config, "127.0.0.1:5000", []string{"X-Forwarded-User: ada"}, "ada", ""},
		"over IPv6":                      {config, "[::1]:5000", []string{"x-forwarded-user: ben@corp.example"}, "ben@corp.example", ""},
		"from the proxy":                 {elsewhere, "10.0.0.5:5000", []string{"X-Forwarded-User: ada"}, "ada", ""},
		"past the proxy":                 {elsewhere, "10.0.0.6:5000", []string{"X-Forwarded-User: ada"}, "", "does not come from it"},
		"past the proxy, here":           {elsewhere, "127.0.0.1:5000", []string{"X-Forwarded-User: ada"}, "", "does not come from it"},
		"from the network":               {config, "192.0.2.1:5000", []string{"X-Forwarded-User: ada"}, "", "does not come from it"},
		"who says to be forwarded":       {config, "192.0.2.1:5000", []string{"X-Forwarded-User: ada", "X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1", "X-Real-Ip: 127.0.0.1"}, "", "does not come from it"},
		"no address":                     {config, "@", []string{"X-Forwarded-User: ada"}, "", "does not come from it"},
		"nobody":                         {config, "127.0.0.1:5000", nil, "", "does not say who is signed in"},
		"an empty name":                  {config, "127.0.0.1:5000", []string{"X-Forwarded-User: "}, "", "does not say who is signed in"},
		"two names":                      {config, "127.0.0.1:5000", []string{"X-Forwarded-User: eve", "X-Forwarded-User: ada"}, "", "is there 2 times"},
		"the same twice":                 {config, "127.0.0.1:5000", []string{"X-Forwarded-User: ada", "X-Forwarded-User: ada"}, "", "is there 2 times"},
		"two names in one":               {config, "127.0.0.1:5000", []string{"X-Forwarded-User: eve, ada"}, "", "eve, ada may not approve"},
		"somebody else":                  {config, "127.0.0.1:5000", []string{"X-Forwarded-User: eve"}, "", "eve may not approve"},
		"in capitals":                    {config, "127.0.0.1:5000", []string{"X-Forwarded-User: ADA"}, "", "ADA may not approve"},
		"a part of a name":               {config, "127.0.0.1:5000", []string{"X-Forwarded-User: ben"}, "", "ben may not approve"},
		"in another header":              {config, "127.0.0.1:5000", []string{"X-Remote-User: ada", "X_Forwarded_User: ada"}, "", "does not say who is signed in"},
		"off":                            {serve.Approve{}, "127.0.0.1:5000", []string{"X-Forwarded-User: ada"}, "", "nobody may approve"},
		"off, an empty header by chance": {serve.Approve{People: []string{""}}, "127.0.0.1:5000", []string{": "}, "", "nobody may approve"},
	} {
		got, err := Approver(request(x.peer, x.headers...), x.config)
		if got != x.want || (err == nil) != (x.want != "") || err != nil && !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if refused, ok := errors.AsType[*Refusal](err); ok && refused.Status != http.StatusForbidden {
			t.Errorf("%s: status %d", name, refused.Status)
		}
	}
}

// A form counts if the browser says that this page has sent it. What says nothing is no
// browser of today.
func TestS23FormsOfOtherSitesAreRefused(t *testing.T) {
	const page = "https://rollcall.corp.example/acme/"
	for name, x := range map[string]struct {
		page    string
		headers []string
		want    bool
	}{
		"this page":                            {"", []string{"Sec-Fetch-Site: same-origin", "Origin: http://example.com"}, true},
		"this page, no origin":                 {"", []string{"Sec-Fetch-Site: same-origin", "Origin: null"}, true},
		"this page, older browser":             {"", []string{"Origin: http://example.com"}, true},
		"behind a proxy":                       {page, []string{"Sec-Fetch-Site: same-origin", "Origin: https://rollcall.corp.example"}, true},
		"behind a proxy, older browser":        {page, []string{"Origin: https://rollcall.corp.example"}, true},
		"behind a proxy, not configured":       {"", []string{"Origin: https://rollcall.corp.example"}, false},
		"written in capitals, with its port":   {"https://Rollcall.corp.example:443/", []string{"Origin: https://rollcall.corp.example"}, true},
		"on a port of its own":                 {"http://rollcall.corp.example:8080", []string{"Origin: http://rollcall.corp.example:8080"}, true},
		"another site":                         {page, []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}, false},
		"another site, no origin":              {page, []string{"Sec-Fetch-Site: cross-site"}, false},
		"another site, older browser":          {page, []string{"Origin: https://evil.example"}, false},
		"another site under the same domain":   {page, []string{"Sec-Fetch-Site: same-site", "Origin: https://wiki.corp.example"}, false},
		"another port":                         {page, []string{"Origin: https://rollcall.corp.example:8443"}, false},
		"without encryption":                   {page, []string{"Origin: http://rollcall.corp.example"}, false},
		"a site that looks like it":            {page, []string{"Origin: https://rollcall.corp.example.evil.example"}, false},
		"a sandbox":                            {page, []string{"Origin: null"}, false},
		"a sandbox, new browser":               {page, []string{"Sec-Fetch-Site: cross-site", "Origin: null"}, false},
		"says nothing":                         {page, nil, false},
		"says nothing but where it comes from": {page, []string{"Referer: https://rollcall.corp.example/acme/approve/x"}, false},
		"a page that is no address":            {"://", []string{"Origin: https://evil.example"}, false},
	} {
		err := CheckOrigin(request("127.0.0.1:5000", x.headers...), x.page)
		if (err == nil) != x.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each person has attempts of their own, and not without end.
func TestS23AttemptsAreBounded(t *testing.T) {
	var a Allowances
	for i := range attemptsInARow {
		if !a.Take("ada") {
			t.Fatalf("attempt %d is refused", i+1)
		}
	}
	if a.Take("ada") {
		t.Error("attempts have no end")
	}
	if !a.Take("ben") {
		t.Error("another person has none left")
	}
}
