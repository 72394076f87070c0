package ldap

import (
	"fmt"
	"slices"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

const peopleBase = ",ou=people," + ldaptest.Suffix

// sizesOfALevel are groups whose members are read by look-ups, and by a scan of all people.
var sizesOfALevel = []int{3, scanFrom + 100}

// A group that has a mailbox, and so a class of people, is a group with its members however
// it was found: the scan of all people asks for no members (S09).
func TestS09GroupWithAMailboxHasItsMembers(t *testing.T) {
	for _, n := range sizesOfALevel {
		f := fakeCompany(n)
		inner, ann := "cn=inner,ou=groups,"+ldaptest.Suffix, "uid=ann"+peopleBase
		f.Entries[n].Attrs["member"] = append(f.Entries[n].Attrs["member"], inner)
		f.Entries = append(f.Entries,
			ldaptest.Entry{DN: inner, Attrs: map[string][]string{"objectClass": {"groupOfMembers", "posixAccount"}, "cn": {"inner"}, "mail": {"inner@corp.example"}, "entryUUID": {"inner"}, "member": {ann}}},
			ldaptest.Entry{DN: ann, Attrs: map[string][]string{"objectClass": {"person"}, "mail": {"ann@corp.example"}, "entryUUID": {"ann"}}})
		snap := readLDAP(t, fakeConfig(ldaptest.StartFake(t, f)), allGroup)
		g := snap.Groups[0]
		in := slices.ContainsFunc(g.Members, func(m source.Member) bool { return snap.People[m.Person].ID == "ann" && m.Via == "inner" })
		if !in || len(g.Members) != n+1 || len(g.Unusable) != 0 {
			t.Errorf("%d members of %d, unusable %v", len(g.Members), n+1, g.Unusable)
		}
	}
}

// Values of a person that come in ranges are read to their end, by whatever search the
// person was found (S09): without them, metadata would become null.
func TestS09ValuesOfPeopleInRanges(t *testing.T) {
	var teams []string
	for i := range 1600 {
		teams = append(teams, fmt.Sprintf("CN=Team %04d,%s", i, adBase))
	}
	for _, n := range sizesOfALevel {
		f := adCompany(n)
		f.Entries[0].Attrs["memberOf"] = teams
		f.Entries = append(f.Entries, adUser(n, map[string][]string{"memberOf": teams}))
		want := adNamed("big")
		want.Attributes, want.Also = []string{"memberOf"}, []string{fmt.Sprintf("u%d@corp.example", n)}
		found := 0
		snap := readLDAP(t, adConfig(ldaptest.StartFake(t, f)), want)
		for i := range snap.People {
			if dn := snap.People[i].Origin.DN; dn != adDN(0) && dn != adDN(n) {
				continue
			}
			found++
			if got := snap.People[i].Attributes.Get("memberOf"); !slices.Equal(got, teams) {
				t.Errorf("of %d people, %s has %d values of %d", n, snap.People[i].Origin.DN, len(got), len(teams))
			}
		}
		if found != 2 || len(snap.People) != n+1 {
			t.Errorf("found %d of 2, and %d people of %d", found, len(snap.People), n+1)
		}
	}
}
