package ldap

import (
	"errors"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/internal/wire"
)

func TestLDAPConfigProblemsAreAllFound(t *testing.T) {
	c := &Config{
		URLs: []string{"ldap://ok", "http://x", "ldap://me:pass@x"}, SRV: "corp.example", ServerName: "x", Bind: "sasl",
		TLS: "ssl", CertFile: "c", Schema: "ad", BaseDN: "no dn", UserFilter: "(x", Email: "{mail", ID: "a b",
		EmailDomainMap: map[string]string{"x y": "z"}, PageSize: -1, MaxDepth: 1000, BindTimeout: -1, Nested: "deep", Referrals: "chase",
		UnreadableMembers: "skip",
	}
	err := c.Validate()
	for _, path := range []string{
		"ldap.srv:", "ldap.server_name:", "ldap.urls[1]:", "ldap.urls[2]:", "ldap.bind:", "ldap.tls:", "ldap.cert_file:", "ldap.schema:",
		"ldap.base_dn:", "ldap.user_filter:", "ldap.email:", "ldap.id:", "ldap.email_domain_map.x y:", "ldap.page_size:", "ldap.max_depth:",
		"ldap.bind_timeout:", "ldap.nested:", "ldap.referrals:", "ldap.unreadable_members:",
	} {
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("no problem at %s", path)
		}
	}
	if _, ok := errors.AsType[*source.FieldError](err); !ok || strings.Contains(err.Error(), "pass@") {
		t.Errorf("error is %v", err)
	}
	for name, c := range map[string]Config{
		"anonymous by accident": {URLs: []string{"ldap://x"}},
		"bind without password": {URLs: []string{"ldap://x"}, BindDN: "cn=x"},
		"tls off with ldaps":    {URLs: []string{"ldaps://x"}, Bind: wire.BindAnonymous, TLS: wire.TLSOff},
		"gssapi without keytab": {URLs: []string{"ldap://x"}, Bind: wire.BindGSSAPI},
	} {
		if c.Validate() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	kerberos := Config{URLs: []string{"ldap://x"}, Bind: wire.BindGSSAPI, GSSAPI: GSSAPI{CCache: "/tmp/cc"}}
	if err := kerberos.Validate(); err != nil {
		t.Errorf("kerberos: %v", err)
	}
	for name, c := range map[string]Config{
		"simple":    {URLs: []string{"ldaps://x"}, BindDN: "cn=x", BindPasswordFile: "p"},
		"ldapi":     {URLs: []string{"ldapi://%2Frun%2Fldapi"}},
		"anonymous": {SRV: "corp.example", Bind: wire.BindAnonymous},
	} {
		if err := c.Validate(); err != nil {
			t.Errorf("%s is refused: %v", name, err)
		}
	}
}
