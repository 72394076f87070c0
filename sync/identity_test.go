package sync

import (
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

// Identity, S01 to S08, through whole runs against a Clerk in maps.

func TestS01MarkerOutlivesTheAddress(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "old@corp.example")
	f.Member("acme", "u1", "org:member", fake.Ours("1"))
	s := tell(t, f, fake.HR("1 new@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.plans()
	if f.Reads["users by address"] != 0 {
		t.Error("a person whom the marker names was looked up")
	}
}

func TestS01EveryAddCarriesTheMarker(t *testing.T) {
	t.Parallel()
	for _, mode := range []policy.Removals{policy.RemovalsNone, policy.RemovalsManaged, policy.RemovalsAll} {
		f := fake.NewClerk("acme")
		f.User("u1", "ann@corp.example")
		s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
		s.rule("acme", "org:member", "staff")
		s.config.Removals = mode
		if r := s.run(Run{Apply: true}); r.Tally(apply.Done) != 1 {
			t.Fatalf("%s: %+v", mode, r.Outcomes)
		}
		if got := string(f.Find("org_acme", "u1").Private); got != fake.Ours("1") {
			t.Errorf("%s: private metadata %s", mode, got)
		}
	}
}

func TestS01ExternalIDBeforeAddress(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "private@home.example").ExternalID = "E1"
	s := tell(t, f, fake.HR("1 ann@corp.example ext=E1").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.plans("ready add acme u1 member")
}

func TestS02Conflicts(t *testing.T) {
	t.Parallel()
	const leaver = `{"rollcall":{"id":"9","owner":"rollcall","source":"hr"}}`
	table := []struct {
		name   string
		people []string
		clerk  func(*fake.Clerk)
		told   string
	}{
		{"an address under another id", []string{"1 ann@corp.example"}, func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:admin", leaver)
		}, "is marked with the id 9 of source hr"},
		{"one id on two users", []string{"1 ann@corp.example"}, func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.User("u2", "two@corp.example")
			f.Member("acme", "u1", "org:admin", fake.Ours("1"))
			f.Member("acme", "u2", "org:admin", fake.Ours("1"))
		}, "the markers of 2 accounts name this person: u1, u2"},
		{"two ids on one user", []string{"1 ann@corp.example"}, func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:admin", leaver)
			f.Member("beta", "u1", "org:admin", fake.Ours("1"))
		}, "is marked as 1, and also as 9"},
		{"external_id and address of two users", []string{"1 ann@corp.example ext=E1"}, func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.User("u2", "two@corp.example").ExternalID = "E1"
			f.Member("acme", "u1", "org:admin", leaver)
			f.Member("acme", "u2", "org:admin", leaver)
		}, "account u2 has the external_id E1, but account u1 has verified the address"},
		{"another external_id", []string{"1 ann@corp.example ext=E1"}, func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example").ExternalID = "E2"
			f.Member("acme", "u1", "org:admin", leaver)
		}, "account u1 has the external_id E2, but the directory says E1"},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			f := fake.NewClerk("acme", "beta")
			tt.clerk(f)
			f.User("u5", "eve@corp.example")
			s := tell(t, f, fake.HR(append(tt.people, "5 eve@corp.example")...).Group("staff", 0, 1))
			s.config.Removals = policy.RemovalsAll
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
	t.Parallel()
	for mode, want := range map[policy.IDChanged][]string{
		policy.IDChangedHold: {},
		policy.IDChangedSame: {"ready adopt acme u1"},
		policy.IDChangedNew:  {"ready remove acme u1"},
	} {
		f := fake.NewClerk("acme")
		f.User("u1", "ann@corp.example")
		f.Member("acme", "u1", "org:member", fake.Ours("9"))
		s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
		s.rule("acme", "org:member", "staff")
		s.config.IDChanged = mode
		t.Run(string(mode), func(t *testing.T) { s.t = t; s.plans(want...) })
	}
}

