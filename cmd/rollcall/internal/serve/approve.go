package serve

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"rollcall/clerkapi"
)

// Approve says who may approve on the status page (S23). The zero value is nobody. The
// page has no login: a proxy in front of it has one, and says in a header who is signed
// in. Whoever reaches the page past the proxy could write that header, so it counts only
// from the addresses of the proxy.
type Approve struct {
	// Header is the one in which the proxy names the person.
	Header string `yaml:"header"`
	// People are the names that may approve, as the proxy writes them.
	People []string `yaml:"people"`
	// Proxies are the addresses of the proxy; empty is any of this machine's loopback
	// addresses.
	Proxies []string `yaml:"proxies"`
}

// IsOn reports whether anybody may approve.
func (a Approve) IsOn() bool { return a.Header != "" && len(a.People) > 0 }

// Trusts reports whether a request from an address may say who is signed in.
func (a Approve) Trusts(peer netip.Addr) bool {
	peer = peer.Unmap()
	if len(a.Proxies) == 0 {
		return peer.IsLoopback()
	}
	return slices.ContainsFunc(a.Proxies, func(text string) bool {
		proxy, err := netip.ParseAddr(text)
		return err == nil && proxy.Unmap() == peer
	})
}

// validate finds what is wrong with the section of a page that listens there.
func (a Approve) validate(listen string, add func(path, format string, args ...any)) {
	if a.Header == "" && len(a.People) == 0 && len(a.Proxies) == 0 {
		return
	}
	if text := headerProblem(a.Header); text != "" {
		add("approve.header", "%s", text)
	}
	if len(a.People) == 0 {
		add("approve.people", "must list the people who may approve, with the names that the proxy sends")
	}
	for i, name := range a.People {
		path := fmt.Sprintf("approve.people[%d]", i)
		switch {
		case name == "" || strings.TrimSpace(name) != name || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
			add(path, "must be a name as in the header, without leading or trailing spaces")
		case slices.Contains(a.People[:i], name):
			add(path, "%q is listed twice", name)
		}
	}
	for i, text := range a.Proxies {
		if proxy, err := netip.ParseAddr(text); err != nil || proxy.IsUnspecified() || proxy.IsMulticast() {
			add(fmt.Sprintf("approve.proxies[%d]", i), "%q is not the address of one machine: write the address of the proxy, such as 10.0.0.5", text)
		}
	}
	host, _, err := net.SplitHostPort(listen)
	switch {
	case listen == "":
		add("approve", "needs the status page: set listen")
	case err == nil && !clerkapi.IsLoopback(host) && len(a.Proxies) == 0:
		add("approve.proxies", "must list the addresses of the proxy, because on %s anybody in the network could send the header; or listen on 127.0.0.1", listen)
	}
}

// ownHeaders are headers that a browser or HTTP itself writes. None of them says that a
// proxy has asked somebody for a password.
var ownHeaders = []string{"accept", "authorization", "connection", "content-length", "content-type", "cookie", "forwarded", "from", "host", "origin", "referer", "te", "trailer",
	"transfer-encoding", "upgrade", "user-agent", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}

// headerProblem says why a header cannot name people; empty if it can.
func headerProblem(name string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	lower := strings.ToLower(name)
	switch {
	case name == "":
		return "must be the header in which the proxy sends the name of the signed-in person, such as X-Forwarded-User"
	case strings.Trim(lower, letters) != "":
		return fmt.Sprintf("%q is not a valid header name: use letters, digits and dashes, such as X-Forwarded-User", name)
	case slices.Contains(ownHeaders, lower), strings.HasPrefix(lower, "sec-"), strings.HasPrefix(lower, "proxy-"):
		return fmt.Sprintf("%s is set by browsers, or does not name the signed-in person: use a header that the proxy sets itself and removes from client requests, such as X-Forwarded-User", name)
	}
	return ""
}
