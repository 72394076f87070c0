package sync

import (
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi"
)

// Identity, S01 to S08, through whole runs against a Clerk in maps.

func TestS01MarkerOutlivesTheAddress(t *testing.T) {
	f := newFake("acme")
	f.user("u1", "old@corp.example")
	f.member("acme", "u1", "org:member", ours("1"))
	s := tell(t, f, hr("1 new@corp.example").group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.plans()
	if f.reads["users by address"] != 0 {
		t.Error("a person whom the marker names was looked up")
	}
}

func TestS01EveryAddCarriesTheMarker(t *testing.T) {
	for _, mode := range []Removals{RemovalsNone, RemovalsManaged, RemovalsAll} {
		f := newFake("acme")
		f.user("u1", "ann@corp.example")
		s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
		s.rule("acme", "org:member", "staff")
		s.config.Removals = mode
		if r := s.run(Run{Apply: true}); r.Tally(Done) != 1 {
			t.Fatalf("%s: %+v", mode, r.Outcomes)
		}
		if got := string(f.find("org_acme", "u1").Private); got != ours("1") {
			t.Errorf("%s: private metadata %s", mode, got)
		}
	}
}

func TestS01ColumnCannotForgeTheMarker(t *testing.T) {
	got := rowMetadata(hr("1 rollcall=forged dept=x").snapshot.People[0].Attributes)
	if _, ok := got[markerKey]; ok || got["dept"] != "x" {
		t.Errorf("row metadata %v", got)
	}
}

func TestS01ExternalIDBeforeAddress(t *testing.T) {
	f := newFake("acme")
	f.user("u1", "private@home.example").ExternalID = "E1"
	s := tell(t, f, hr("1 ann@corp.example ext=E1").group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.plans("ready add acme u1 member")
}

func TestS02Conflicts(t *testing.T) {
	const leaver = `{"rollcall":{"id":"9","owner":"rollcall","source":"hr"}}`
	table := []struct {
		name   string
		people []string
		clerk  func(*fakeClerk)
		told   string
	}{
		{"an address under another id", []string{"1 ann@corp.example"}, func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
			f.member("acme", "u1", "org:admin", leaver)
		}, "is marked as 9 of source hr"},
		{"one id on two users", []string{"1 ann@corp.example"}, func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
			f.user("u2", "two@corp.example")
			f.member("acme", "u1", "org:admin", ours("1"))
			f.member("acme", "u2", "org:admin", ours("1"))
		}, "is marked on 2 users: u1, u2"},
		{"two ids on one user", []string{"1 ann@corp.example"}, func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
			f.member("acme", "u1", "org:admin", leaver)
			f.member("beta", "u1", "org:admin", ours("1"))
		}, "is marked as 1, and also as 9"},
		{"external_id and address of two users", []string{"1 ann@corp.example ext=E1"}, func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
			f.user("u2", "two@corp.example").ExternalID = "E1"
			f.member("acme", "u1", "org:admin", leaver)
			f.member("acme", "u2", "org:admin", leaver)
		}, "external_id E1 is user u2, but the address is verified by u1"},
		{"another external_id", []string{"1 ann@corp.example ext=E1"}, func(f *fakeClerk) {
			f.user("u1", "ann@corp.example").ExternalID = "E2"
			f.member("acme", "u1", "org:admin", leaver)
		}, "user u1 has the external_id E2, the directory says E1"},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake("acme", "beta")
			tt.clerk(f)
			f.user("u5", "eve@corp.example")
			s := tell(t, f, hr(append(tt.people, "5 eve@corp.example")...).group("staff", 0, 1))
			s.config.Removals = RemovalsAll
			s.rule("acme", "org:member", "staff")
			s.rule("beta", "org:member", "staff")
			p := s.plans("ready add acme u5 member", "ready add beta u5 member")
			s.holds(p, "S02 identity_conflict org_acme", "S02 identity_conflict org_beta")
			if !strings.Contains(p.Holds[0].Text, tt.told) {
				t.Errorf("the hold says %q", p.Holds[0].Text)
			}
		})
	}
}

func TestS02IDChanged(t *testing.T) {
	for mode, want := range map[IDChanged][]string{
		IDChangedHold: {},
		IDChangedSame: {"ready adopt acme u1"},
		IDChangedNew:  {"ready remove acme u1"},
	} {
		f := newFake("acme")
		f.user("u1", "ann@corp.example")
		f.member("acme", "u1", "org:member", ours("9"))
		s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
		s.rule("acme", "org:member", "staff")
		s.config.IDChanged = mode
		t.Run(string(mode), func(t *testing.T) { s.t = t; s.plans(want...) })
	}
}

