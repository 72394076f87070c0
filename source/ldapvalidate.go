package source

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Validate finds all problems of the configuration, each a [FieldError] whose
// path starts with "ldap."; it opens no file and no connection.
func (c *LDAPConfig) Validate() error {
	var p problems
	c.validateServers(&p)
	c.validateBind(&p)
	c.validateTLS(&p)
	c.validateTree(&p)
	c.validatePeople(&p)
	c.validateBounds(&p)
	return p.err()
}

func (c *LDAPConfig) validateServers(p *problems) {
	switch {
	case len(c.URLs) == 0 && c.SRV == "":
		p.add("ldap.urls", "missing: name a server, such as ldaps://dc1.corp.example, or set srv to a domain")
	case len(c.URLs) > 0 && c.SRV != "":
		p.add("ldap.srv", "stands beside urls: keep one of them")
	}
	if c.SRV == "" && len(c.SRVTargets) > 0 {
		p.add("ldap.srv_targets", "needs srv")
	}
	if c.SRV != "" && c.ServerName != "" {
		// S37: one fixed name for all targets would undo the check of each.
		p.add("ldap.server_name", "cannot stand beside srv: certificates are checked against each target's name")
	}
	for i, u := range c.URLs {
		if _, err := parseEndpoint(u); err != nil {
			p.add(fmt.Sprintf("ldap.urls[%d]", i), err.Error())
		}
	}
}

func (c *LDAPConfig) validateBind(p *problems) {
	oneOf(p, "ldap.bind", c.Bind, bindSimple, bindExternal, bindGSSAPI, bindAnonymous)
	switch bind := c.withDefaults().Bind; bind {
	case "":
		p.add("ldap.bind_dn", "missing: set bind_dn and bind_password_file, or bind: external, gssapi or anonymous")
	case bindSimple:
		dnField(p, "ldap.bind_dn", c.BindDN, true)
		if c.BindPasswordFile == "" {
			p.add("ldap.bind_password_file", "missing: a simple bind needs a password, and one without is anonymous")
		}
	case bindAnonymous, bindExternal, bindGSSAPI:
		if c.BindDN != "" || c.BindPasswordFile != "" {
			p.add("ldap.bind", "is "+bind+", which takes no bind_dn and no bind_password_file")
		}
	}
	if c.Bind == bindGSSAPI && !kerberosBuilt {
		p.add("ldap.bind", errNoKerberos.Error())
	}
	g := c.GSSAPI
	if c.Bind != bindGSSAPI && g != (GSSAPIConfig{}) {
		p.add("ldap.gssapi", "needs bind: gssapi")
	}
	if c.Bind == bindGSSAPI && (g.Keytab == "") == (g.CCache == "") {
		p.add("ldap.gssapi", "needs either keytab with principal, or ccache")
	}
	if g.Keytab != "" && g.Principal == "" {
		p.add("ldap.gssapi.principal", "missing: the name whose key the keytab holds")
	}
}

func (c *LDAPConfig) validateTLS(p *problems) {
	oneOf(p, "ldap.tls", c.TLS, tlsStart, tlsWhole, tlsOff)
	if (c.CertFile == "") != (c.KeyFile == "") {
		p.add("ldap.cert_file", "cert_file and key_file go together")
	}
	if c.TLS == tlsOff && (c.CAFile != "" || c.CertFile != "" || c.ServerName != "") {
		p.add("ldap.tls", "is off, so ca_file, cert_file, key_file and server_name would do nothing")
	}
	for i, u := range c.URLs {
		e, err := parseEndpoint(u)
		if err != nil || c.TLS == "" {
			continue
		}
		if (e.scheme == "ldaps") != (c.TLS == tlsWhole) && e.scheme != "ldapi" {
			p.add("ldap.tls", fmt.Sprintf("is %s, which does not fit urls[%d] (%s)", c.TLS, i, u))
		}
	}
}

func (c *LDAPConfig) validateTree(p *problems) {
	oneOf(p, "ldap.schema", c.Schema, schemaAuto, schema2307, schema2307bis, schemaAD)
	oneOf(p, "ldap.nested", c.Nested, "auto", "walk", "in_chain", "off")
	oneOf(p, "ldap.referrals", c.Referrals, "error", "ignore")
	oneOf(p, "ldap.unreadable_members", c.UnreadableMembers, "hold", "ignore")
	dnField(p, "ldap.base_dn", c.BaseDN, false)
	dnField(p, "ldap.user_base", c.UserBase, false)
	dnField(p, "ldap.group_base", c.GroupBase, false)
	filterField(p, "ldap.user_filter", c.UserFilter)
	filterField(p, "ldap.group_filter", c.GroupFilter)
	if c.Nested == "in_chain" && c.Schema != schemaAD && c.Schema != schemaAuto && c.Schema != "" {
		p.add("ldap.nested", "is in_chain, which only Active Directory understands")
	}
}

