package ldap

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"rollcall/source"
	"rollcall/source/internal/check"
	"rollcall/source/internal/dates"
	"rollcall/source/ldap/internal/fields"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// Validate finds all problems of the configuration, each a [FieldError] whose
// path starts with "ldap."; it opens no file and no connection.
func (c *Config) Validate() error {
	var p check.Problems
	c.validateServers(&p)
	c.validateBind(&p)
	c.validateTLS(&p)
	c.validateTree(&p)
	c.validatePeople(&p)
	c.validateBounds(&p)
	return p.Err()
}

func (c *Config) validateServers(p *check.Problems) {
	switch {
	case len(c.URLs) == 0 && c.SRV == "":
		p.Add("ldap.urls", "missing: name a server, such as ldaps://dc1.corp.example, or set srv to a domain")
	case len(c.URLs) > 0 && c.SRV != "":
		p.Add("ldap.srv", "cannot be set together with urls: keep one of them")
	}
	if c.SRV == "" && len(c.SRVTargets) > 0 {
		p.Add("ldap.srv_targets", "has no effect without srv")
	}
	if c.SRV != "" && c.ServerName != "" {
		// S37: one fixed name for all targets would undo the check of each.
		p.Add("ldap.server_name", "cannot be set together with srv: each certificate is checked against the name of its own target")
	}
	for i, u := range c.URLs {
		if _, err := wire.ParseEndpoint(u); err != nil {
			p.Add(fmt.Sprintf("ldap.urls[%d]", i), err.Error())
		}
	}
}

func (c *Config) validateBind(p *check.Problems) {
	p.OneOf("ldap.bind", c.Bind, wire.BindSimple, wire.BindExternal, wire.BindGSSAPI, wire.BindAnonymous)
	switch bind := c.withDefaults().Bind; bind {
	case "":
		p.Add("ldap.bind_dn", "missing: set bind_dn and bind_password_file, or bind: external, gssapi or anonymous")
	case wire.BindSimple:
		fields.BindName(p, "ldap.bind_dn", c.BindDN)
		if c.BindPasswordFile == "" {
			p.Add("ldap.bind_password_file", "missing: a simple bind needs a password; for a bind without one, set bind: anonymous")
		}
	case wire.BindAnonymous, wire.BindExternal, wire.BindGSSAPI:
		if c.BindDN != "" || c.BindPasswordFile != "" {
			p.Add("ldap.bind", "is "+bind+", which does not use bind_dn and bind_password_file: leave them out")
		}
	}
	g := c.GSSAPI
	if c.Bind != wire.BindGSSAPI && g != (GSSAPI{}) {
		p.Add("ldap.gssapi", "has no effect without bind: gssapi")
	}
	if c.Bind == wire.BindGSSAPI && (g.Keytab == "") == (g.CCache == "") {
		p.Add("ldap.gssapi", "must have either keytab and principal, or ccache")
	}
	if g.Keytab != "" && g.Principal == "" {
		p.Add("ldap.gssapi.principal", "missing: name the principal whose key is in the keytab")
	}
}

func (c *Config) validateTLS(p *check.Problems) {
	p.OneOf("ldap.tls", c.TLS, wire.TLSStart, wire.TLSWhole, wire.TLSOff)
	if (c.CertFile == "") != (c.KeyFile == "") {
		p.Add("ldap.cert_file", "cert_file and key_file must be set together")
	}
	if c.TLS == wire.TLSOff && (c.CAFile != "" || c.CertFile != "" || c.ServerName != "" || len(c.Fingerprints) > 0) {
		p.Add("ldap.tls", "is off, so ca_file, cert_file, key_file, server_name and fingerprints have no effect: leave them out")
	}
	if len(c.Fingerprints) > 0 && (c.CAFile != "" || c.ServerName != "") {
		p.Add("ldap.fingerprints", "names the certificates themselves, so ca_file and server_name have no effect: leave them out")
	}
	for i, text := range c.Fingerprints {
		if _, err := wire.ParseFingerprint(text); err != nil {
			p.Add(fmt.Sprintf("ldap.fingerprints[%d]", i), err.Error())
		}
	}
	for i, u := range c.URLs {
		e, err := wire.ParseEndpoint(u)
		if err != nil || c.TLS == "" {
			continue
		}
		if (e.Scheme == "ldaps") != (c.TLS == wire.TLSWhole) && e.Scheme != "ldapi" {
			p.Add("ldap.tls", fmt.Sprintf("is %s, which does not fit urls[%d] (%s)", c.TLS, i, u))
		}
	}
}

func (c *Config) validateTree(p *check.Problems) {
	p.OneOf("ldap.schema", c.Schema, people.SchemaAuto, people.Schema2307, people.Schema2307bis, people.SchemaAD)
	p.OneOf("ldap.nested", c.Nested, "auto", "walk", "in_chain", "off")
	p.OneOf("ldap.referrals", c.Referrals, "error", "ignore")
	p.OneOf("ldap.unreadable_members", c.UnreadableMembers, "hold", "ignore")
	fields.DN(p, "ldap.base_dn", c.BaseDN)
	fields.DN(p, "ldap.user_base", c.UserBase)
	fields.DN(p, "ldap.group_base", c.GroupBase)
	fields.Filter(p, "ldap.user_filter", c.UserFilter)
	fields.Filter(p, "ldap.group_filter", c.GroupFilter)
	if c.Nested == "in_chain" && c.Schema != people.SchemaAD && c.Schema != people.SchemaAuto && c.Schema != "" {
		p.Add("ldap.nested", "is in_chain, which works with Active Directory only")
	}
}

func (c *Config) validatePeople(p *check.Problems) {
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
			if !people.IsAttributeName(name) {
				p.Add("ldap."+key, fmt.Sprintf("%q is not a valid name of an attribute or class", name))
			}
		}
	}
	dates.Validate(p, "ldap", c.Timezone, c.DateFormat, c.Start != "" || c.End != "")
	if _, err := people.ParseEmailTemplate(cmp.Or(c.Email, "mail")); err != nil {
		p.Add("ldap.email", err.Error())
	}
	for _, from := range slices.Sorted(maps.Keys(c.EmailDomainMap)) {
		for _, domain := range []string{from, c.EmailDomainMap[from]} {
			if _, err := source.FoldDomain(domain); err != nil {
				p.Add("ldap.email_domain_map."+from, fmt.Sprintf("%q: %v", domain, err))
			}
		}
	}
}

func (c *Config) validateBounds(p *check.Problems) {
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
			p.Add("ldap."+n.key, fmt.Sprintf("is %d; allowed: %d to %d", n.got, n.from, n.to))
		}
	}
	waits := []struct {
		key string
		got time.Duration
	}{{"connect_timeout", c.ConnectTimeout}, {"bind_timeout", c.BindTimeout}, {"request_timeout", c.RequestTimeout}}
	for _, w := range waits {
		if w.got < 0 {
			p.Add("ldap."+w.key, "must not be negative")
		}
	}
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// ValidateCanaries refuses none: a directory can show people and groups.
func (c *Config) ValidateCanaries(source.Canaries) error { return nil }

// StableIDs is true: every directory has an attribute for them (S01).
func (c *Config) StableIDs() bool { return true }

// Memberships is false: a directory has groups, and rules say what they mean.
func (c *Config) Memberships() bool { return false }
