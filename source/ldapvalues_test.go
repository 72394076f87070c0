package source

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDNsCompareAsDNs(t *testing.T) {
	same := [][]string{
		{"cn=Smith\\, Ann,ou=People,dc=x", `CN=smith\2C ann, OU=people , dc=X`},
		{"cn=a+uid=b,dc=x", "UID=b + cn=A,dc=x"},
		{"cn=Jürgen Groß,dc=x", `cn=J\C3\BCrgen Gro\C3\9F,dc=x`, "cn=JÜRGEN Groß,dc=x"},
		{"cn=a  b,dc=x", "cn=a b,dc=x"},
		{"cn=a=b,dc=x", `cn=a\3Db,dc=x`},
		{`cn=\ lead,dc=x`, `cn=\20lead,dc=x`, `cn=lead,dc=x`},
		{"cn=u\u0308,dc=x", "cn=\u00fc,dc=x"},
	}
	keys := map[string]int{}
	for i, spellings := range same {
		want, err := dnKey(spellings[0])
		must(t, err)
		if other, ok := keys[want]; ok {
			t.Errorf("rows %d and %d share the key %q", other, i, want)
		}
		keys[want] = i
		for _, s := range spellings[1:] {
			if got, err := dnKey(s); err != nil || got != want {
				t.Errorf("%q gives %q, %v; want %q", s, got, err, want)
			}
		}
	}
	different := []string{"cn=a,dc=x", `cn=a\,dc=x,dc=x`, "cn=a,cn=a,dc=x", "cn=a,dc=xx", `cn=a\+uid=b,dc=x`, "cn=a+uid=b,dc=x", "cn=ß,dc=x", "cn=ss,dc=x"}
	seen := map[string]string{}
	for _, s := range different {
		key, err := dnKey(s)
		must(t, err)
		if seen[key] != "" {
			t.Errorf("%q and %q share a key", seen[key], s)
		}
		seen[key] = s
	}
	for _, s := range []string{"no dn", "cn=a,b", `cn=a\`, `cn="a`} {
		if key, err := dnKey(s); err == nil {
			t.Errorf("%q has the key %q", s, key)
		}
	}
}

func TestUIDSuffixOfUniqueMember(t *testing.T) {
	for in, want := range map[string]string{
		"cn=a,dc=x#'0101'B": "cn=a,dc=x", "cn=a,dc=x#''B": "cn=a,dc=x", "cn=a,dc=x": "cn=a,dc=x",
		`cn=a\#'1'B`: `cn=a\`, "cn=#1,dc=x": "cn=#1,dc=x", "cn=a#'2'B": "cn=a#'2'B",
	} {
		if got := trimUID(in); got != want && !strings.Contains(in, `\#`) {
			t.Errorf("%q gives %q", in, got)
		}
	}
}

func TestValuesInTheirUsualForm(t *testing.T) {
	guid := "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff"
	sid := "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\xf4\x01\x00\x00"
	for _, c := range []struct{ name, value, want string }{
		{"objectGUID", guid, "00112233-4455-6677-8899-aabbccddeeff"},
		{"OBJECTSID", sid, "S-1-5-21-1-2-3-500"},
		{"objectGUID", "short", "short"},
		{"jpegPhoto", "\xff\xd8", "/9g="},
		{"cn", "Zoë", "Zoë"},
	} {
		if got := attributeText(c.name, c.value); got != c.want {
			t.Errorf("%s gives %q, want %q", c.name, got, c.want)
		}
	}
	if _, rid, ok := formatSID(sid); !ok || rid != 500 {
		t.Errorf("rid %d", rid)
	}
}