func (c *LDAPConfig) validatePeople(p *problems) {
	lists := map[string][]string{
		"user_classes": c.UserClasses, "group_classes": c.GroupClasses,
		"member_attributes": c.MemberAttributes, "member_name_attributes": c.NameAttributes,
		"other_emails": c.OtherEmails,
		"user_name":    one(c.UserName), "group_name": one(c.GroupName), "id": one(c.ID),
		"start": one(c.Start), "end": one(c.End),
		"external_id": one(c.ExternalID), "first_name": one(c.FirstName), "last_name": one(c.LastName),
	}
	for _, key := range slices.Sorted(maps.Keys(lists)) {
		for _, name := range lists[key] {
			if !isAttributeName(name) {
				p.add("ldap."+key, fmt.Sprintf("%q is no name of an attribute or class", name))
			}
		}
	}
	validateDates(p, "ldap", c.Timezone, c.DateFormat, c.Start != "" || c.End != "")
	if _, err := parseEmailTemplate(or(c.Email, "mail")); err != nil {
		p.add("ldap.email", err.Error())
	}
	for _, from := range slices.Sorted(maps.Keys(c.EmailDomainMap)) {
		for _, domain := range []string{from, c.EmailDomainMap[from]} {
			if _, err := foldDomain(domain); err != nil {
				p.add("ldap.email_domain_map."+from, fmt.Sprintf("%q: %v", domain, err))
			}
		}
	}
}

func (c *LDAPConfig) validateBounds(p *problems) {
	counts := []struct {
		key           string
		got, from, to int
	}{
		{"page_size", c.PageSize, 1, 100_000},
		{"batch_size", c.BatchSize, 1, 1000},
		{"connections", c.Connections, 1, 16},
		{"max_depth", c.MaxDepth, 1, 100},
		{"max_members", c.MaxMembers, 1, 100_000_000},
	}
	for _, n := range counts {
		if n.got != 0 && (n.got < n.from || n.got > n.to) {
			p.add("ldap."+n.key, fmt.Sprintf("is %d; it can be %d to %d", n.got, n.from, n.to))
		}
	}
	waits := []struct {
		key string
		got time.Duration
	}{{"connect_timeout", c.ConnectTimeout}, {"bind_timeout", c.BindTimeout}, {"request_timeout", c.RequestTimeout}}
	for _, w := range waits {
		if w.got < 0 {
			p.add("ldap."+w.key, "is negative")
		}
	}
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func oneOf(p *problems, path, got string, allowed ...string) {
	if got != "" && !slices.Contains(allowed, got) {
		p.add(path, fmt.Sprintf("is %q; it can be %s", got, strings.Join(allowed, ", ")))
	}
}

func dnField(p *problems, path, dn string, required bool) {
	switch {
	case dn == "" && required:
		p.add(path, "missing")
	case dn == "":
	default:
		if _, err := ldap.ParseDN(dn); err != nil {
			p.add(path, fmt.Sprintf("%q is no DN: %v", dn, err))
		}
	}
}

func filterField(p *problems, path, filter string) {
	if filter == "" {
		return
	}
	if _, err := ldap.CompileFilter(filter); err != nil {
		p.add(path, fmt.Sprintf("%q is no filter: %v", filter, err))
	}
}

// isAttributeName accepts the descriptors and OIDs of RFC 4512 section 1.4.
func isAttributeName(s string) bool {
	for i, r := range s {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		digit := '0' <= r && r <= '9'
		if !letter && !digit && (i == 0 || r != '-' && r != '.') {
			return false
		}
	}
	return s != ""
}

// endpoint is one server of the list.
type endpoint struct {
	// url is the address as the configuration wrote it, for messages.
	url    string
	scheme string
	// addr is host:port, or the path of the socket for ldapi.
	addr string
	// host is the name that the certificate must bear.
	host string
}

func (e endpoint) network() string {
	if e.scheme == "ldapi" {
		return "unix"
	}
	return "tcp"
}

func parseEndpoint(s string) (endpoint, error) {
	if rest, ok := strings.CutPrefix(s, "ldapi://"); ok {
		return parseLDAPI(s, rest)
	}
	u, err := url.Parse(s)
	if err != nil {
		return endpoint{}, fmt.Errorf("%q is no address of a server; write ldaps://host or ldap://host:port", s)
	}
	if u.User != nil {
		return endpoint{}, fmt.Errorf("holds a name or password; use bind_dn and bind_password_file")
	}
	ports := map[string]string{"ldap": "389", "ldaps": "636"}
	port, known := ports[u.Scheme]
	if !known || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return endpoint{}, fmt.Errorf("%q is no address of a server; write ldaps://host or ldap://host:port", s)
	}
	port = or(u.Port(), port)
	return endpoint{url: s, scheme: u.Scheme, addr: joinHostPort(u.Hostname(), port), host: u.Hostname()}, nil
}

// parseLDAPI takes the socket's path percent-encoded as the host, or plainly
// behind a third slash.
func parseLDAPI(s, rest string) (endpoint, error) {
	path, err := url.PathUnescape(rest)
	if err != nil {
		return endpoint{}, fmt.Errorf("%q is no address of a socket; write ldapi://%%2Frun%%2Fslapd%%2Fldapi", s)
	}
	if path == "" || path == "/" {
		path = "/var/run/slapd/ldapi"
	}
	return endpoint{url: s, scheme: "ldapi", addr: strings.TrimSuffix(path, "/")}, nil
}
