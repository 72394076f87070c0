package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/clerkapi"
)

// applyStory has n members of acme who are to leave, and one who comes.
func applyStory(t *testing.T, leavers int) *story {
	f := newFake("acme")
	f.user("u-new", "new@corp.example")
	for i := range leavers {
		id := fmt.Sprintf("u%03d", i)
		f.user(id, id+"@corp.example")
		f.member("acme", id, "org:member", ours(fmt.Sprint("id", i)))
	}
	s := tell(t, f, hr("new new@corp.example").group("staff", 0))
	s.rule("acme", "org:member", "staff")
	return s
}

func TestS33AddThatExistsAlready(t *testing.T) {
	table := []struct {
		name, private string
		find          error
		want          Result
	}{
		{"with our marker: our own lost call", ours("new"), nil, Done},
		{"without", "{}", nil, Found},
		{"with another id", ours("other"), nil, Found},
		{"that cannot be read", ours("new"), errors.New("server fault"), Failed},
		{"that is not listed", "", nil, Failed},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			s := applyStory(t, 0)
			s.clerk.faults["create org_acme u-new"] = &clerkapi.Error{Status: 400, Code: "already_a_member_in_organization", Attempts: 2}
			s.clerk.faults["find org_acme u-new"] = tt.find
			s.clerk.during = func(string) {
				if tt.private != "" {
					s.clerk.member("acme", "u-new", "org:member", tt.private)
				}
			}
			if r := s.run(Run{Apply: true}); len(r.Outcomes) != 1 || r.Outcomes[0].Result != tt.want {
				t.Errorf("%+v", r.Outcomes)
			}
		})
	}
}

func TestOutcomes(t *testing.T) {
	table := []struct {
		code   string
		status int
		call   string
		want   Result
	}{
		{"resource_not_found", 404, "delete", Found},
		{"organization_minimum_permissions_needed", 400, "delete", Dropped},
		{"organization_membership_managed_by_scim", 409, "delete", Dropped},
		{"organization_membership_quota_exceeded", 403, "create", Failed},
		{"internal", 500, "create", Failed},
	}
	for _, tt := range table {
		s := applyStory(t, 1)
		s.clerk.faults[tt.call+" * *"] = &clerkapi.Error{Status: tt.status, Code: tt.code}
		r := s.run(Run{Apply: true})
		if r.Tally(tt.want) != 1 || r.Tally(Done) != 1 {
			t.Errorf("%s of %s: %+v", tt.code, tt.call, r.Outcomes)
		}
	}
}

func TestUnbuiltActionsFailAlone(t *testing.T) {
	r := applyStory(t, 0)
	reconciler, err := New(r.config, r.rules, r.sources, r.clerk)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []Action{Invite, CreateUser, RevokeInvitation, 0} {
		if o := reconciler.applyOne(t.Context(), &Change{Action: a}); o.Result != Failed || o.Error == "" {
			t.Errorf("%s: %+v", a, o)
		}
	}
}

// More than half of at least ten calls: the organization stops; others go on.
func TestErrorBudget(t *testing.T) {
	for failing, stops := range map[int]bool{5: false, 26: true} {
		s := applyStory(t, 120)
		s.clerk.organizations = append(s.clerk.organizations, clerkapi.Organization{ID: "org_beta", Slug: "beta"})
		s.rule("beta", "org:member", "staff")
		for i := range failing {
			s.clerk.faults[fmt.Sprintf("delete org_acme u%03d", i)] = errors.New("server fault")
		}
		r := s.run(Run{Apply: true})
		if got := len(r.Stopped) == 1; got != stops {
			t.Errorf("%d failures: stopped %+v", failing, r.Stopped)
		}
		sent := 122
		if stops {
			sent = 2 + batch
			if !strings.HasSuffix(r.Stopped[0].Text, "the last: server fault") {
				t.Errorf("stopped with %q", r.Stopped[0].Text)
			}
		}
		if len(s.clerk.calls) != sent || r.NotTried != 122-sent || r.Tally(Failed) != failing {
			t.Errorf("%d failures: %d calls, %d not tried, %d failed", failing, len(s.clerk.calls), r.NotTried, r.Tally(Failed))
		}
	}
}

func TestFatalErrorStopsTheRun(t *testing.T) {
	s := applyStory(t, 120)
	s.clerk.faults["create * *"] = &clerkapi.Error{Status: 401, Code: "clerk_key_invalid"}
	if r := s.run(Run{Apply: true}); len(s.clerk.calls) != 1 || r.NotTried != 120 || r.Interrupted {
		t.Errorf("%d calls, %d not tried, interrupted %v", len(s.clerk.calls), r.NotTried, r.Interrupted)
	}
}

// What is in flight at an interruption finishes; nothing else is sent; the
// report accounts for every ready change.
func TestInterruption(t *testing.T) {
	s := applyStory(t, 120)
	ctx, cancel := context.WithCancel(t.Context())
	s.clerk.during = func(call string) {
		if strings.HasPrefix(call, "delete") {
			cancel()
		}
	}
	r, err := s.try(ctx, Run{Apply: true})
	if err != nil {
		t.Fatal(err)
	}
	done := r.Tally(Done)
	if !r.Interrupted || done < 2 || done > 1+batch || done != len(s.clerk.calls) || done+r.NotTried != 121 || len(s.clerk.members["org_acme"]) != 122-done {
		t.Errorf("interrupted %v, %d done, %d calls, %d not tried", r.Interrupted, done, len(s.clerk.calls), r.NotTried)
	}
}

