package wire

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Endpoint is one server of the list.
type Endpoint struct {
	// URL is the address as the configuration wrote it, for messages.
	URL    string
	Scheme string
	// Addr is host:port, or the path of the socket for ldapi.
	Addr string
	// Host is the name that the certificate must bear.
	Host string
}

// Network is what Addr is an address of, for a dialer.
func (e Endpoint) Network() string {
	if e.Scheme == "ldapi" {
		return "unix"
	}
	return "tcp"
}

// ParseEndpoint reads an address of the configuration.
func ParseEndpoint(s string) (Endpoint, error) {
	if rest, ok := strings.CutPrefix(s, "ldapi://"); ok {
		return parseLDAPI(s, rest)
	}
	u, err := url.Parse(s)
	if err != nil {
		return Endpoint{}, fmt.Errorf("%q is not a server address: write ldaps://host or ldap://host:port", s)
	}
	if u.User != nil {
		return Endpoint{}, fmt.Errorf("contains a user name or password: use bind_dn and bind_password_file instead")
	}
	ports := map[string]string{"ldap": "389", "ldaps": "636"}
	port, known := ports[u.Scheme]
	if !known || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return Endpoint{}, fmt.Errorf("%q is not a server address: write ldaps://host or ldap://host:port", s)
	}
	port = cmp.Or(u.Port(), port)
	if port == "3268" || port == "3269" {
		return Endpoint{}, fmt.Errorf("%q is a global catalog, which lacks members of groups and end dates of accounts, and shows people of other domains: write port 636 or 389, and one source for each domain", s)
	}
	return Endpoint{URL: s, Scheme: u.Scheme, Addr: net.JoinHostPort(u.Hostname(), port), Host: u.Hostname()}, nil
}

// parseLDAPI takes the socket's path percent-encoded as the host, or plainly
// behind a third slash.
func parseLDAPI(s, rest string) (Endpoint, error) {
	path, err := url.PathUnescape(rest)
	if err != nil {
		return Endpoint{}, fmt.Errorf("%q is not a socket address: write ldapi://%%2Frun%%2Fslapd%%2Fldapi", s)
	}
	if path == "" || path == "/" {
		path = "/var/run/slapd/ldapi"
	}
	return Endpoint{URL: s, Scheme: "ldapi", Addr: strings.TrimSuffix(path, "/")}, nil
}
