package sync

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/explain"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
)

// Whoever loses a role is told why the former role is gone, and not only which rule gives
// the new one. A promotion needs no such words.
func TestALostRoleSaysWhy(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		has   string
		story func(s *story, src *fake.Source)
		want  string
	}{
		"left the group": {"org:admin", func(s *story, src *fake.Source) {
			s.rule("acme", "org:admin", "admins")
			src.Group("staff", 0, 1).Group("admins", 0)
		}, "rule 2: staff; not in admins, which gives org:admin"},
		"left both groups": {"org:admin", func(s *story, src *fake.Source) {
			s.rule("acme", "org:admin", "admins", "owners")
			src.Group("staff", 0, 1).Group("admins", 0).Group("owners", 0)
		}, "rule 2: staff; not in admins, owners, which give org:admin"},
		"no rule gives it": {"org:admin", func(s *story, src *fake.Source) {
			s.rule("other", "org:admin", "admins") // of another organization
			src.Group("staff", 0, 1).Group("admins", 0)
		}, "rule 2: staff; no rule gives org:admin here"},
		"a neutral role": {"org:guest", func(s *story, src *fake.Source) {
			s.rule("other", "org:member", "others")
			src.Group("staff", 0, 1).Group("others", 0)
		}, "rule 2: staff; no rule gives org:guest here"},
		"another rule comes first": {"org:guest", func(s *story, src *fake.Source) {
			s.rule("other", "org:member", "others")
			s.rule("acme", "org:member", "staff")
			s.rule("acme", "org:guest", "guests")
			src.Group("staff", 0, 1).Group("guests", 1).Group("others", 0)
		}, "rule 2: staff; takes precedence over org:guest by rule 3: guests"},
		"its first group, whatever the order of the sources": {"org:guest", func(s *story, src *fake.Source) {
			s.rule("acme", "org:member", "staff")
			s.rule("acme", "org:guest", "visitors", "aides")
			src.Group("staff", 0, 1).Group("visitors", 1)
			s.sources = append(s.sources, fake.HR("2 ben@corp.example").Named("corp").Group("aides", 0))
			s.config.SameIDs = corpAndHR
		}, "rule 1: staff; takes precedence over org:guest by rule 2: aides"},
		"its time is over": {"org:admin", func(s *story, src *fake.Source) {
			s.rule("acme", "org:admin", "admins")
			src.Group("admins", 0, 1).Group("staff", 0, 1)
			src.Snapshot.Groups[0].Members[1].Periods = []*source.Period{{End: time.Now().Add(-time.Hour), EndedBy: "end"}}
		}, "rule 2: staff; org:admin by rule 1: admins has ended"},
	} {
		t.Run(name, func(t *testing.T) {
			f := fake.NewClerk("acme", "other")
			f.User("user_ann", "ann@corp.example")
			f.User("user_ben", "ben@corp.example")
			f.Member("acme", "user_ann", "org:admin", fake.Ours("1"))
			f.Member("acme", "user_ben", x.has, fake.Ours("2"))
			src := fake.HR("1 ann@corp.example", "2 ben@corp.example")
			s := tell(t, f, src)
			x.story(s, src)
			s.rule("acme", "org:member", "staff")
			found := ""
			for _, c := range s.run(Run{}).Plan.Changes() {
				if c.UserID == "user_ben" && c.Action == plan.SetRole {
					found = c.Because
				}
			}
			if found != x.want {
				t.Errorf("got  %q\nwant %q", found, x.want)
			}
		})
	}
	t.Run("a promotion", func(t *testing.T) {
		c, _ := changed(t)
		for _, change := range c.plan().Changes() {
			if change.Action == plan.SetRole && change.Because != "rule 2: admins" {
				t.Errorf("%q", change.Because)
			}
		}
	})
}

// Explain answers why somebody is no longer admin after the demotion has been made: in
// its first line, in the past, and for whoever was removed from one organization only.
func TestExplainSaysWhyARoleIsGone(t *testing.T) {
	t.Parallel()
	c, f := changed(t)
	c.rule("other", "org:member", "everybody")
	f.Organizations = append(f.Organizations, fake.NewClerk("other").Organizations...)
	c.source().Group("everybody", 0, 1, 2, 3)
	c.apply()
	if r := c.explained("user_ben").Reason; strings.Contains(r, "was org:member until") {
		t.Errorf("a promotion is explained as a loss: %s", r)
	}
	groups := c.source().Snapshot.Groups
	for i := range groups {
		if groups[i].Name == "admins" {
			groups[i].Members = []source.Member{{Person: 0}}
		}
		if groups[i].Name == "staff" {
			groups[i].Members = append(groups[i].Members, source.Member{Person: 1})
		}
	}
	if r := c.apply(); r.Tally(apply.Done) == 0 {
		t.Fatalf("%+v", r.Plan)
	}
	why := "rule 1: staff; not in admins, which gives org:admin"
	x := c.explained("user_ben")
	if !strings.Contains(x.Reason, "acme: is org:member by rule 1: staff; nothing to change; was org:admin until run ") || !strings.Contains(x.Reason, why) || !slices.ContainsFunc(x.Past, func(p explain.Past) bool { return p.Change.Because == why }) {
		t.Errorf("%s\n%+v", x.Reason, x.Past)
	}
	if r := c.explained("user_cy").Reason; !strings.Contains(r, "acme: removed by run 1 on 2026-03-02, was org:member (moved: ") || !strings.Contains(r, "other: is org:member") {
		t.Errorf("removed from one of two: %s", r)
	}
	f.Find("org_acme", "user_ben").Role = "org:guest"
	if r := c.explained("user_ben").Reason; !strings.Contains(r, "gave org:member, and somebody else changed it in Clerk since") {
		t.Errorf("changed by hand: %s", r)
	}
}
