package sync

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"rollcall/source"
)

func TestS19Protected(t *testing.T) {
	for _, entry := range []string{"u1", "E1", "ann@corp.example", "*@corp.example", "ann@home.example"} {
		f := newFake("acme")
		f.user("u1", "ann@corp.example", "ann@home.example").ExternalID = "E1"
		f.member("acme", "u1", "org:admin", ours("1"))
		f.user("u2", "bob@else.example")
		f.member("acme", "u2", "org:admin", ours("2"))
		s := tell(t, f, hr("2 bob@else.example").group("staff", 0))
		s.rule("acme", "org:admin", "staff")
		s.config.Protect = []string{entry}
		s.plans("skipped remove acme u1")
		// The same for somebody who is wanted: neither role nor metadata moves.
		s.sources[0] = hr("2 bob@else.example", "1 other@corp.invalid").group("staff", 0).group("guests", 1)
		g := s.rule("acme", "org:guest", "guests")
		g.Metadata.Public = map[string]any{"kind": "guest"}
		s.plans("skipped set_metadata acme u1", "skipped set_role acme u1 guest")
		s.rules[1].Role = "org:admin"
		s.plans("skipped set_metadata acme u1")
	}
}

func TestS19LastAdmins(t *testing.T) {
	table := []struct {
		name                  string
		minimum, before       int
		losses, gains         int
		skipped, after        int
		inviting, heldPromise bool
	}{
		{name: "last one", minimum: 1, before: 1, losses: 1, skipped: 1, after: 1},
		{name: "one of two", minimum: 1, before: 2, losses: 1, after: 1},
		{name: "replaced", minimum: 1, before: 1, losses: 1, gains: 1, after: 1},
		{name: "an invited admin is none yet", minimum: 1, before: 1, losses: 1, gains: 1, inviting: true, skipped: 1, after: 1},
		{name: "a held promotion is none yet", minimum: 1, before: 1, losses: 1, gains: 1, heldPromise: true, skipped: 1, after: 1},
		{name: "fewer than the minimum already, not lowered", minimum: 3, before: 2, losses: 1, gains: 1, after: 2},
		{name: "fewer than the minimum already, lowered", minimum: 3, before: 2, losses: 1, skipped: 1, after: 2},
		{name: "none at all", minimum: 1, before: 0, after: 0},
		{name: "no minimum", minimum: 0, before: 1, losses: 1, after: 0},
		{name: "two of three, minimum two", minimum: 2, before: 3, losses: 2, skipped: 1, after: 2},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			o := &OrganizationPlan{AdminsBefore: tt.before}
			for range tt.gains {
				c := Change{Action: Add, Admin: AdminGained, State: Ready}
				if tt.inviting {
					c.Action = Invite
				}
				if tt.heldPromise {
					c.State = Held
				}
				o.Changes = append(o.Changes, c)
			}
			for range tt.losses {
				o.Changes = append(o.Changes, Change{Action: Remove, Admin: AdminLost, State: Ready})
			}
			skipLastAdmins(o, tt.minimum)
			skipped := 0
			for _, c := range o.Changes {
				if c.SkippedFor() == "last_admin" {
					skipped++
				}
			}
			if skipped != tt.skipped || o.AdminsAfter != tt.after {
				t.Errorf("skipped %d, %d admins after", skipped, o.AdminsAfter)
			}
		})
	}
}

