package ldap

import (
	"slices"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

const posixPeople = `
dn: uid=ada,ou=people,` + ldaptest.Suffix + `
objectClass: inetOrgPerson
objectClass: posixAccount
uid: ada
cn: Ada
sn: A
mail: ada@corp.example
uidNumber: 1
gidNumber: 100
homeDirectory: /

dn: uid=ben,ou=people,` + ldaptest.Suffix + `
objectClass: inetOrgPerson
objectClass: posixAccount
uid: ben
cn: Ben
sn: B
mail: ben@corp.example
uidNumber: 2
gidNumber: 200
homeDirectory: /

dn: cn=staff,ou=groups,` + ldaptest.Suffix + `
objectClass: posixGroup
cn: staff
gidNumber: 100
memberUid: ben

dn: cn=also,ou=groups,` + ldaptest.Suffix + `
objectClass: posixGroup
cn: also
gidNumber: 100
`

// With primary_groups a person is in the posixGroup whose gidNumber the person has,
// as on every Unix machine; without it only memberUid counts.
func TestPrimaryGroupsByGidNumber(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: posixPeople})
	want := source.Request{Groups: []source.Selector{{Name: "staff"}, {Name: "also"}}}
	for primary, members := range map[bool][]string{false: {"also:", "staff:ben"}, true: {"also:ada", "staff:ada,ben"}} {
		cfg := slapdConfig(t, server)
		cfg.PrimaryGroups = primary
		snap := readLDAP(t, cfg, want)
		var got []string
		for _, g := range snap.Groups {
			var names []string
			for _, m := range g.Members {
				name, _, _ := strings.Cut(snap.People[m.Person].Email, "@")
				names = append(names, name)
			}
			slices.Sort(names)
			got = append(got, g.Name+":"+strings.Join(names, ","))
			if len(g.Unusable) > 0 {
				t.Errorf("%s: unknown %v", g.Name, g.Unusable)
			}
		}
		if slices.Sort(got); !slices.Equal(got, members) {
			t.Errorf("primary_groups %t: %q, want %q", primary, got, members)
		}
	}
}

// A group that is a search which the server does not carry out is unknown, not empty
// (S10). With members, the server has carried it out.
func TestS10SearchThatNobodyCarriesOut(t *testing.T) {
	for name, c := range map[string]struct {
		class   string
		members []string // instead of the two people
		unknown int
	}{
		"alone": {"groupOfMembers", []string{}, 1}, "a placeholder": {"groupOfNames", []string{""}, 1},
		"people": {"groupOfMembers", nil, 0}, "people beside a placeholder": {"groupOfNames", []string{"", "uid=u0000,ou=people," + ldaptest.Suffix}, 0},
	} {
		f := fakeCompany(2)
		e := &f.Entries[len(f.Entries)-1]
		e.Attrs["objectClass"] = []string{c.class}
		e.Attrs["memberURL"] = []string{"ldap:///ou=people," + ldaptest.Suffix + "??sub?(title=x)"}
		if c.members != nil {
			e.Attrs["member"] = c.members
		}
		g := readLDAP(t, fakeConfig(ldaptest.StartFake(t, f)), allGroup).Groups[0]
		if len(g.Unusable) != c.unknown || c.unknown > 0 && !strings.Contains(g.Unusable[0].Why, "memberURL") {
			t.Errorf("%s: unknown %v", name, g.Unusable)
		}
	}
}

// Filters of programs that put a name into them find nobody here, so they are refused
// (S10).
func TestS10FiltersWithPlaceholders(t *testing.T) {
	for filter, want := range map[string]string{
		"(uid=%s)": "contains %s", "(&(objectClass=person)(uid={0}))": "contains {0}", "(sAMAccountName=%{user})": "contains %{user}",
		"(title=100 %)": "", "(cn={)": "", "(memberOf=cn=staff,dc=corp,dc=example)": "",
	} {
		cfg := Config{URLs: []string{"ldaps://dc1.corp.example"}, Bind: "anonymous", BaseDN: ldaptest.Suffix, UserFilter: filter}
		if err := cfg.Validate(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), "ldap.user_filter: "+want) {
			t.Errorf("%s: got %v, want %q", filter, err, want)
		}
	}
}
