package serve

import (
	"net/netip"
	"strings"
	"testing"
)

// The header counts from the addresses of the proxy only: from this machine, or from
// those that are listed, and then from no others.
func TestS23WhoMaySayWhoIsSignedIn(t *testing.T) {
	for _, x := range []struct {
		proxies string
		peer    string
		want    bool
	}{
		{"", "127.0.0.1", true}, {"", "127.8.8.8", true}, {"", "::1", true}, {"", "::ffff:127.0.0.1", true},
		{"", "10.0.0.5", false}, {"", "::ffff:10.0.0.5", false}, {"", "fe80::1%lo", false}, {"", "0.0.0.0", false}, {"", "::", false},
		{"10.0.0.5", "10.0.0.5", true}, {"10.0.0.5", "::ffff:10.0.0.5", true}, {"::ffff:10.0.0.5", "10.0.0.5", true}, {"2001:db8::5", "2001:db8::5", true},
		{"10.0.0.5", "10.0.0.6", false}, {"10.0.0.5", "127.0.0.1", false}, {"10.0.0.5", "::1", false}, {"10.0.0.5 127.0.0.1", "127.0.0.1", true}, {"no address", "127.0.0.1", false},
	} {
		a := Approve{Proxies: strings.Fields(x.proxies)}
		if got := a.Trusts(netip.MustParseAddr(x.peer)); got != x.want {
			t.Errorf("proxies %q, peer %s: %t", x.proxies, x.peer, got)
		}
	}
	if (Approve{}).Trusts(netip.Addr{}) {
		t.Error("no address is trusted")
	}
}

// Nobody approves on the page by default. What would let anybody approve is refused.
func TestS23ApprovingOnThePageIsConfiguredWholeOrNotAtAll(t *testing.T) {
	people := []string{"ada", "ben@corp.example"}
	header := Approve{Header: "X-Forwarded-User", People: people}
	with := func(change func(*Approve)) Approve { a := header; change(&a); return a }
	for name, x := range map[string]struct {
		approve Approve
		listen  string
		want    string // a part of the problem; empty is none
	}{
		"off":                          {Approve{}, "0.0.0.0:4910", ""},
		"behind a proxy here":          {header, "127.0.0.1:4910", ""},
		"localhost":                    {header, "localhost:4910", ""},
		"IPv6":                         {header, "[::1]:4910", ""},
		"a proxy elsewhere":            {with(func(a *Approve) { a.Proxies = []string{"10.0.0.5", "2001:db8::5"} }), "0.0.0.0:4910", ""},
		"open to the network":          {header, "0.0.0.0:4910", "approve.proxies: must list the addresses of the proxy"},
		"open to the network, no host": {header, ":4910", "approve.proxies: must list the addresses of the proxy"},
		"one address of the network":   {header, "10.0.0.1:4910", "approve.proxies: must list"},
		"any proxy":                    {with(func(a *Approve) { a.Proxies = []string{"0.0.0.0"} }), "0.0.0.0:4910", `approve.proxies[0]: "0.0.0.0" is not the address of one machine`},
		"a network of proxies":         {with(func(a *Approve) { a.Proxies = []string{"10.0.0.0/8"} }), "0.0.0.0:4910", "is not the address of one machine"},
		"a name of a proxy":            {with(func(a *Approve) { a.Proxies = []string{"10.0.0.5", "proxy"} }), "0.0.0.0:4910", "approve.proxies[1]"},
		"no page":                      {header, "", "approve: needs the status page"},
		"no people":                    {with(func(a *Approve) { a.People = nil }), "127.0.0.1:4910", "approve.people: must list"},
		"no header":                    {with(func(a *Approve) { a.Header = "" }), "127.0.0.1:4910", "approve.header: must be the header"},
		"only proxies":                 {Approve{Proxies: []string{"10.0.0.5"}}, "127.0.0.1:4910", "approve.header: must be the header"},
		"an empty name":                {with(func(a *Approve) { a.People = []string{"ada", ""} }), "127.0.0.1:4910", "approve.people[1]: must be a name"},
		"a name with a space behind":   {with(func(a *Approve) { a.People = []string{"ada "} }), "127.0.0.1:4910", "approve.people[0]: must be a name"},
		"a name on two lines":          {with(func(a *Approve) { a.People = []string{"ada\nben"} }), "127.0.0.1:4910", "approve.people[0]: must be a name"},
		"a name twice":                 {with(func(a *Approve) { a.People = []string{"ada", "ada"} }), "127.0.0.1:4910", `approve.people[1]: "ada" is listed twice`},
		"no header of HTTP":            {with(func(a *Approve) { a.Header = "X Forwarded" }), "127.0.0.1:4910", "is not a valid header name"},
		"a look-alike header":          {with(func(a *Approve) { a.Header = "X_Forwarded_User" }), "127.0.0.1:4910", "is not a valid header name"},
		"a header of browsers":         {with(func(a *Approve) { a.Header = "Cookie" }), "127.0.0.1:4910", "Cookie is set by browsers"},
		"a header of browsers, small":  {with(func(a *Approve) { a.Header = "sec-fetch-user" }), "127.0.0.1:4910", "is set by browsers"},
	} {
		c := DefaultConfig()
		c.Listen, c.Approve = x.listen, x.approve
		err := c.Validate()
		if x.want == "" && err != nil || x.want != "" && (err == nil || !strings.Contains(err.Error(), x.want)) {
			t.Errorf("%s: %v; want %q", name, err, x.want)
		}
	}
	for on, a := range map[bool]Approve{true: header, false: {Header: "X-Forwarded-User"}} {
		if a.IsOn() != on {
			t.Errorf("%+v is on: %t", a, !on)
		}
	}
	if DefaultConfig().Approve.IsOn() {
		t.Error("approving on the page is on by default")
	}
}
