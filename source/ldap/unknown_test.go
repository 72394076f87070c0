package ldap

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

func TestS10EachUnreadableMemberSaysWhy(t *testing.T) {
	for _, c := range []struct {
		code int
		why  string
	}{{50, "cannot read it"}, {10, "another server or domain"}, {34, "not a DN"}, {32, "does not exist"}} {
		f := fakeCompany(3)
		gone := "uid=gone,ou=people," + ldaptest.Suffix
		group := &f.Entries[len(f.Entries)-1]
		group.Attrs["member"] = append(group.Attrs["member"], gone)
		if c.code != 32 {
			f.Entries = append(f.Entries, ldaptest.Entry{DN: gone})
		}
		f.Fault = func(op ldaptest.Op) ldaptest.Fault {
			if op.Base == gone {
				return ldaptest.Fault{Code: c.code}
			}
			return ldaptest.Fault{}
		}
		// The batch does not show the member, only its own read says why.
		f.HideFromFilters = gone
		snap := readLDAP(t, fakeConfig(ldaptest.StartFake(t, f)), allGroup)
		g := snap.Groups[0]
		if len(g.Members) != 3 || len(g.Unusable) != 1 || g.Unusable[0].Ref != gone || !strings.Contains(g.Unusable[0].Why, c.why) {
			t.Errorf("code %d: members %v, unusable %v", c.code, g.Members, g.Unusable)
		}
	}
}

func TestS10TwoEntriesWithOneUserNameAreUnknown(t *testing.T) {
	f := fakeCompany(3)
	f.Entries[1].Attrs["uid"] = []string{"u0000", "u0001"}
	f.Entries = append(f.Entries, ldaptest.Entry{DN: "cn=posix,ou=groups," + ldaptest.Suffix, Attrs: map[string][]string{
		"objectClass": {"posixGroup"}, "cn": {"posix"}, "memberUid": {"u0000", "U0002", "nobody"},
	}})
	snap := readLDAP(t, fakeConfig(ldaptest.StartFake(t, f)), source.Request{Groups: []source.Selector{{Name: "posix"}}})
	g := snap.Groups[0]
	if len(g.Members) != 1 || snap.People[g.Members[0].Person].Email != "u0002@corp.example" {
		t.Errorf("members %v", g.Members)
	}
	if len(g.Unusable) != 2 || !strings.Contains(g.Unusable[0].Why, "several entries have") || !strings.Contains(g.Unusable[1].Why, "has this uid, or the bind account") {
		t.Errorf("unusable %v", g.Unusable)
	}
}

// Of many members that are no people only the first have notes of their own.
func TestManyMembersThatAreNoPeople(t *testing.T) {
	f := fakeCompany(2)
	group := f.Entries[len(f.Entries)-1]
	for i := range 2 * noteEach {
		dn := fmt.Sprintf("cn=printer%d,ou=people,%s", i, ldaptest.Suffix)
		f.Entries = append(f.Entries, ldaptest.Entry{DN: dn, Attrs: map[string][]string{"objectClass": {"device"}}})
		group.Attrs["member"] = append(group.Attrs["member"], dn)
	}
	snap := readLDAP(t, fakeConfig(ldaptest.StartFake(t, f)), allGroup)
	if text := notesText(snap); len(snap.Groups[0].Members) != 2 || strings.Count(text, "which is not a person (device)") != noteEach ||
		!strings.Contains(text, fmt.Sprintf("left out %d members that are not people", 2*noteEach)) {
		t.Errorf("members %v\n%s", snap.Groups[0].Members, text)
	}
}

// A pattern below a base that is not there finds nothing, and says so.
func TestPatternBelowNoBase(t *testing.T) {
	f := fakeCompany(1)
	f.Fault = func(op ldaptest.Op) ldaptest.Fault {
		if strings.HasPrefix(op.Base, "ou=none,") {
			return ldaptest.Fault{Code: 32}
		}
		return ldaptest.Fault{}
	}
	want := source.Request{Groups: []source.Selector{{Glob: "*", Base: "ou=none," + ldaptest.Suffix}}}
	snap := readLDAP(t, fakeConfig(ldaptest.StartFake(t, f)), want)
	if len(snap.Missing) != 1 || !strings.Contains(notesText(snap), "below this base, but it does not exist") {
		t.Errorf("missing %v, notes %s", snap.Missing, notesText(snap))
	}
}

// A check of a directory that cannot be read is an error, wherever it breaks off.
func TestCheckThatFails(t *testing.T) {
	for _, kind := range []string{"accept", "search"} {
		f := fakeCompany(1)
		f.Fault = func(op ldaptest.Op) ldaptest.Fault { return ldaptest.Fault{Drop: op.Kind == kind} }
		s, err := Open("corp", fakeConfig(ldaptest.StartFake(t, f)), source.Canaries{}, nil)
		must(t, err)
		if report, err := s.Check(t.Context(), allGroup); report != nil || err == nil {
			t.Errorf("%s: %v, %v", kind, report, err)
		}
	}
}