// Every way to be unresolved is counted under a name of its own.
func TestUnresolvedPeopleAreCountedByReason(t *testing.T) {
	v := &resolver{people: []*person{{}, {userID: "user_1"}, {}, {trouble: &trouble{rule: "S06"}}, {trouble: &trouble{rule: "S02"}}, {trouble: &trouble{rule: "S10"}}}}
	want := map[string]int{"no_user": 2, "ambiguous": 1, "identity_conflict": 1, "unreadable_members": 1}
	if got := v.unresolved(); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestS19Seats(t *testing.T) {
	table := []struct {
		name                  string
		limit, before         int
		adds, leavers, admins int
		order                 string // of what is ready: - removal, + add, a removal of an admin
	}{
		{"room", 10, 5, 2, 1, 0, "++-"},
		{"no limit", 0, 5, 3, 0, 0, "+++"},
		{"just room", 7, 5, 2, 1, 0, "++-"},
		{"one short, one leaves", 6, 5, 2, 2, 0, "-++-"},
		{"full, two leave, three come", 5, 5, 3, 2, 0, "--++"},
		{"full, nobody leaves", 5, 5, 2, 0, 0, ""},
		{"only an admin leaves", 5, 5, 1, 0, 1, "a"},
		{"over the limit already", 3, 5, 1, 4, 0, "---+-"},
		{"over the limit, nobody comes", 3, 5, 0, 2, 1, "--a"},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			o := &OrganizationPlan{Seats: Seats{Before: tt.before, Limit: tt.limit}}
			add := func(n int, c Change) {
				for range n {
					c.State = Ready
					o.Changes = append(o.Changes, c)
				}
			}
			add(tt.adds, Change{Action: Add})
			add(tt.leavers, Change{Action: Remove})
			add(tt.admins, Change{Action: Remove, Admin: AdminLost})
			for range 2 { // settling twice is settling once
				seat(o)
				var b strings.Builder
				for _, c := range o.Changes {
					switch {
					case c.State != Ready:
					case c.Admin == AdminLost:
						b.WriteString("a")
					default:
						b.WriteString(c.Action.Symbol())
					}
				}
				if b.String() != tt.order {
					t.Fatalf("order %q, want %q", b.String(), tt.order)
				}
			}
			if want := tt.before + strings.Count(tt.order, "+") - strings.Count(tt.order, "-") - strings.Count(tt.order, "a"); o.seatsAfter() != want {
				t.Errorf("%d seats after, want %d", o.seatsAfter(), want)
			}
		})
	}
}

func TestS19RoleOutsideTheSet(t *testing.T) {
	f := newFake("acme")
	f.organizations[0].RoleSet = "role_set:small"
	f.sets = append(f.sets, f.sets[0])
	f.sets[1].Key, f.sets[1].Type, f.sets[1].Roles = "role_set:small", "custom", []string{"org:member"}
	f.user("u1", "ann@corp.example")
	f.user("u2", "bob@corp.example")
	f.member("acme", "u2", "org:member", ours("2"))
	s := tell(t, f, hr("1 ann@corp.example", "2 bob@corp.example").group("staff", 0, 1))
	s.rule("acme", "org:guest", "staff")
	s.plans("skipped add acme u1 guest", "skipped set_role acme u2 guest")
	f.organizations[0].RoleSet = "role_set:unheard"
	s.plans("ready add acme u1 guest", "ready set_role acme u2 guest")
	// A row without a role, as a faulty source could give, becomes no call.
	src := hr("1 ann@corp.example")
	src.snapshot.Rows = []source.Row{{Person: 0, Organization: "acme"}}
	s.rules, s.sources = nil, []source.Source{src}
	s.plans("skipped add acme u1", "ready remove acme u2")
}

func TestOversizeMetadataIsSkipped(t *testing.T) {
	for size, want := range map[int]string{MaxMetadata - 12: "ready add acme u1 member", MaxMetadata: "skipped add acme u1 member"} {
		f := newFake("acme")
		f.user("u1", "ann@corp.example")
		s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
		s.rule("acme", "org:member", "staff").Metadata.Public = map[string]any{"text": strings.Repeat("x", size)}
		s.plans(want)
	}
	// What is there already counts too.
	f := newFake("acme")
	f.user("u1", "ann@corp.example")
	f.member("acme", "u1", "org:member", ours("1")).Public = fmt.Appendf(nil, `{"old":%q}`, strings.Repeat("x", 8000))
	s := tell(t, f, hr("1 ann@corp.example").group("staff", 0))
	s.rule("acme", "org:member", "staff").Metadata.Public = map[string]any{"text": strings.Repeat("x", 300)}
	p := s.plans("skipped set_metadata acme u1")
	for _, c := range p.Changes() {
		if !strings.Contains(c.Why, "8320 bytes, Clerk allows 8192") {
			t.Errorf("why %q", c.Why)
		}
	}
}
