package source

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
	server := startSlapd(t, slapdConfig{ldif: aclPeople + checkPeople})
	s, err := Open(Config{Name: "corp", LDAP: new(server.config())})
	must(t, err)
	checker, ok := s.(Checker)
	if !ok {
		t.Fatal("the LDAP source is no Checker")
	}
	report, err := checker.Check(t.Context(), Request{Groups: []Selector{{Name: "more"}, {Name: "none"}, {Name: "team"}}})
	must(t, err)
	if report.Server != server.url || report.Kind != "OpenLDAP" || report.Identity != "dn:"+slapdBind || report.Encrypted || report.StableID != "entryUUID" || report.Schema != schemaAuto {
		t.Errorf("server: %+v", report)
	}
	if !strings.Contains(report.String(), slapdBind) || !slices.Contains(report.Contexts, slapdSuffix) {
		t.Errorf("server: %s", report)
	}
	if len(report.Selectors) != 3 || len(report.Selectors[1].Groups) != 0 || len(report.Selectors[0].Groups) != 1 {
		t.Fatalf("selectors: %+v", report.Selectors)
	}
	checkedGroup(t, report.Selectors[0].Groups[0])
	if diff := cmp.Diff([]string{"cn=more,ou=groups," + slapdSuffix}, report.CanaryGroups); diff != "" {
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
		"uid=gone unknown: no such object, or an access rule hides it", "uid=cy ended on 1970-01-01 (shadowExpire)",
		"uid=dee has no usable e-mail address that this bind may see",
	}, skipped); diff != "" {
		t.Error(diff)
	}
	if g.Members != 4 || g.Nested != 2 || g.Disabled != 1 || g.WithoutEmail != 1 || g.Unusable != 1 {
		t.Errorf("counts: %+v", g)
	}
}

func TestCheckNamesWhatFails(t *testing.T) {
	f := fakeCompany(3)
	f.fault = func(op fakeOp) fakeFault { return fakeFault{drop: op.kind == "search" && op.base != ""} }
	s, err := newLDAP(startFake(t, f).config(), "corp")
	must(t, err)
	// The fake closes the connection on the extended request of whoami.
	if report, err := s.Check(t.Context(), allGroup); err == nil || report != nil || !isCode(err, codeServerDown) {
		t.Errorf("report %v, error %v", report, err)
	}
}
