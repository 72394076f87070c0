package source

import (
	"strings"
	"testing"
)

func TestS10EachUnreadableMemberSaysWhy(t *testing.T) {
	for _, c := range []struct {
		code int
		why  string
	}{{50, "may not read"}, {10, "another server or domain"}, {34, "no DN"}, {32, "no such object"}} {
		f := fakeCompany(3)
		gone := "uid=gone,ou=people," + slapdSuffix
		group := &f.entries[len(f.entries)-1]
		group.attrs["member"] = append(group.attrs["member"], gone)
		if c.code != 32 {
			f.entries = append(f.entries, fakeEntry{dn: gone})
		}
		f.fault = func(op fakeOp) fakeFault {
			if op.base == gone {
				return fakeFault{code: c.code}
			}
			return fakeFault{}
		}
		// The batch does not show the member, only its own read says why.
		f.hideFromFilters = gone
		snap := readLDAP(t, startFake(t, f).config(), allGroup)
		g := snap.Groups[0]
		if len(g.Members) != 3 || len(g.Unusable) != 1 || g.Unusable[0].Ref != gone || !strings.Contains(g.Unusable[0].Why, c.why) {
			t.Errorf("code %d: members %v, unusable %v", c.code, g.Members, g.Unusable)
		}
	}
}

func TestS10TwoEntriesWithOneUserNameAreUnknown(t *testing.T) {
	f := fakeCompany(3)
	f.entries[1].attrs["uid"] = []string{"u0000", "u0001"}
	f.entries = append(f.entries, fakeEntry{dn: "cn=posix,ou=groups," + slapdSuffix, attrs: map[string][]string{
		"objectClass": {"posixGroup"}, "cn": {"posix"}, "memberUid": {"u0000", "U0002", "nobody"},
	}})
	snap := readLDAP(t, startFake(t, f).config(), Request{Groups: []Selector{{Name: "posix"}}})
	g := snap.Groups[0]
	if len(g.Members) != 1 || snap.People[g.Members[0].Person].Email != "u0002@corp.example" {
		t.Errorf("members %v", g.Members)
	}
	if len(g.Unusable) != 2 || !strings.Contains(g.Unusable[0].Why, "more than one entry") || !strings.Contains(g.Unusable[1].Why, "no person with this uid") {
		t.Errorf("unusable %v", g.Unusable)
	}
}
