package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"rollcall/clerkapi"
	"rollcall/sync/apply"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

// batch is how many changes of an organization are sent before its failures
// are counted.
const batch = 50

// applyStory has n members of acme who are to leave, and one who comes.
func applyStory(t *testing.T, leavers int) *story {
	f := fake.NewClerk("acme")
	f.User("u-new", "new@corp.example")
	for i := range leavers {
		id := fmt.Sprintf("u%03d", i)
		f.User(id, id+"@corp.example")
		f.Member("acme", id, "org:member", fake.Ours(fmt.Sprint("id", i)))
	}
	s := tell(t, f, fake.HR("new new@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	return s
}

func TestS33AddThatExistsAlready(t *testing.T) {
	t.Parallel()
	table := []struct {
		name, private string
		find          error
		want          apply.Result
	}{
		{"with our marker: our own lost call", fake.Ours("new"), nil, apply.Done},
		{"without", "{}", nil, apply.Found},
		{"with another id", fake.Ours("other"), nil, apply.Found},
		{"that cannot be read", fake.Ours("new"), errors.New("server fault"), apply.Failed},
		{"that is not listed", "", nil, apply.Failed},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			s := applyStory(t, 0)
			s.clerk.Faults["create org_acme u-new"] = &clerkapi.Error{Status: 400, Code: "already_a_member_in_organization", Attempts: 2}
			s.clerk.Faults["find org_acme u-new"] = tt.find
			s.clerk.During = func(string) {
				if tt.private != "" {
					s.clerk.Member("acme", "u-new", "org:member", tt.private)
				}
			}
			if r := s.run(Run{Apply: true}); len(r.Outcomes) != 1 || r.Outcomes[0].Result != tt.want {
				t.Errorf("%+v", r.Outcomes)
			}
		})
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	table := []struct {
		code   string
		status int
		call   string
		want   apply.Result
	}{
		{"resource_not_found", 404, "delete", apply.Found},
		{"organization_minimum_permissions_needed", 400, "delete", apply.Dropped},
		{"organization_membership_managed_by_scim", 409, "delete", apply.Dropped},
		{"organization_membership_quota_exceeded", 403, "create", apply.Dropped},
		{"internal", 500, "create", apply.Failed},
	}
	for _, tt := range table {
		s := applyStory(t, 1)
		s.clerk.Faults[tt.call+" * *"] = &clerkapi.Error{Status: tt.status, Code: tt.code, Attempts: 1}
		if tt.status == 404 {
			s.clerk.During = func(call string) {
				if call == "delete org_acme u000" {
					s.clerk.Members["org_acme"] = nil
				}
			}
		}
		r := s.run(Run{Apply: true})
		if r.Tally(tt.want) != 1 || r.Tally(apply.Done) != 1 {
			t.Errorf("%s of %s: %+v", tt.code, tt.call, r.Outcomes)
		}
	}
}

// More than half of at least ten calls: the organization stops; others go on.
func TestErrorBudget(t *testing.T) {
	t.Parallel()
	for failing, stops := range map[int]bool{5: false, 26: true} {
		s := applyStory(t, 120)
		s.clerk.Organizations = append(s.clerk.Organizations, clerkapi.Organization{ID: "org_beta", Slug: "beta"})
		s.rule("beta", "org:member", "staff")
		for i := range failing {
			s.clerk.Faults[fmt.Sprintf("delete org_acme u%03d", i)] = errors.New("server fault")
		}
		r := s.run(Run{Apply: true})
		if got := len(r.Stopped) == 1; got != stops {
			t.Errorf("%d failures: stopped %+v", failing, r.Stopped)
		}
		sent := 122
		if stops {
			sent = 2 + batch
			if !strings.HasSuffix(r.Stopped[0].Text, "the last error: server fault") {
				t.Errorf("stopped with %q", r.Stopped[0].Text)
			}
		}
		if len(s.clerk.Calls) != sent || r.NotTried != 122-sent || r.Tally(apply.Failed) != failing {
			t.Errorf("%d failures: %d calls, %d not tried, %d failed", failing, len(s.clerk.Calls), r.NotTried, r.Tally(apply.Failed))
		}
	}
}

// A key that may not do one kind of call ends that kind in the whole run, and no
// other one: who leaves is out although nobody may be added (S39).
func TestS39FatalErrorEndsItsKind(t *testing.T) {
	t.Parallel()
	refused := &clerkapi.Error{Status: 401, Code: "clerk_key_invalid"}
	for verb, most := range map[string]int{"create": 121, "delete": batch + 1} {
		s := applyStory(t, 120)
		s.clerk.Faults[verb+" * *"] = refused
		r := s.run(Run{Apply: true})
		if calls := len(s.clerk.Calls); calls > most || calls+r.NotTried != 121 || r.Interrupted || r.Tally(apply.Failed) == 0 {
			t.Errorf("%s: %d calls, %d not tried, %d failed, interrupted %v", verb, calls, r.NotTried, r.Tally(apply.Failed), r.Interrupted)
		}
		if in := s.clerk.Find("org_acme", "u-new") != nil; in != (verb == "delete") || verb == "create" && len(s.clerk.Members["org_acme"]) > 0 {
			t.Errorf("%s is refused: newcomer in %t, %d leavers in", verb, in, len(s.clerk.Members["org_acme"]))
		}
	}
}

// What is in flight at an interruption finishes; nothing else is sent; the
// report accounts for every ready change.
func TestInterruption(t *testing.T) {
	t.Parallel()
	s := applyStory(t, 120)
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int32
	both := make(chan struct{})
	s.clerk.During = func(call string) {
		if !strings.HasPrefix(call, "delete") {
			return
		}
		if calls.Add(1) == 2 {
			close(both)
		}
		<-both // two are in flight
		cancel()
	}
	r, err := s.try(ctx, Run{Apply: true})
	if err != nil {
		t.Fatal(err)
	}
	done := r.Tally(apply.Done)
	if !r.Interrupted || done < 2 || done > 1+batch || done != len(s.clerk.Calls) || done+r.NotTried != 121 || len(s.clerk.Members["org_acme"]) != 120-done {
		t.Errorf("interrupted %v, %d done, %d calls, %d not tried", r.Interrupted, done, len(s.clerk.Calls), r.NotTried)
	}
}

func TestInterruptedBeforeTheFirstCall(t *testing.T) {
	t.Parallel()
	s := applyStory(t, 3)
	reconciler, err := New(s.config, s.rules, s.sources, s.clerk)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report := &Report{Plan: s.run(Run{}).Plan}
	reconciler.apply().Send(ctx, report.Plan, nil, nil, &report.Sent)
	if len(s.clerk.Calls) != 0 || report.NotTried != 4 || !report.Interrupted || len(report.Outcomes) != 0 {
		t.Errorf("%+v, calls %v", report, s.clerk.Calls)
	}
}

// An exclusive organization takes nobody who is a member elsewhere: the add is
// tried again when the removals elsewhere are done.
func TestExclusiveOrganization(t *testing.T) {
	t.Parallel()
	for _, leaves := range []bool{true, false} {
		f := fake.NewClerk("acme", "beta")
		f.User("u1", "p1@corp.example")
		f.Member("beta", "u1", "org:member", fake.Ours("1"))
		people := fake.HR("1 p1@corp.example", "2 p2@corp.example").Group("staff", 0).Group("others", 1)
		if !leaves {
			people.Group("others", 0)
		}
		s := tell(t, f, people)
		s.rule("acme", "org:member", "staff")
		s.rule("beta", "org:member", "others")
		exclusive := error(&clerkapi.Error{Status: 403, Code: "exclusive_organization_membership"})
		f.Faults["create org_acme u1"] = exclusive
		f.After = func(call string) {
			if call == "delete org_beta u1" {
				delete(f.Faults, "create org_acme u1")
			}
		}
		r := s.run(Run{Apply: true})
		if got := f.Find("org_acme", "u1") != nil; got != leaves || (r.Tally(apply.Failed) == 0) != leaves {
			t.Errorf("leaves %v: %+v", leaves, r.Outcomes)
		}
	}
}

func TestSecondApplySendsNothing(t *testing.T) {
	t.Parallel()
	s := applyStory(t, 5)
	s.rules[0].Metadata = policy.Templates{Public: map[string]any{"a": []any{"x", "{dept}"}, "n": 1.0, "none": "{dept}"}, Private: map[string]any{"o": map[string]any{"b": true}}}
	s.run(Run{Apply: true})
	sent := len(s.clerk.Calls)
	if r := s.run(Run{Apply: true}); len(s.clerk.Calls) != sent || len(r.Outcomes) != 0 {
		t.Errorf("second apply sent %v", s.clerk.Calls[sent:])
	}
}

// The number of admins never dips below the promise, whatever subset of the
// calls fails, and although answers may be lost.
func TestS19AdminsNeverDipWhileApplying(t *testing.T) {
	t.Parallel()
	roles := []string{"", "org:admin", "org:member"}
	rapid.Check(t, func(rt *rapid.T) {
		f := fake.NewClerk("acme")
		f.Lost = map[string]bool{}
		var people []string
		src := fake.HR()
		groups := map[string][]int{}
		for i := range rapid.IntRange(1, 12).Draw(rt, "people") {
			id := fmt.Sprintf("u%d", i)
			f.User(id, id+"@corp.example")
			if role := rapid.SampledFrom(roles).Draw(rt, "has"); role != "" {
				f.Member("acme", id, role, fake.Ours(fmt.Sprint(i)))
			}
			role := rapid.SampledFrom(roles).Draw(rt, "wants")
			groups[role] = append(groups[role], i)
			people = append(people, fmt.Sprintf("%d %s@corp.example", i, id))
			for _, verb := range []string{"create", "role", "delete"} {
				call := verb + " org_acme " + id
				switch rapid.SampledFrom([]string{"ok", "ok", "ok", "fails", "lost"}).Draw(rt, call) {
				case "lost":
					f.Lost[call] = true
					f.Faults[call] = errors.New("lost")
				case "fails":
					f.Faults[call] = errors.New("refused")
				}
			}
		}
		src.Snapshot.People = fake.HR(people...).Snapshot.People
		s := tell(t, f, src.Group("admins", groups["org:admin"]...).Group("members", groups["org:member"]...))
		s.rule("acme", "org:admin", "admins").AllowEmpty = []string{"admins"}
		s.rule("acme", "org:member", "members").AllowEmpty = []string{"members"}
		s.config.MinAdmins = rapid.IntRange(0, 3).Draw(rt, "min_admins")
		admins := func() int {
			return len(slices.DeleteFunc(slices.Clone(f.Members["org_acme"]), func(m clerkapi.Membership) bool { return m.Role != "org:admin" }))
		}
		floor := min(s.config.MinAdmins, admins())
		f.After = func(call string) {
			if admins() < floor {
				rt.Fatalf("%d admins after %s, promised %d; calls %v", admins(), call, floor, f.Calls)
			}
		}
		s.run(Run{Apply: true})
	})
}

// An organization stops in the middle when more of its calls fail than the
// error budget has; the others go on.
func TestErrorBudgetIsASetting(t *testing.T) {
	t.Parallel()
	for budget, stops := range map[int]bool{20: true, 29: true, 30: false, 50: false, 100: false} {
		s, f := crowdOf(t, 12)
		f.Organizations = append(f.Organizations, clerkapi.Organization{ID: "org_beta", Slug: "beta"})
		f.Members["org_acme"] = nil
		s.rule("beta", "org:member", "staff")
		for i, u := range f.Accounts {
			if i < 3 {
				f.Faults["create org_acme "+u.ID] = &clerkapi.Error{Status: 422}
			}
		}
		s.config.ErrorBudget = budget
		r := s.run(Run{Apply: true})
		if got := len(r.Stopped) == 1; got != stops || r.Tally(apply.Failed) != 3 || len(f.Members["org_beta"]) != 12 {
			t.Errorf("error_budget %d: stopped %+v, %d failed, %d in beta", budget, r.Stopped, r.Tally(apply.Failed), len(f.Members["org_beta"]))
		}
	}
}