func TestS02NoStableIDIsSaidOnce(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	src := fake.HR("1 ann@corp.example", "2 bob@corp.example").Group("staff", 0, 1)
	src.Snapshot.StableIDs = false
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
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "~ann@corp.example")
	s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	p := s.plans()
	if n := p.Organizations[0].Notes; len(n) != 1 || !strings.Contains(n[0].Text, "S03") {
		t.Errorf("notes %+v", n)
	}
}

func TestS04LookBeforeTheCut(t *testing.T) {
	t.Parallel()
	table := []struct {
		name string
		user func(*fake.Clerk)
		role string // of the membership that nobody seems to want
		want []string
	}{
		{"a verified second address", func(f *fake.Clerk) { f.User("u2", "x@home.example", "ann@corp.example") }, "org:member", []string{"held remove acme u2"}},
		{"the external_id", func(f *fake.Clerk) { f.User("u2", "x@home.example").ExternalID = "E1" }, "org:member", []string{"held remove acme u2"}},
		{"an unverified address", func(f *fake.Clerk) { f.User("u2", "x@home.example", "~ann@corp.example") }, "org:member", []string{"ready remove acme u2"}},
		{"wanted with less", func(f *fake.Clerk) { f.User("u2", "x@home.example", "ann@corp.example") }, "org:admin", []string{"ready remove acme u2"}},
		{"nobody", func(f *fake.Clerk) { f.User("u2", "x@home.example") }, "org:member", []string{"ready remove acme u2"}},
		{"a user who cannot be read", func(*fake.Clerk) {}, "org:member", nil},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			f := fake.NewClerk("acme")
			f.User("u1", "other@corp.example")
			tt.user(f)
			f.Member("acme", "u1", "org:admin", fake.Ours("1"))
			f.Member("acme", "u2", tt.role, fake.Ours("9"))
			s := tell(t, f, fake.HR("1 ann@corp.example ext=E1").Group("staff", 0))
			s.rule("acme", "org:member", "staff").RolesMode = policy.RolesAtLeast
			p := s.plans(tt.want...)
			if len(tt.want) > 0 && strings.HasPrefix(tt.want[0], "held") {
				s.holds(p, "S04 borrowed_address org_acme")
			}
		})
	}
}

func TestS04IdentifierLeavesAsItIs(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "ann@corp.example")
	f.Member("acme", "u1", "org:member", "")
	s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.config.Removals = policy.RemovalsAll
	s.plans()
	if len(f.Reads) != 5 { // instance, organizations, roles, role sets, memberships
		t.Errorf("reads %v: somebody who is as desired was looked up", f.Reads)
	}
	s.rules[0].Role = "org:admin"
	s.plans("ready set_role acme u1 admin")
	if f.Reads["users by address"] != 1 {
		t.Errorf("reads %v: a promotion without a look", f.Reads)
	}
}

func TestS06Ambiguous(t *testing.T) {
	t.Parallel()
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
			f := fake.NewClerk("acme", "beta")
			for _, u := range tt.users {
				f.User(u[0], u[1:]...)
				f.Member("acme", u[0], "org:admin", "")
			}
			f.User("u5", "eve@corp.example")
			src := fake.HR(append(tt.people, "5 eve@corp.example")...)
			all := make([]int, len(src.Snapshot.People))
			for i := range all {
				all[i] = i
			}
			s := tell(t, f, src.Group("staff", all...))
			s.config.Removals = policy.RemovalsAll
			s.rule("acme", "org:member", "staff")
			s.rule("beta", "org:admin", "staff")
			s.plans("ready add acme u5 member", "ready add beta u5 admin")
			s.config.Ambiguous = policy.AmbiguousHold
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
	t.Parallel()
	for _, private := range []string{"", fake.Ours("1")} {
		f := fake.NewClerk("acme", "beta")
		f.User("u1", "ann@corp.example")
		f.Member("acme", "u1", "org:member", private)
		low := fake.HR("4 ann@corp.example", "9 ann@corp.example").Group("admins", 0).Group("ops", 1)
		low.Snapshot.Source = "it"
		s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0), low)
		s.rule("acme", "org:admin", "admins")
		s.rule("acme", "org:member", "staff")
		s.rule("beta", "org:admin", "ops")
		for range 2 {
			if p := s.plans(); p.Unresolved["ambiguous"]+p.Unresolved["identity_conflict"] == 0 {
				t.Errorf("nobody is ambiguous: %+v", p)
			}
			slices.Reverse(low.Snapshot.People)
			low.Snapshot.Groups[0].Members[0].Person, low.Snapshot.Groups[1].Members[0].Person = 1, 0
		}
	}
}