func TestInterruptedBeforeTheFirstCall(t *testing.T) {
	s := applyStory(t, 3)
	reconciler, err := New(s.config, s.rules, s.sources, s.clerk)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report := &Report{Plan: s.run(Run{}).Plan}
	reconciler.apply(ctx, report, seen{have: &state{}})
	if len(s.clerk.calls) != 0 || report.NotTried != 4 || !report.Interrupted || len(report.Outcomes) != 0 {
		t.Errorf("%+v, calls %v", report, s.clerk.calls)
	}
}

// An exclusive organization takes nobody who is a member elsewhere: the add is
// tried again when the removals elsewhere are done.
func TestExclusiveOrganization(t *testing.T) {
	for _, leaves := range []bool{true, false} {
		f := newFake("acme", "beta")
		f.user("u1", "p1@corp.example")
		f.member("beta", "u1", "org:member", ours("1"))
		people := hr("1 p1@corp.example", "2 p2@corp.example").group("staff", 0).group("others", 1)
		if !leaves {
			people.group("others", 0)
		}
		s := tell(t, f, people)
		s.rule("acme", "org:member", "staff")
		s.rule("beta", "org:member", "others")
		exclusive := error(&clerkapi.Error{Status: 403, Code: "exclusive_organization_membership"})
		f.faults["create org_acme u1"] = exclusive
		f.after = func(call string) {
			if call == "delete org_beta u1" {
				delete(f.faults, "create org_acme u1")
			}
		}
		r := s.run(Run{Apply: true})
		if got := f.find("org_acme", "u1") != nil; got != leaves || (r.Tally(Failed) == 0) != leaves {
			t.Errorf("leaves %v: %+v", leaves, r.Outcomes)
		}
	}
}

func TestSecondApplySendsNothing(t *testing.T) {
	s := applyStory(t, 5)
	s.rules[0].Metadata = Templates{Public: map[string]any{"a": []any{"x", "{dept}"}, "n": 1.0, "none": "{dept}"}, Private: map[string]any{"o": map[string]any{"b": true}}}
	s.run(Run{Apply: true})
	sent := len(s.clerk.calls)
	if r := s.run(Run{Apply: true}); len(s.clerk.calls) != sent || len(r.Outcomes) != 0 {
		t.Errorf("second apply sent %v", s.clerk.calls[sent:])
	}
}

// The number of admins never dips below the promise, whatever subset of the
// calls fails, and although answers may be lost.
func TestS19AdminsNeverDipWhileApplying(t *testing.T) {
	roles := []string{"", "org:admin", "org:member"}
	rapid.Check(t, func(rt *rapid.T) {
		f := newFake("acme")
		f.lost = map[string]bool{}
		var people []string
		src := hr()
		groups := map[string][]int{}
		for i := range rapid.IntRange(1, 12).Draw(rt, "people") {
			id := fmt.Sprintf("u%d", i)
			f.user(id, id+"@corp.example")
			if role := rapid.SampledFrom(roles).Draw(rt, "has"); role != "" {
				f.member("acme", id, role, ours(fmt.Sprint(i)))
			}
			role := rapid.SampledFrom(roles).Draw(rt, "wants")
			groups[role] = append(groups[role], i)
			people = append(people, fmt.Sprintf("%d %s@corp.example", i, id))
			for _, verb := range []string{"create", "role", "delete"} {
				call := verb + " org_acme " + id
				switch rapid.SampledFrom([]string{"ok", "ok", "ok", "fails", "lost"}).Draw(rt, call) {
				case "lost":
					f.lost[call] = true
					f.faults[call] = errors.New("lost")
				case "fails":
					f.faults[call] = errors.New("refused")
				}
			}
		}
		src.snapshot.People = hr(people...).snapshot.People
		s := tell(t, f, src.group("admins", groups["org:admin"]...).group("members", groups["org:member"]...))
		s.rule("acme", "org:admin", "admins").AllowEmpty = []string{"admins"}
		s.rule("acme", "org:member", "members").AllowEmpty = []string{"members"}
		s.config.MinAdmins = rapid.IntRange(0, 3).Draw(rt, "min_admins")
		admins := func() int {
			return len(slices.DeleteFunc(slices.Clone(f.members["org_acme"]), func(m clerkapi.Membership) bool { return m.Role != "org:admin" }))
		}
		floor := min(s.config.MinAdmins, admins())
		f.after = func(call string) {
			if admins() < floor {
				rt.Fatalf("%d admins after %s, promised %d; calls %v", admins(), call, floor, f.calls)
			}
		}
		s.run(Run{Apply: true})
	})
}

// An organization stops in the middle when more of its calls fail than the
// error budget has; the others go on.
func TestErrorBudgetIsASetting(t *testing.T) {
	for budget, stops := range map[int]bool{20: true, 29: true, 30: false, 50: false, 100: false} {
		s, f := crowdOf(t, 12)
		f.organizations = append(f.organizations, clerkapi.Organization{ID: "org_beta", Slug: "beta"})
		f.members["org_acme"] = nil
		s.rule("beta", "org:member", "staff")
		for i, u := range f.users {
			if i < 3 {
				f.faults["create org_acme "+u.ID] = &clerkapi.Error{Status: 422}
			}
		}
		s.config.ErrorBudget = budget
		r := s.run(Run{Apply: true})
		if got := len(r.Stopped) == 1; got != stops || r.Tally(Failed) != 3 || len(f.members["org_beta"]) != 12 {
			t.Errorf("error_budget %d: stopped %+v, %d failed, %d in beta", budget, r.Stopped, r.Tally(Failed), len(f.members["org_beta"]))
		}
	}
}
