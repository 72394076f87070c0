package ldap

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/source"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
	"rollcall/source/ldap/ldaptest"
)

const checkPeople = `
dn: uid=cy,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
objectClass: shadowAccount
uid: cy
cn: Cy
sn: C
givenName: Cy
shadowExpire: 1
mail: cy@corp.example

dn: uid=dee,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: dee
cn: Dee
sn: D

dn: cn=more,ou=groups,dc=corp,dc=example
objectClass: groupOfNames
cn: more
member: cn=team,ou=groups,dc=corp,dc=example
member: uid=cy,ou=people,dc=corp,dc=example
member: uid=dee,ou=people,dc=corp,dc=example
member: uid=gone,ou=people,dc=corp,dc=example
`

func TestCheckShowsTheMapping(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople + checkPeople})
	s, err := Open("corp", slapdConfig(t, server), source.Canaries{}, nil)
	must(t, err)
	report, err := s.Check(t.Context(), source.Request{Groups: []source.Selector{{Name: "more"}, {Name: "none"}, {Name: "team"}}})
	must(t, err)
	if report.Server != server.URL || report.Kind != "OpenLDAP" || report.Identity != "dn:"+ldaptest.BindDN || report.Encrypted || report.StableID != "entryUUID" || report.Schema != people.SchemaAuto {
		t.Errorf("server: %+v", report)
	}
	if !strings.Contains(report.String(), ldaptest.BindDN) || !slices.Contains(report.Contexts, ldaptest.Suffix) {
		t.Errorf("server: %s", report)
	}
	if len(report.Selectors) != 3 || len(report.Selectors[1].Groups) != 0 || len(report.Selectors[0].Groups) != 1 {
		t.Fatalf("selectors: %+v", report.Selectors)
	}
	checkedGroup(t, report.Selectors[0].Groups[0])
	if diff := cmp.Diff([]string{"cn=more,ou=groups," + ldaptest.Suffix}, report.CanaryGroups); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"ann@corp.example", "bob@corp.example"}, report.CanaryPeople); diff != "" {
		t.Error(diff)
	}
}

func checkedGroup(t *testing.T, g CheckedGroup) {
	t.Helper()
	var samples, skipped []string
	for _, p := range g.Samples {
		samples = append(samples, p.Email+" via "+p.Via)
	}
	for _, u := range g.Skipped {
		rdn, _, _ := strings.Cut(u.Ref, ",")
		skipped = append(skipped, rdn+" "+u.Why)
	}
	if diff := cmp.Diff([]string{"ann@corp.example via team", "bob@corp.example via team"}, samples); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"uid=gone unknown: does not exist, or an access rule hides it", "uid=cy ended on 1970-01-01 (shadowExpire)",
		"uid=dee has no valid email address that the bind account can read",
	}, skipped); diff != "" {
		t.Error(diff)
	}
	if g.Members != 4 || g.Nested != 2 || g.Disabled != 1 || g.WithoutEmail != 1 || g.Unusable != 1 {
		t.Errorf("counts: %+v", g)
	}
}

func TestCheckNamesWhatFails(t *testing.T) {
	f := fakeCompany(3)
	f.Fault = func(op ldaptest.Op) ldaptest.Fault { return ldaptest.Fault{Drop: op.Kind == "search" && op.Base != ""} }
	s, err := newDirectory(fakeConfig(ldaptest.StartFake(t, f)), "corp")
	must(t, err)
	// The fake closes the connection on the extended request of whoami.
	if report, err := s.Check(t.Context(), allGroup); err == nil || report != nil || !wire.IsCode(err, wire.CodeServerDown) {
		t.Errorf("report %v, error %v", report, err)
	}
}
