package sync

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/clerkapi"
	"rollcall/sync/explain"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

// TestExplainTellsThePlan: whoever is asked for, by whatever name, the answer
// holds just what the plan does with them, and what Clerk has.
func TestExplainTellsThePlan(t *testing.T) {
	t.Parallel()
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
		known := slices.ContainsFunc(s.clerk.Accounts, func(u clerkapi.User) bool { return u.ID == subject })
		if strings.HasPrefix(subject, "user_") && known != slices.Contains(users, subject) {
			rt.Fatalf("%s is known: %t, and told are %v", subject, known, users)
		}
		told := map[string]explain.Place{}
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
			if m := s.clerk.Find(p.ID, subject); m != nil && len(users) == 1 && p.Role != m.Role {
				rt.Fatalf("%s has the role %s, told is %s", subject, m.Role, p.Role)
			}
		}
	})
}

// Each answer that puzzles is said in words.
func TestExplainWords(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name, subject, want string
		change              func(s *story)
	}{
		{"nothing to do", "ann@corp.example", "is org:member by rule 1: staff; nothing to change", nil},
		{"leaves", "bob@corp.example", "the removal of org:member is due: ", nil},
		{"nobody", "x@corp.example", "no such person: not in the one source that was read, and not in Clerk", nil},
		{"nobody, as far as was read", "x@corp.example", "(not read: down)", func(s *story) { s.sources = append(s.sources, failing("down")) }},
		{"no source", "nina@corp.example", "account u9 is not in the one source that was read, and not in any organization of the rules", nil},
		{"in no group", "7", "is not in any group that a rule uses", nil},
		{"not ours", "bob@corp.example", "rollcall did not add this member, and removals: managed removes only members that rollcall added (S26)", func(s *story) { s.clerk.Find("org_acme", "u2").Private = []byte("{}") }},
		{"nobody is removed", "bob@corp.example", "removals: none removes nobody", func(s *story) { s.config.Removals = policy.RemovalsNone }},
		{"another owner", "bob@corp.example", `the marker names the owner "other" (S26)`, func(s *story) {
			s.clerk.Find("org_acme", "u2").Private = []byte(`{"rollcall":{"owner":"other","source":"hr","id":"2"}}`)
		}},
		{"banned", "ann@corp.example", "account u1 is banned or deprovisioned (S08)", func(s *story) {
			s.clerk.Accounts[0].Banned = true
			s.clerk.Find("org_acme", s.clerk.Accounts[0].ID).Banned = true
		}},
		{"unusable", "cn=ghost", "group staff lists this entry, but the entry no such object (S10)", func(s *story) {
			if f, ok := s.sources[0].(*fake.Source); ok {
				f.Group("staff2", -1)
				f.Snapshot.Groups[1].Name = "staff"
			}
		}},
		{"no user", "8", "should be org:member by rule 1: staff, but new@corp.example: has no Clerk account yet", nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			f := fake.NewClerk("acme", "beta")
			for id, email := range map[string]string{"1": "ann@corp.example", "2": "bob@corp.example", "9": "nina@corp.example"} {
				f.User("u"+id, email)
			}
			slices.SortFunc(f.Accounts, func(a, b clerkapi.User) int { return strings.Compare(a.ID, b.ID) })
			f.Member("acme", "u1", "org:member", fake.Ours("1"))
			f.Member("acme", "u2", "org:member", fake.Ours("2"))
			src := fake.HR("1 ann@corp.example", "8 new@corp.example", "7 lone@corp.example").Group("staff", 0, 1)
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