func TestS06MarkerDecides(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	f.User("u1", "ann@corp.example")
	f.Member("acme", "u1", "org:member", fake.Ours("1"))
	s := tell(t, f, fake.HR("1 ann@corp.example", "2 ann@corp.example").Group("staff", 0, 1))
	s.rule("acme", "org:member", "staff")
	s.rule("beta", "org:member", "staff")
	p := s.plans()
	s.holds(p, "S02 identity_conflict org_acme", "S02 identity_conflict org_beta")
}

// Somebody whom a marker joins to their own user keeps no new colleague out by
// writing the address of that colleague (S01, S06). Both entries are named. If the
// other one has no marker, nobody can tell, and neither gains anything.
func TestS06AnotherPersonsOwnEntryKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	for _, marked := range []bool{true, false} {
		f := fake.NewClerk("acme", "beta")
		f.User("u1", "vera@corp.example")
		f.User("u2", "mallory@corp.example")
		if marked {
			f.Member("beta", "u2", "org:member", fake.Ours("2"))
		}
		s := tell(t, f, fake.HR("1 vera@corp.example", "2 vera@corp.example").Group("admins", 0).Group("staff", 1))
		s.rule("acme", "org:admin", "admins")
		s.rule("beta", "org:member", "staff")
		s.config.Ambiguous = policy.AmbiguousHold
		if !marked {
			s.holds(s.plans(), "S06 ambiguous org_acme", "S06 ambiguous org_beta")
			continue
		}
		p := s.plans("ready add acme u1 admin")
		if text := bytesOf(t, p); !strings.Contains(text, "has the same address as hr.csv:3, which has account u2 by the marker; account u1 has verified the address") {
			t.Errorf("nothing is said of the shared address: %s", text)
		}
	}
}

// An entry in no group of the rules is joined to nobody, so it still claims the
// address that it shares.
func TestS06AnEntryWithoutGroupsSharesTheAddress(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "vera@corp.example")
	s := tell(t, f, fake.HR("1 vera@corp.example", "2 vera@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	s.config.Ambiguous = policy.AmbiguousHold
	s.holds(s.plans(), "S06 ambiguous org_acme")
}

func TestS08NobodyWhoIsBannedOrDenied(t *testing.T) {
	t.Parallel()
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
	for _, marker := range []string{"", fake.Ours("1")} {
		for _, tt := range table {
			t.Run(tt.name, func(t *testing.T) {
				f := fake.NewClerk("acme", "beta")
				tt.user(f.User("u1", "ann@corp.example"))
				src := fake.HR("1 ann@corp.example").Group("staff", 0)
				if strings.HasPrefix(tt.deny, "D") {
					src.Snapshot.People[0].ExternalID = "D1"
				}
				s := tell(t, f, src)
				s.rule("acme", "org:member", "staff")
				want := []string{tt.want + " add acme u1 member"}
				if marker != "" {
					// Joined by the marker of another organization, so never looked up.
					s.rule("beta", "org:member", "staff")
					f.Member("beta", "u1", "org:member", marker)
					f.Members["org_beta"][0].Banned = f.Accounts[0].Banned
					f.Members["org_beta"][0].Deprovisioned = f.Accounts[0].Deprovisioned
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
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("u1", "ann@corp.example")
	f.Member("acme", "u1", "org:member", fake.Ours("1")).Banned = true
	s := tell(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
	s.rule("acme", "org:admin", "staff")
	s.plans("skipped set_role acme u1 admin")
}
