package ldap

import (
	"slices"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/rootdse"
	"rollcall/source/ldap/internal/wire"
)

func TestEmailTemplates(t *testing.T) {
	e := &wire.Entry{Attrs: []wire.Attribute{
		{Name: "MAIL", Values: []string{"not an address", "Ann@Corp.Local", "ann@corp.local", "a.n@corp.example"}},
		{Name: "userPrincipalName", Values: []string{"ann@upn.example"}}, {Name: "uid", Values: []string{"ann"}},
		{Name: "proxyAddresses", Values: []string{"SMTP:Ann@corp.example", "smtp:old@corp.example", "SIP:ann@corp.example"}},
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
		s, err := newDirectory(Config{
			URLs: []string{"ldap://x"}, Bind: wire.BindAnonymous, Email: c.template, OtherEmails: c.others,
			EmailDomainMap: map[string]string{"Corp.Local": "corp.example"},
		}, "corp")
		must(t, err)
		p, _ := newMapper(&session{dir: s}).Person(e)
		var got []string
		if p.Email != "" {
			got = append([]string{p.Email}, p.OtherEmails...)
		}
		got = slices.DeleteFunc(got, func(a string) bool { return strings.HasPrefix(a, "sip:") })
		want := slices.DeleteFunc(c.want, func(a string) bool { return strings.HasPrefix(a, "sip:") })
		if !slices.Equal(got, want) {
			t.Errorf("%s gives %v, want %v", c.template, got, want)
		}
	}
}

func TestOnlyAttributesInUseAreAsked(t *testing.T) {
	s, err := newDirectory(Config{URLs: []string{"ldap://x"}, Bind: wire.BindAnonymous, ExternalID: "employeeNumber"}, "corp")
	must(t, err)
	r := &session{dir: s, request: source.Request{Attributes: []string{"department", "MAIL"}}}
	r.root = rootdse.Root{Kind: people.KindOpenLDAP}
	r.schema = people.ChooseSchema(&people.Config{Schema: people.Schema2307bis}, r.root.Kind)
	want := []string{"objectClass", "entryUUID", "mail", "employeeNumber", "givenName", "sn", "nsAccountLock", "shadowExpire", "krbPrincipalExpiration", "department"}
	if got := newMapper(r).Attributes(); !slices.Equal(got, want) {
		t.Errorf("asks for %v", got)
	}
}