func TestS02NoStableIDIsSaidOnce(t *testing.T) {
	f := newFake("acme")
	src := hr("1 ann@corp.example", "2 bob@corp.example").group("staff", 0, 1)
	src.snapshot.StableIDs = false
	s := tell(t, f, src)
	s.rule("acme", "org:member", "staff")
	n := 0
	for _, note := range s.plans().Notes {
		if note.Rule == "S02" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("said %d times", n)
	}
}

func TestS03UnverifiedJoinsNobody(t *testing.T) {
	f := newFake("acme")
	f.user("u1", "~ann@corp.example")
	s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
	s.rule("acme", "org:member", "staff")
	p := s.plans()
	if n := p.Organizations[0].Notes; len(n) != 1 || !strings.Contains(n[0].Text, "S03") {
		t.Errorf("notes %+v", n)
	}
}

func TestS04LookBeforeTheCut(t *testing.T) {
	table := []struct {
		name string
		user func(*fakeClerk)
		role string // of the membership that nobody seems to want
		want []string
	}{
		{"a verified second address", func(f *fakeClerk) { f.user("u2", "x@home.example", "ann@corp.example") }, "org:member", nil},
		{"the external_id", func(f *fakeClerk) { f.user("u2", "x@home.example").ExternalID = "E1" }, "org:member", nil},
		{"an unverified address", func(f *fakeClerk) { f.user("u2", "x@home.example", "~ann@corp.example") }, "org:member", []string{"ready remove acme u2"}},
		{"wanted with less", func(f *fakeClerk) { f.user("u2", "x@home.example", "ann@corp.example") }, "org:admin", []string{"ready remove acme u2"}},
		{"nobody", func(f *fakeClerk) { f.user("u2", "x@home.example") }, "org:member", []string{"ready remove acme u2"}},
		{"a user who cannot be read", func(*fakeClerk) {}, "org:member", nil},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake("acme")
			f.user("u1", "other@corp.example")
			tt.user(f)
			f.member("acme", "u1", "org:admin", ours("1"))
			f.member("acme", "u2", tt.role, ours("9"))
			s := tell(t, f, hr("1 ann@corp.example ext=E1").group("staff", 0))
			s.rule("acme", "org:member", "staff").RolesMode = RolesAtLeast
			s.plans(tt.want...)
		})
	}
}

func TestS04IdentifierLeavesAsItIs(t *testing.T) {
	f := newFake("acme")
	f.user("u1", "ann@corp.example")
	f.member("acme", "u1", "org:member", "")
	s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.config.Removals = RemovalsAll
	s.plans()
	if len(f.reads) != 4 {
		t.Errorf("reads %v: somebody who is as desired was looked up", f.reads)
	}
	s.rules[0].Role = "org:admin"
	s.plans("ready set_role acme u1 admin")
	if f.reads["users by address"] != 1 {
		t.Errorf("reads %v: a promotion without a look", f.reads)
	}
}

func TestS06Ambiguous(t *testing.T) {
	table := []struct {
		name   string
		people []string
		users  [][]string
	}{
		{"two people claim one user", []string{"1 ann@corp.example", "2 ann.b@corp.example"}, [][]string{{"u1", "ann@corp.example", "ann.b@corp.example"}}},
		{"two people share an address", []string{"1 ann@corp.example", "2 ann@corp.example"}, [][]string{{"u1", "ann@corp.example"}}},
		{"one person matches two users", []string{"1 ann@corp.example ann.b@corp.example"}, [][]string{{"u1", "ann@corp.example"}, {"u2", "ann.b@corp.example"}}},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake("acme", "beta")
			for _, u := range tt.users {
				f.user(u[0], u[1:]...)
				f.member("acme", u[0], "org:admin", "")
			}
			f.user("u5", "eve@corp.example")
			src := hr(append(tt.people, "5 eve@corp.example")...)
			all := make([]int, len(src.snapshot.People))
			for i := range all {
				all[i] = i
			}
			s := tell(t, f, src.group("staff", all...))
			s.config.Removals = RemovalsAll
			s.rule("acme", "org:member", "staff")
			s.rule("beta", "org:admin", "staff")
			s.plans("ready add acme u5 member", "ready add beta u5 admin")
			s.config.Ambiguous = AmbiguousHold
			p := s.plans("held add acme u5 member", "held add beta u5 admin")
			if p.Holds[0].Rule != "S06" || p.Holds[0].Changes != 1 {
				t.Errorf("holds %+v", p.Holds)
			}
		})
	}
}

