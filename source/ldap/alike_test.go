package ldap

import (
	"maps"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

// alikePeople has ann in a group of a rule, ben in one that looks like it, cleo in both, and
// dora in one that does not.
const alikePeople = `dn: uid=ann,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: ann
cn: ann
sn: x
mail: ann@corp.example
employeeNumber: 1

dn: uid=ben,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: ben
cn: ben
sn: x
mail: ben@corp.example
employeeNumber: 2

dn: uid=cleo,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: cleo
cn: cleo
sn: x
mail: cleo@corp.example
employeeNumber: 3

dn: uid=dora,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: dora
cn: dora
sn: x
mail: dora@corp.example
employeeNumber: 4

dn: cn=team-support,ou=groups,dc=corp,dc=example
objectClass: groupOfNames
cn: team-support
member: uid=ann,ou=people,dc=corp,dc=example
member: uid=cleo,ou=people,dc=corp,dc=example

dn: cn=inner,ou=groups,dc=corp,dc=example
objectClass: groupOfNames
cn: inner
member: uid=ben,ou=people,dc=corp,dc=example

dn: cn=Team Support,ou=groups,dc=corp,dc=example
objectClass: groupOfNames
cn: Team Support
member: uid=cleo,ou=people,dc=corp,dc=example
member: cn=inner,ou=groups,dc=corp,dc=example
member: uid=gone,ou=people,dc=corp,dc=example

dn: cn=team-support-2,ou=groups,dc=corp,dc=example
objectClass: groupOfNames
cn: team-support-2
member: uid=dora,ou=people,dc=corp,dc=example

`

// A directory that does not answer the question about such groups has been read all the same.
func TestGroupsThatLookAlikeAreACourtesy(t *testing.T) {
	for i, fault := range []ldaptest.Fault{{}, {Drop: true}, {Code: 53}} {
		f := fakeAD(adUser(0, nil), adUser(1, nil), adGroup("team-support", 1200, adDN(0)), adGroup("Team Support", 1201, adDN(1)))
		asked := 0
		f.Fault = func(op ldaptest.Op) ldaptest.Fault {
			if strings.Contains(op.Filter, "(|(cn=team*support*))") {
				asked++
				return fault
			}
			return ldaptest.Fault{}
		}
		snap := readLDAP(t, adConfig(ldaptest.StartFake(t, f)), source.Request{Groups: []source.Selector{{Name: "team-support"}}})
		if len(snap.Groups) != 1 || len(snap.Groups[0].Members) != 1 || asked != 1 || (snap.Alike != nil) != (i == 0) {
			t.Errorf("%+v: asked %d times, groups %v, alike %v", fault, asked, snap.Groups, snap.Alike)
		}
	}
}

// People of a group whose name differs from one of a rule only in blanks or punctuation are
// known, with those of the groups inside it. They are no people of the snapshot, and nothing
// is said of their group (M8).
func TestGroupsThatLookAlike(t *testing.T) {
	cfg := slapdConfig(t, ldaptest.Start(t, ldaptest.Config{LDIF: alikePeople}))
	cfg.ID = "employeeNumber"
	for name, c := range map[string]struct {
		request source.Request
		want    map[string]string
	}{
		"alike": {source.Request{Groups: []source.Selector{{Name: "team-support"}, {Name: "--"}}},
			map[string]string{"2": "Team Support", "ben@corp.example": "Team Support", "3": "Team Support", "1": "", "4": "", "": ""}},
		"both are asked for":   {source.Request{Groups: []source.Selector{{Name: "team-support"}, {Name: "team support"}}}, map[string]string{"2": "", "3": ""}},
		"of another source":    {source.Request{Groups: []source.Selector{{Name: "team-support-2"}, {Source: "hr", Name: "team-support"}}}, map[string]string{"2": ""}},
		"by DN":                {source.Request{Groups: []source.Selector{{Name: "cn=team-support,ou=groups," + ldaptest.Suffix}}}, map[string]string{"2": "Team Support", "1": ""}},
		"every group is asked": {source.Request{}, map[string]string{"2": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			snap := readLDAP(t, cfg, c.request)
			for id, want := range c.want {
				if snap.Alike == nil {
					snap.Alike = source.NewElsewhere(nil, maps.All(map[string]uint32{}))
				}
				if groups, found := snap.Alike.Groups(id); groups != want || found != (want != "") {
					t.Errorf("%s: %q, want %q", id, groups, want)
				}
			}
			if name == "alike" && (len(snap.People) != 2 || len(snap.Groups) != 1 || len(snap.Groups[0].Unusable) > 0) {
				t.Errorf("people %v, groups %v", snap.People, snap.Groups)
			}
		})
	}
}