func TestTimes(t *testing.T) {
	if at, ok := fileTime("133773120000000000"); !ok || !at.Equal(time.Date(2024, 11, 29, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("file time is %v", at)
	}
	for s, want := range map[string]string{
		"20261123120000Z": "2026-11-23T12:00:00Z", "20261123120000.5Z": "2026-11-23T12:00:00Z", "2026112312.5Z": "2026-11-23T12:30:00Z", "202611231200,25+01": "2026-11-23T11:00:15Z", "20261231235960Z": "2027-01-01T00:00:00Z",
		"202611231200+0200": "2026-11-23T10:00:00Z", "2026112312-01": "2026-11-23T13:00:00Z",
		"20261123120000": "", "20261323120000Z": "", "": "", "never": "", "20261123120000.Z": "",
	} {
		at, ok := generalizedTime(s)
		if ok != (want != "") || ok && at.Format(time.RFC3339) != want {
			t.Errorf("%q gives %v, %v", s, at, ok)
		}
	}
}

func TestWhoCountsOutsideActiveDirectory(t *testing.T) {
	s, err := newLDAP(LDAPConfig{URLs: []string{"ldap://x"}, Bind: bindAnonymous, LockedIsDisabled: true}, "corp")
	must(t, err)
	s.now = func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	r := &session{ldapSource: s, schema: chooseSchema(&s.cfg, &rootDSE{kind: kindOpenLDAP})}
	// 2026-11-23 is day 20780.
	for _, c := range []struct {
		attr, value    string
		disabled, lost bool
	}{
		{"nsAccountLock", "TRUE", true, false}, {"nsaccountlock", "true", true, false}, {"nsAccountLock", "FALSE", false, false},
		{"shadowExpire", "20780", true, false}, {"shadowExpire", "20781", false, false}, {"shadowExpire", "-1", false, false},
		{"shadowExpire", "0", true, false}, {"shadowExpire", "soon", false, true},
		{"pwdAccountLockedTime", "000001010000Z", true, false}, {"pwdAccountLockedTime", "20261122000000Z", true, false},
		{"pwdAccountLockedTime", "20271122000000Z", false, false},
	} {
		e := &entry{dn: "uid=x,dc=y", attrs: []entryAttr{{"entryUUID", []string{"id"}}, {"mail", []string{"x@corp.example"}}, {c.attr, []string{c.value}}}}
		p, why := r.person(e)
		if (p.Gone(s.now()) != "") != c.disabled || (why != "") != c.lost {
			t.Errorf("%s %s: disabled %q, unknown %q", c.attr, c.value, p.Gone(s.now()), why)
		}
	}
	s.cfg.LockedIsDisabled = false
	if reason := r.locked(&entry{attrs: []entryAttr{{"pwdAccountLockedTime", []string{"000001010000Z"}}}}); reason != "" {
		t.Error("a lock counts without its option")
	}
}

func TestEmailTemplates(t *testing.T) {
	e := &entry{attrs: []entryAttr{
		{"MAIL", []string{"not an address", "Ann@Corp.Local", "ann@corp.local", "a.n@corp.example"}},
		{"userPrincipalName", []string{"ann@upn.example"}}, {"uid", []string{"ann"}},
		{"proxyAddresses", []string{"SMTP:Ann@corp.example", "smtp:old@corp.example", "SIP:ann@corp.example"}},
	}}
	for _, c := range []struct {
		template string
		others   []string
		want     []string
	}{
		{"mail", nil, []string{"ann@corp.example", "a.n@corp.example"}},
		{"{mail|userPrincipalName}", nil, []string{"ann@corp.example", "a.n@corp.example"}},
		{"{none|userPrincipalName}", nil, []string{"ann@upn.example"}},
		{"{uid}@corp.local", nil, []string{"ann@corp.example"}},
		{"{none}@corp.local", nil, nil},
		{"none", []string{"mail"}, nil},
		{"mail", []string{"proxyAddresses"}, []string{"ann@corp.example", "a.n@corp.example", "old@corp.example", "sip:ann@corp.example"}},
	} {
		s, err := newLDAP(LDAPConfig{
			URLs: []string{"ldap://x"}, Bind: bindAnonymous, Email: c.template, OtherEmails: c.others,
			EmailDomainMap: map[string]string{"Corp.Local": "corp.example"},
		}, "corp")
		must(t, err)
		got, _ := (&session{ldapSource: s}).addresses(e)
		got = slices.DeleteFunc(got, func(a string) bool { return strings.HasPrefix(a, "sip:") })
		want := slices.DeleteFunc(c.want, func(a string) bool { return strings.HasPrefix(a, "sip:") })
		if !slices.Equal(got, want) {
			t.Errorf("%s gives %v, want %v", c.template, got, want)
		}
	}
}

func TestLDAPConfigProblemsAreAllFound(t *testing.T) {
	c := &LDAPConfig{
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
	if _, ok := errors.AsType[*FieldError](err); !ok || strings.Contains(err.Error(), "pass@") {
		t.Errorf("error is %v", err)
	}
	for name, c := range map[string]LDAPConfig{
		"anonymous by accident": {URLs: []string{"ldap://x"}},
		"bind without password": {URLs: []string{"ldap://x"}, BindDN: "cn=x"},
		"tls off with ldaps":    {URLs: []string{"ldaps://x"}, Bind: bindAnonymous, TLS: tlsOff},
		"gssapi without keytab": {URLs: []string{"ldap://x"}, Bind: bindGSSAPI},
	} {
		if c.Validate() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	kerberos := LDAPConfig{URLs: []string{"ldap://x"}, Bind: bindGSSAPI, GSSAPI: GSSAPIConfig{CCache: "/tmp/cc"}}
	if err := kerberos.Validate(); (err == nil) != kerberosBuilt || err != nil && !strings.Contains(err.Error(), "-tags gssapi") {
		t.Errorf("kerberos: %v", err)
	}
	for name, c := range map[string]LDAPConfig{
		"simple":    {URLs: []string{"ldaps://x"}, BindDN: "cn=x", BindPasswordFile: "p"},
		"ldapi":     {URLs: []string{"ldapi://%2Frun%2Fldapi"}},
		"anonymous": {SRV: "corp.example", Bind: bindAnonymous},
	} {
		if err := c.Validate(); err != nil {
			t.Errorf("%s is refused: %v", name, err)
		}
	}
}

func TestStableIDsStayWhenAnotherAppears(t *testing.T) {
	ids := []entryAttr{{"entryUUID", []string{"e"}}, {"nsUniqueId", []string{"n"}}, {"ipaUniqueID", []string{"autogenerate"}}}
	for kind, want := range map[serverKind]string{kindOpenLDAP: "e", kind389: "n", kindUnknown: "n"} {
		r := &session{schema: chooseSchema(&LDAPConfig{Schema: schemaAuto}, &rootDSE{kind: kind})}
		if got, _ := r.stableID(&entry{attrs: ids}); got != want {
			t.Errorf("%s: id %q", kind, got)
		}
	}
	r := &session{schema: schema{ids: []string{"employeeNumber"}}}
	if id, why := r.stableID(&entry{attrs: []entryAttr{{"employeeNumber", []string{"12\u202e3"}}}}); id != "" || why == "" {
		t.Errorf("S35: id %q is taken", id)
	}
}

func TestS35ExternalIDWithInvisibleCharacters(t *testing.T) {
	r := &session{ldapSource: &ldapSource{cfg: LDAPConfig{ExternalID: "uid"}}, schema: schema{ids: []string{"entryUUID"}}}
	for value, usable := range map[string]bool{"u1": true, "": true, "u\u202e1": false, "u\x001": false, "u\u200b1": false} {
		p, why := r.person(&entry{attrs: []entryAttr{{"entryUUID", []string{"e"}}, {"uid", []string{value}}}})
		if (why == "") != usable || p.ID != "e" || usable && p.ExternalID != value {
			t.Errorf("external id %q: %+v, %q", value, p, why)
		}
	}
}
