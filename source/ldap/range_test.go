package ldap

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/internal/rootdse"
	"rollcall/source/ldap/ldaptest"
)

// Values in ranges that do not go on where they stopped are an error, whoever
// got them wrong, and never a shorter list (S09); so many that no group should
// have them are one too (S37).
func TestS09RangesThatDoNotGoOn(t *testing.T) {
	for name, x := range map[string]struct {
		from, to string // what the server calls a range, and what it should
		cut      int    // so many values less, in ranges that are called so
		most     int
		text     string
	}{
		"well told":                  {},
		"begins later":               {from: "range=0-1", to: "range=1-2", text: "begin at 1"},
		"fewer than it says":         {from: "range=0-1", to: "range=0-1", cut: 1, text: "has 1 values, but its range ends at 1"},
		"more than it says":          {from: "range=0-1", to: "range=0-0", text: "has 2 values, but its range ends at 0"},
		"goes on elsewhere":          {from: "range=1-2", to: "range=3-4", text: "end after 2 without the last range"},
		"goes on with fewer":         {from: "range=1-2", to: "range=1-2", cut: 1, text: "has 2 values, but its range ends at 2"},
		"goes on under no name":      {from: "range=1-2", to: "binary", text: "end after 2 without the last range"},
		"ends elsewhere":             {from: "range=3-*", to: "range=5-*", text: "end after 4 without the last range"},
		"ends without the last":      {from: "range=3-*", to: "range=3-5", text: "has 5 values, but its range ends at 5"},
		"a range backwards":          {from: "range=1-2", to: "range=2-1", text: `range "range=2-1"`},
		"goes on with nobody":        {from: "range=1-2", to: "range=1-2", cut: 2, text: "changed during the read"},
		"a range that is no number":  {from: "range=0-1", to: "range=x-1", text: `range "range=x-1"`},
		"more than a group may have": {most: 3, text: "more than 3 members"},
	} {
		f := fakeAD()
		var members []string
		for i := range 5 {
			f.Entries, members = append(f.Entries, adUser(i, nil)), append(members, adDN(i))
		}
		group := adGroup("big", 1100, members...)
		f.Entries, f.RangeSize = append(f.Entries, group), 2
		f.Twist = func(name string, values []string) (string, []string) {
			if x.from != "" && strings.HasSuffix(name, x.from) {
				return strings.Replace(name, x.from, x.to, 1), values[:len(values)-x.cut]
			}
			return name, values
		}
		cfg := adConfig(ldaptest.StartFake(t, f))
		cfg.MaxMembers = x.most
		s, err := newDirectory(cfg, "corp")
		must(t, err)
		snap, err := s.Read(t.Context(), source.Request{Groups: []source.Selector{{Name: group.DN}}})
		if x.text == "" {
			if err != nil || len(snap.Groups[0].Members) != 5 {
				t.Errorf("%s: %v, %v", name, snap, err)
			}
			continue
		}
		if snap != nil || err == nil || !strings.Contains(err.Error(), x.text) {
			t.Errorf("%s: %v, want %q", name, err, x.text)
		}
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Errorf("%s: the error does not say where: %v", name, err)
		}
	}
}

// If somebody leaves a list that comes in ranges, all behind move up, and the one who stood
// next would be in no range. Such a list is read again from its beginning, so it has
// everybody who was in it all the time (S09); one that never stands still is an error.
func TestS09AListThatShrinksBetweenItsRanges(t *testing.T) {
	for name, c := range map[string]struct {
		leavers int // one before each further range
		ok      bool
	}{"nobody leaves": {0, true}, "one leaves": {1, true}, "two leave": {2, true}, "they leave all the time": {20, false}} {
		f := fakeAD()
		var members []string
		for i := range 30 {
			f.Entries, members = append(f.Entries, adUser(i, nil)), append(members, adDN(i))
		}
		f.Entries, f.RangeSize = append(f.Entries, adGroup("big", 1100, members...)), 4
		group, asked, left := &f.Entries[30], 0, 0
		f.Fault = func(op ldaptest.Op) ldaptest.Fault {
			if source.SameName(op.Base, group.DN) {
				// The first search asks what the group is, the second for its beginning.
				if asked++; asked > 2 && left < c.leavers {
					left++
					group.Attrs = maps.Clone(group.Attrs)
					group.Attrs["member"] = members[left:]
				}
			}
			return ldaptest.Fault{}
		}
		s, err := newDirectory(adConfig(ldaptest.StartFake(t, f)), "corp")
		must(t, err)
		snap, err := s.Read(t.Context(), adNamed("big"))
		if !c.ok {
			if snap != nil || err == nil || !strings.Contains(err.Error(), "changed during the read") || !strings.Contains(err.Error(), "run again") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		in := map[string]bool{}
		for _, m := range snap.Groups[0].Members {
			in[snap.People[m.Person].Origin.DN] = true
		}
		for _, dn := range members[c.leavers:] {
			if !in[dn] {
				t.Errorf("%s: %s was in the group all the time, and is not in the snapshot", name, dn)
			}
		}
		if c.leavers > 0 && in[members[0]] {
			t.Errorf("%s: the leaver is still in the group", name)
		}
	}
}

// Active Directory LDS keeps who is disabled in an attribute of its own.
func TestDisabledInLDS(t *testing.T) {
	for value, want := range map[string]string{"TRUE": "disabled in the directory (msDS-UserAccountDisabled)", "true": "disabled in the directory (msDS-UserAccountDisabled)", "FALSE": "", "": ""} {
		user := adUser(1, map[string][]string{"msDS-UserAccountDisabled": {value}})
		delete(user.Attrs, "userAccountControl") // LDS shows none
		if value == "" {
			delete(user.Attrs, "msDS-UserAccountDisabled")
		}
		f := fakeAD(user, adGroup("staff", 1100, adDN(1)))
		f.Root.Attrs["supportedCapabilities"] = []string{rootdse.OIDADLDS}
		ldaptest.StartFake(t, f)
		snap := readLDAP(t, adConfig(f), adNamed("staff"))
		if len(snap.People) != 1 || snap.People[0].Disabled != want {
			t.Errorf("%q: %+v", value, snap.People)
		}
	}
}
