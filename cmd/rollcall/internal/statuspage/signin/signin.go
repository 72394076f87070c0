// Package signin says who a proxy in front of the status page has signed in, whether they
// may approve (S23), and whether a form comes from the page itself. The page has no login
// of its own.
//
// All of it is in signin.go. The package imports serve for the configuration.
package signin

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"rollcall/cmd/rollcall/internal/serve"
)

// Refusal is why somebody may not do something, with the status of HTTP.
type Refusal struct {
	Status int
	Text   string
}

func (r *Refusal) Error() string { return r.Text }

// Refuse makes a refusal.
func Refuse(status int, format string, args ...any) error {
	return &Refusal{status, fmt.Sprintf(format, args...)}
}

// ErrOff says that nobody may approve on the page.
var ErrOff = errors.New("nobody may approve on this page (serve.approve)")

// Approver is the person who is signed in at the proxy and may approve (S23). The
// header counts only where it comes from the proxy, and only if it is there once: a
// second one may be the client's own.
func Approver(r *http.Request, a serve.Approve) (string, error) {
	if !a.IsOn() {
		return "", ErrOff
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !a.Trusts(peer.Addr()) {
		return "", Refuse(http.StatusForbidden, "changes are approved through the proxy that asks for a password, and this request does not come from it (serve.approve.proxies)")
	}
	names := r.Header.Values(a.Header)
	switch {
	case len(names) == 0 || names[0] == "":
		return "", Refuse(http.StatusForbidden, "the proxy does not say who is signed in: the header %s is missing (serve.approve.header)", a.Header)
	case len(names) > 1:
		return "", Refuse(http.StatusForbidden, "the header %s is there %d times: the proxy must remove what clients send of it", a.Header, len(names))
	case !slices.Contains(a.People, names[0]):
		return "", Refuse(http.StatusForbidden, "%s may not approve (serve.approve.people)", names[0])
	}
	return names[0], nil
}

// CheckOrigin refuses a form that another site has sent. A browser says where a form
// comes from; what does not say it is no form of this page. page is where people reach
// it, behind a proxy that changes the name of the host.
func CheckOrigin(r *http.Request, page string) error {
	p := http.NewCrossOriginProtection()
	if origin := originOf(page); origin != "" {
		if err := p.AddTrustedOrigin(origin); err != nil {
			return fmt.Errorf("read serve.public_url: %w", err)
		}
	}
	unsaid := r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == ""
	if err := p.Check(r); err != nil || unsaid {
		return Refuse(http.StatusForbidden, "the form was not sent from this page; if it was, set serve.public_url to the address in your browser")
	}
	return nil
}

// originOf is the origin of an address as browsers write it; empty if it has none.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	usual := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	return u.Scheme + "://" + strings.ToLower(strings.TrimSuffix(u.Host, usual))
}

// The bounds of attempts to approve, of each person: a few in a row, then one in a while.
const (
	attemptsInARow = 20
	attemptPause   = 3 * time.Second
)

// Allowances bound how often each of the people in the configuration tries to approve.
// Others get no further than the header, so they use up nobody's.
type Allowances struct {
	mu sync.Mutex
	of map[string]*rate.Limiter
}

// Take reports whether a person may try once more.
func (a *Allowances) Take(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of == nil {
		a.of = map[string]*rate.Limiter{}
	}
	if a.of[name] == nil {
		a.of[name] = rate.NewLimiter(rate.Every(attemptPause), attemptsInARow)
	}
	return a.of[name].Allow()
}