// Of several values of the id attribute nobody can tell which is the id: LDAP values have no
// order, and people who may write the attribute could add the id of somebody else (S02).
func TestS02SeveralValuesOfTheID(t *testing.T) {
	f := fakeCompany(3)
	f.Entries[0].Attrs["employeeNumber"] = []string{"7", "8"}
	f.Entries[1].Attrs["employeeNumber"] = []string{"8"}
	cfg := fakeConfig(ldaptest.StartFake(t, f))
	cfg.ID = "employeeNumber"
	snap := readLDAP(t, cfg, allGroup)
	g := snap.Groups[0]
	if len(g.Members) != 2 || len(g.Unusable) != 1 || g.Unusable[0].Ref != f.Entries[0].DN || !strings.Contains(g.Unusable[0].Why, "several values of employeeNumber") {
		t.Errorf("members %v, unusable %v", g.Members, g.Unusable)
	}
	for i := range snap.People {
		if snap.People[i].ID == "7" {
			t.Errorf("%+v", snap.People[i])
		}
	}
}

// The scan of all people stops where look-ups are cheaper, and then has not seen everybody who
// has a user name. Who has written the name of somebody else beside their own, and stands
// before them, is not that person (S01).
func TestS01AScanThatStopsProvesNoUserName(t *testing.T) {
	t.Parallel()
	f := fakeCompany(6_000)
	f.Entries = f.Entries[:6_000]
	group := ldaptest.Entry{DN: "cn=posix,ou=groups," + ldaptest.Suffix, Attrs: map[string][]string{"objectClass": {"posixGroup"}, "cn": {"posix"}}}
	for i := range scanFrom + 50 {
		group.Attrs["memberUid"] = append(group.Attrs["memberUid"], fmt.Sprintf("u%04d", 5_999-i))
	}
	f.Entries[3].Attrs["uid"] = []string{"u0003", "u5990"} // mallory
	f.Entries = append(f.Entries, group)
	cfg := fakeConfig(ldaptest.StartFake(t, f))
	snap := readLDAP(t, cfg, source.Request{Groups: []source.Selector{{Name: "posix"}}})
	g := snap.Groups[0]
	for _, m := range g.Members {
		if snap.People[m.Person].ID == "id-0003" {
			t.Error("somebody is in the group by the user name of somebody else")
		}
	}
	if len(g.Members) != scanFrom+49 || len(g.Unusable) != 1 || g.Unusable[0].Ref != "u5990" || !strings.Contains(g.Unusable[0].Why, "several entries have") {
		t.Errorf("%d members, unusable %v", len(g.Members), g.Unusable)
	}
	if n := len(f.Searches()); n > 60 {
		t.Errorf("%d searches", n)
	}
}

// The user name of a leaver whom user_filter leaves out is still the leaver's, and not that of
// whoever has written it beside their own (S01).
func TestS01UserNameOfALeaver(t *testing.T) {
	t.Parallel()
	for _, n := range sizesOfALevel {
		for _, names := range [][]string{{"u0000"}, {"u0000", "u0001"}} { // of mallory
			f := fakeCompany(n)
			f.Entries = f.Entries[:n]
			group := ldaptest.Entry{DN: "cn=posix,ou=groups," + ldaptest.Suffix, Attrs: map[string][]string{"objectClass": {"posixGroup"}, "cn": {"posix"}}}
			for i := range n {
				if f.Entries[i].Attrs["title"] = []string{"works here"}; i > 0 {
					group.Attrs["memberUid"] = append(group.Attrs["memberUid"], fmt.Sprintf("u%04d", i))
				}
			}
			f.Entries[0].Attrs["uid"] = names
			delete(f.Entries[1].Attrs, "title")
			f.Entries = append(f.Entries, group)
			cfg := fakeConfig(ldaptest.StartFake(t, f))
			cfg.UserFilter = "(title=works here)"
			snap := readLDAP(t, cfg, source.Request{Groups: []source.Selector{{Name: "posix"}}})
			g, present, gone := snap.Groups[0], 0, 0
			for _, m := range g.Members {
				switch p := &snap.People[m.Person]; {
				case p.ID == "id-0000":
					t.Errorf("of %d: somebody is in the group by the user name of a leaver", n)
				case p.Disabled != "":
					gone++
				default:
					present++
				}
			}
			if present != n-2 || gone+len(g.Unusable) != 1 || len(g.Unusable) != len(names)-1 {
				t.Errorf("of %d, %v: %d members, %d leavers, unusable %v", n, names, present, gone, g.Unusable)
			}
		}
	}
}
