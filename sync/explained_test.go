package sync

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/clerkapi"
)

// TestExplainTellsThePlan: whoever is asked for, by whatever name, the answer
// holds just what the plan does with them, and what Clerk has.
func TestExplainTellsThePlan(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStory(t, rt, false)
		if chance(rt, 4, "a source fails") {
			s.sources = append(s.sources, failing("down"))
		}
		plan := s.run(Run{}).Plan
		i := rapid.IntRange(0, sketchUsers).Draw(rt, "who")
		subject := rapid.SampledFrom([]string{fmt.Sprint("user_", i), sketchAddress(i), fmt.Sprint(i), fmt.Sprintf("UID=%d, O=hr", i), fmt.Sprint("E", i), "cn=ghost"}).Draw(rt, "subject")
		x := s.run(Run{Explain: subject}).Explanation
		if x == nil || !strings.HasPrefix(x.Reason, subject+": ") || len(x.Reason) < len(subject)+5 {
			rt.Fatalf("%s is explained by %+v", subject, x)
		}
		var users []string
		for _, u := range x.Users {
			users = append(users, u.ID)
		}
		known := slices.ContainsFunc(s.clerk.users, func(u clerkapi.User) bool { return u.ID == subject })
		if strings.HasPrefix(subject, "user_") && known != slices.Contains(users, subject) {
			rt.Fatalf("%s is known: %t, and told are %v", subject, known, users)
		}
		told := map[string]Place{}
		for _, p := range x.Organizations {
			told[p.ID] = p
		}
		for o, c := range plan.Changes() {
			if slices.Contains(users, c.UserID) && !slices.Contains(told[o.ID].Changes, *c) {
				rt.Fatalf("%s: the plan has %+v, which is not told: %+v", subject, *c, told[o.ID])
			}
		}
		for _, p := range x.Organizations {
			if p.Verdict == "" && p.Wanted+p.Role != "" {
				rt.Fatalf("%s: no word about %+v", subject, p)
			}
			if m := s.clerk.find(p.ID, subject); m != nil && len(users) == 1 && p.Role != m.Role {
				rt.Fatalf("%s has the role %s, told is %s", subject, m.Role, p.Role)
			}
		}
	})
}

// Each answer that puzzles is said in words.
func TestExplainWords(t *testing.T) {
	for _, x := range []struct {
		name, subject, want string
		change              func(s *story)
	}{
		{"nothing to do", "ann@corp.example", "is org:member, as rule 1: staff wants; nothing to change", nil},
		{"leaves", "bob@corp.example", "the removal of org:member is due: ", nil},
		{"nobody", "x@corp.example", "unknown: no source and no Clerk user has this address, id or DN", nil},
		{"nobody, as far as was read", "x@corp.example", "(not read: down)", func(s *story) { s.sources = append(s.sources, failing("down")) }},
		{"no source", "nina@corp.example", "user u9 is in no source, and in no organization that a rule leads to", nil},
		{"in no group", "7", "is in no group that a rule names", nil},
		{"not ours", "bob@corp.example", "rollcall did not add the membership, and removals: managed removes only those (S26)", func(s *story) { s.clerk.find("org_acme", "u2").Private = []byte("{}") }},
		{"nobody is removed", "bob@corp.example", "removals: none removes nobody", func(s *story) { s.config.Removals = RemovalsNone }},
		{"another owner", "bob@corp.example", `the marker names the owner "other" (S26)`, func(s *story) {
			s.clerk.find("org_acme", "u2").Private = []byte(`{"rollcall":{"owner":"other","source":"hr","id":"2"}}`)
		}},
		{"banned", "ann@corp.example", "user u1 is banned or deprovisioned (S08)", func(s *story) {
			s.clerk.users[0].Banned = true
			s.clerk.find("org_acme", s.clerk.users[0].ID).Banned = true
		}},
		{"unusable", "cn=ghost", "group staff lists it, but it cannot be used: no such object (S10)", func(s *story) {
			if f, ok := s.sources[0].(*fakeSource); ok {
				f.group("staff2", -1)
				f.snapshot.Groups[1].Name = "staff"
			}
		}},
		{"no user", "8", "wants org:member, but new@corp.example: no Clerk user yet", nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			f := newFake("acme", "beta")
			for id, email := range map[string]string{"1": "ann@corp.example", "2": "bob@corp.example", "9": "nina@corp.example"} {
				f.user("u"+id, email)
			}
			slices.SortFunc(f.users, func(a, b clerkapi.User) int { return strings.Compare(a.ID, b.ID) })
			f.member("acme", "u1", "org:member", ours("1"))
			f.member("acme", "u2", "org:member", ours("2"))
			src := hr("1 ann@corp.example", "8 new@corp.example", "7 lone@corp.example").group("staff", 0, 1)
			s := tell(t, f, src)
			s.rule("acme", "org:member", "staff")
			if x.change != nil {
				x.change(s)
			}
			s.sources[0] = faithful{s.sources[0]}
			if got := s.run(Run{Explain: x.subject}).Explanation; !strings.Contains(got.Reason, x.want) {
				t.Errorf("%q, want %q in it", got.Reason, x.want)
			}
		})
	}
}
