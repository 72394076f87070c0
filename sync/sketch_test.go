package sync

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// A sketch is a story drawn so small that addresses, ids and users collide all
// the time: every skip, hold and conflict that a plan knows comes up in some.

const (
	sketchUsers = 8
	sketchRoles = 3
)

var (
	sketchGroups = []string{"staff", "admins", "guests", "team-acme-member", "team-acme-admin", "team-beta-member", "unmapped"}
	sketchRole   = rapid.SampledFrom([]string{"org:admin", "org:member", "org:guest"})
)

// chance is true once in n times.
func chance(rt *rapid.T, n int, what string) bool { return rapid.IntRange(0, n-1).Draw(rt, what) == 1 }

// drawStory draws a story; in one that is plain, markers, external ids and
// addresses never contradict each other: a removal takes the marker with it,
// and with that what only the marker knew.
func drawStory(t *testing.T, rt *rapid.T, plain bool) *story {
	s := tell(t, drawClerk(rt, plain), drawSource(rt, "hr", plain))
	if chance(rt, 3, "a second source") {
		s.sources = append(s.sources, drawSource(rt, "it", plain))
	}
	s.rules = drawRules(rt)
	drawConfig(rt, &s.config)
	return s
}

func sketchAddress(i int) string { return fmt.Sprintf("p%d@corp.example", i) }

// drawSource gives most people the number of their user as id and address.
func drawSource(rt *rapid.T, name string, plain bool) *fake.Source {
	s := &fake.Source{Snapshot: source.Snapshot{Source: name, StableIDs: true}}
	number := rapid.IntRange(0, sketchUsers)
	for i := range rapid.IntRange(0, sketchUsers).Draw(rt, name+" people") {
		p := source.Person{ID: fmt.Sprint(i), Email: sketchAddress(i), Origin: source.Origin{Source: name, DN: fmt.Sprintf("uid=%d,o=%s", i, name)}}
		switch kind := rapid.IntRange(0, 12).Draw(rt, "person"); {
		case kind == 0:
			p.Disabled = "locked"
		case plain:
		case kind == 1:
			p.Email = ""
		case kind == 2:
			p.OtherEmails = []string{sketchAddress(number.Draw(rt, "other"))}
		case kind == 3:
			p.ExternalID = fmt.Sprint("E", number.Draw(rt, "external"))
		case kind == 4:
			p.Email = sketchAddress(number.Draw(rt, "address"))
		}
		if values := rapid.SampledFrom([][]string{nil, {"Sales"}, {"IT", "Ops"}}).Draw(rt, "dept"); values != nil {
			p.Attributes = source.Attributes{{Name: "dept", Values: values}}
		}
		s.Snapshot.People = append(s.Snapshot.People, p)
	}
	for _, g := range sketchGroups {
		drawGroup(rt, s, g, plain)
	}
	return s
}

func drawGroup(rt *rapid.T, s *fake.Source, name string, plain bool) {
	if chance(rt, 4, "no "+name) {
		return
	}
	var members []int
	for i := range s.Snapshot.People {
		if rapid.Bool().Draw(rt, name) {
			members = append(members, i)
		}
	}
	if !plain && chance(rt, 12, "unusable") {
		members = append(members, -1)
	}
	s.Group(name, members...)
}

// drawClerk has a user for each number, with the verified address of some
// number, and members who are ours, somebody else's, nobody's or unknown.
func drawClerk(rt *rapid.T, plain bool) *fake.Clerk {
	f := fake.NewClerk("acme", "beta")
	addresses := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7}).Draw(rt, "addresses")
	if plain || !chance(rt, 3, "addresses moved") {
		slices.Sort(addresses)
	}
	for i, a := range addresses {
		u := f.User(fmt.Sprint("user_", i), sketchAddress(a))
		switch kind := rapid.IntRange(0, 11).Draw(rt, "user"); {
		case kind == 0:
			u.Emails = append(u.Emails, clerkapi.EmailAddress{Address: sketchAddress((a + 1) % sketchUsers)}) // unverified
		case kind == 1:
			u.ExternalID = fmt.Sprint("E", i)
		case kind == 2:
			u.Banned = true
		case kind == 3 && !plain:
			u.Emails[0].Verified = false
		}
	}
	for i := range f.Organizations {
		o := &f.Organizations[i]
		o.MaxMembers = rapid.SampledFrom([]int{0, 0, 5, 8}).Draw(rt, "seats")
		for u := range f.Accounts {
			if rapid.Bool().Draw(rt, "member") {
				drawMember(rt, f, o.Slug, u, plain)
			}
		}
	}
	return f
}

func drawMember(rt *rapid.T, f *fake.Clerk, slug string, user int, plain bool) {
	m := f.Member(slug, f.Accounts[user].ID, sketchRole.Draw(rt, "role"), fake.Ours(fmt.Sprint(user)))
	m.Banned = f.Accounts[user].Banned
	switch kind := rapid.IntRange(0, 9).Draw(rt, "marker"); {
	case kind < 2:
		m.Private = json.RawMessage("{}")
	case kind == 2:
		m.Private = json.RawMessage(`{"rollcall":{"id":"1","owner":"other","source":"hr"}}`)
	case kind == 3:
		m.Private = nil
	case kind == 4 && !plain:
		m.Private = json.RawMessage(fake.Ours(fmt.Sprint(rapid.IntRange(0, sketchUsers).Draw(rt, "marked as"))))
	}
	m.Public = json.RawMessage(rapid.SampledFrom([]string{`{}`, `{"dept":"Sales"}`, `{"dept":"old","note":1}`}).Draw(rt, "public"))
}

