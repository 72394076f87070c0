package ldap

import (
	"testing"

	"rollcall/source/ldap/ldaptest"
)

// The empty DN and a group that lists itself are placeholders of a group that
// must have a member. They are no unknown members, and hold nothing (S10).
func TestS10PlaceholdersAreNoMembers(t *testing.T) {
	const group = "cn=all,ou=groups," + ldaptest.Suffix
	for name, c := range map[string]struct {
		attr    string
		values  []string
		unknown int
	}{
		"empty DN":                {"member", []string{""}, 0},
		"spaces":                  {"member", []string{" "}, 0},
		"empty DN with a uid":     {"uniqueMember", []string{"#'0101'B"}, 0},
		"the group itself":        {"member", []string{group}, 0},
		"a member that is hidden": {"member", []string{"", "uid=gone,ou=people," + ldaptest.Suffix}, 1},
	} {
		for alone, members := range map[bool]int{false: 2, true: 0} {
			f := fakeCompany(2)
			f.Root.Attrs["objectClass"] = []string{"top", "OpenLDAProotDSE"}
			e := &f.Entries[len(f.Entries)-1]
			values := append(e.Attrs["member"], c.values...)
			if alone { // such a group is empty, and hides nothing
				values = c.values
			}
			if delete(e.Attrs, "member"); c.attr == "uniqueMember" {
				e.Attrs["objectClass"] = []string{"groupOfUniqueNames"}
			}
			e.Attrs[c.attr] = values
			snap := readLDAP(t, fakeConfig(ldaptest.StartFake(t, f)), allGroup)
			if g := snap.Groups[0]; len(g.Members) != members || len(g.Unusable) != c.unknown {
				t.Errorf("%s, alone %v: %d members, unknown %v", name, alone, len(g.Members), g.Unusable)
			}
		}
	}
}