// Two of a lower source share the address of somebody above: nobody can tell
// which of them she is, so she gets the groups of neither.
func TestS06TwinsOfALowerSource(t *testing.T) {
	for _, private := range []string{"", ours("1")} {
		f := newFake("acme", "beta")
		f.user("u1", "ann@corp.example")
		f.member("acme", "u1", "org:member", private)
		low := hr("4 ann@corp.example", "9 ann@corp.example").group("admins", 0).group("ops", 1)
		low.snapshot.Source = "it"
		s := tell(t, f, hr("1 ann@corp.example").group("staff", 0), low)
		s.rule("acme", "org:admin", "admins")
		s.rule("acme", "org:member", "staff")
		s.rule("beta", "org:admin", "ops")
		for range 2 {
			if p := s.plans(); p.Unresolved["ambiguous"]+p.Unresolved["identity_conflict"] == 0 {
				t.Errorf("nobody is ambiguous: %+v", p)
			}
			slices.Reverse(low.snapshot.People)
			low.snapshot.Groups[0].Members[0].Person, low.snapshot.Groups[1].Members[0].Person = 1, 0
		}
	}
}

func TestS06MarkerDecides(t *testing.T) {
	f := newFake("acme", "beta")
	f.user("u1", "ann@corp.example")
	f.member("acme", "u1", "org:member", ours("1"))
	s := tell(t, f, hr("1 ann@corp.example", "2 ann@corp.example").group("staff", 0, 1))
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "staff")
	p := s.plans()
	s.holds(p, "S02 identity_conflict org_acme", "S02 identity_conflict org_beta")
}

func TestS08NobodyWhoIsBannedOrDenied(t *testing.T) {
	table := []struct {
		name string
		deny string
		user func(*clerkapi.User)
		want string
	}{
		{"welcome", "nobody@corp.example", func(*clerkapi.User) {}, "ready"},
		{"banned", "", func(u *clerkapi.User) { u.Banned = true }, "skipped"},
		{"deprovisioned", "", func(u *clerkapi.User) { u.Deprovisioned = true }, "skipped"},
		{"user id", "u1", func(*clerkapi.User) {}, "skipped"},
		{"address", "ANN@Corp.Example", func(*clerkapi.User) {}, "skipped"},
		{"glob", "*@CORP.example", func(*clerkapi.User) {}, "skipped"},
		{"external id in Clerk", "E7", func(u *clerkapi.User) { u.ExternalID = "E7" }, "skipped"},
		{"external id in the directory", "D1", func(u *clerkapi.User) { u.ExternalID = "D1" }, "skipped"},
		{"another verified address", "ann@home.example", func(u *clerkapi.User) {
			u.Emails = append(u.Emails, clerkapi.EmailAddress{Address: "Ann@home.example", Verified: true})
		}, "skipped"},
	}
	for _, marker := range []string{"", ours("1")} {
		for _, tt := range table {
			t.Run(tt.name, func(t *testing.T) {
				f := newFake("acme", "beta")
				tt.user(f.user("u1", "ann@corp.example"))
				src := hr("1 ann@corp.example").group("staff", 0)
				if strings.HasPrefix(tt.deny, "D") {
					src.snapshot.People[0].ExternalID = "D1"
				}
				s := tell(t, f, src)
				s.rule("acme", "org:member", "staff")
				want := []string{tt.want + " add acme u1 member"}
				if marker != "" {
					// Joined by the marker of another organization, so never looked up.
					s.rule("beta", "org:member", "staff")
					f.member("beta", "u1", "org:member", marker)
					f.members["org_beta"][0].Banned = f.users[0].Banned
					f.members["org_beta"][0].Deprovisioned = f.users[0].Deprovisioned
				}
				if tt.deny != "" {
					s.config.Deny = []string{tt.deny}
				}
				s.plans(want...)
			})
		}
	}
}

func TestS08NoPromotion(t *testing.T) {
	f := newFake("acme")
	f.user("u1", "ann@corp.example")
	f.member("acme", "u1", "org:member", ours("1")).Banned = true
	s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
	s.rule("acme", "org:admin", "staff")
	s.plans("skipped set_role acme u1 admin")
}

func TestS05Lists(t *testing.T) {
	table := []struct {
		entry, value string
		want         bool
	}{
		{"user_1", "user_1", true},
		{"user_1", "USER_1", false},
		{"Ann@Corp.Example", "ann@corp.example", true},
		{"\u212Aim@corp.example", "kim@corp.example", false},
		{"kim@corp.example", "\u212Aim@corp.example", false},
		{"*@corp.example", "a/b@corp.example", true},
		{"*@corp.example", "ann@evil.corp.example", false},
		{"*@CORP.example", "ann@corp.example", true},
		{"*@m\u00fcnchen.example", "ann@xn--mnchen-3ya.example", true},
		{"adm-?@corp.example", "adm-1@corp.example", true},
		{"adm-?@corp.example", "adm-12@corp.example", false},
		{"*@*.corp.example", "ann@eu.corp.example", true},
		{"[ab]*@corp.example", "bob@corp.example", true},
		{"*@*", "user_1", false},
		{"user_1", "", false},
	}
	for _, tt := range table {
		if got := newList([]string{tt.entry}).has(tt.value); got != tt.want {
			t.Errorf("%q means %q: %v", tt.entry, tt.value, got)
		}
	}
}