func drawRules(rt *rapid.T) []policy.Rule {
	all := []policy.Rule{
		{Groups: policy.GroupPattern{Names: []string{"staff"}}, Organization: "acme", Role: "org:member", Metadata: policy.Templates{Public: map[string]any{"dept": "{dept}"}}},
		{Groups: policy.GroupPattern{Names: []string{"admins", "staff"}}, Organization: "acme", Role: "org:admin"},
		{Groups: policy.GroupPattern{Match: "team-(?<org>[a-z]+)-(?<role>[a-z]+)"}, Organization: "{org}", Role: "org:{role}", Roles: []string{"org:admin", "org:member"}},
		{Groups: policy.GroupPattern{Names: []string{"guests"}}, Organization: "org_beta", Role: "org:guest", RolesMode: policy.RolesAtLeast},
	}
	rules := rapid.Permutation(all).Draw(rt, "rules")[:rapid.IntRange(1, len(all)).Draw(rt, "number of rules")]
	for i := range rules {
		if !chance(rt, 4, "empty groups matter") {
			if rules[i].AllowEmpty = rules[i].Groups.Names; rules[i].Groups.Match != "" {
				rules[i].AllowEmpty = sketchGroups[3:6]
			}
		}
	}
	return rules
}

func drawConfig(rt *rapid.T, c *policy.Config) {
	c.Removals = rapid.SampledFrom([]policy.Removals{policy.RemovalsManaged, policy.RemovalsManaged, policy.RemovalsAll, policy.RemovalsNone}).Draw(rt, "removals")
	c.MinAdmins = rapid.IntRange(0, 2).Draw(rt, "min_admins")
	c.Takeover = chance(rt, 4, "takeover")
	c.Ambiguous = rapid.SampledFrom([]policy.Ambiguous{policy.AmbiguousSkip, policy.AmbiguousSkip, policy.AmbiguousHold}).Draw(rt, "ambiguous")
	c.IDChanged = rapid.SampledFrom([]policy.IDChanged{policy.IDChangedHold, policy.IDChangedHold, policy.IDChangedSame, policy.IDChangedNew}).Draw(rt, "id_changed")
	c.Adopt = rapid.SampledFrom(allAdopts).Draw(rt, "adopt")
	if chance(rt, 4, "protect") {
		c.Protect = []string{"user_2", sketchAddress(3)}
	}
	if chance(rt, 4, "deny") {
		c.Deny = []string{"user_4"}
	}
	for _, l := range []*policy.Limit{&c.Guards.Removals, &c.Guards.AdminLosses, &c.Guards.AdminGrants, &c.Guards.Adds, &c.Guards.RoleChanges} {
		if chance(rt, 4, "guard") {
			*l = policy.Limit{People: rapid.IntRange(0, 2).Draw(rt, "people")}
		}
		if chance(rt, 8, "run-wide guard") {
			l.Run = rapid.IntRange(1, 3).Draw(rt, "run")
		}
	}
}

// copied is the story with a Clerk of its own.
func (s *story) copied() *story {
	out, f := *s, fake.NewClerk()
	out.sources = slices.Clone(s.sources)
	f.Organizations, f.RoleList, f.Sets = slices.Clone(s.clerk.Organizations), slices.Clone(s.clerk.RoleList), slices.Clone(s.clerk.Sets)
	f.Accounts = slices.Clone(s.clerk.Accounts)
	for id, members := range s.clerk.Members {
		f.Members[id] = slices.Clone(members)
	}
	out.clerk = f
	return &out
}

// shuffled is the same story with people, groups, members and Clerk's answers
// in another order.
func (s *story) shuffled(rt *rapid.T) *story {
	out := s.copied()
	f := out.clerk
	f.Organizations, f.Accounts = permuted(rt, f.Organizations), permuted(rt, f.Accounts)
	f.RoleList = permuted(rt, f.RoleList)
	for _, id := range slices.Sorted(maps.Keys(f.Members)) {
		f.Members[id] = permuted(rt, f.Members[id])
	}
	out.sources = nil
	for _, src := range s.sources {
		if s, ok := src.(*fake.Source); ok {
			out.sources = append(out.sources, shuffledSource(rt, s))
		}
	}
	return out
}

func permuted[T any](rt *rapid.T, list []T) []T {
	if len(list) == 0 {
		return nil
	}
	places := make([]int, len(list))
	for i := range places {
		places[i] = i
	}
	var out []T
	for _, i := range rapid.Permutation(places).Draw(rt, "order") {
		out = append(out, list[i])
	}
	return out
}

func shuffledSource(rt *rapid.T, s *fake.Source) *fake.Source {
	out := *s
	places := make([]int, len(s.Snapshot.People))
	for i := range places {
		places[i] = i
	}
	places = permuted(rt, places) // the new place of each person
	out.Snapshot.People = make([]source.Person, len(places))
	for i, place := range places {
		out.Snapshot.People[place] = s.Snapshot.People[i]
	}
	out.Snapshot.Groups = nil
	for _, g := range permuted(rt, s.Snapshot.Groups) {
		members := permuted(rt, g.Members)
		g.Members = nil
		for _, m := range members {
			m.Person = places[m.Person]
			g.Members = append(g.Members, m)
		}
		out.Snapshot.Groups = append(out.Snapshot.Groups, g)
	}
	return &out
}

// bytes is the plan as a file holds it.
func (s *story) bytes() string {
	s.t.Helper()
	return bytesOf(s.t, s.run(Run{}).Plan)
}

func bytesOf(t *testing.T, p *plan.Plan) string {
	t.Helper()
	data, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
