package guard

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// crowd is an organization with those members of ours and n changes of a kind.
func crowd(size, admins, n int, c plan.Change) *plan.Organization {
	o := &plan.Organization{ID: "org_a", Members: size, Ours: size, AdminsBefore: admins}
	for i := range n {
		c.Organization, c.UserID, c.State = "org_a", fmt.Sprintf("u%05d", i), plan.Ready
		o.Changes = append(o.Changes, c)
	}
	return o
}

var kinds = map[string]plan.Change{
	"removals":       {Action: plan.Remove, From: "org:member"},
	"admin_losses":   {Action: plan.SetRole, From: "org:admin", To: "org:member", Admin: plan.AdminLost},
	"admin_grants":   {Action: plan.SetRole, From: "org:member", To: "org:admin", Admin: plan.AdminGained},
	"adds":           {Action: plan.Add, To: "org:member"},
	"role_changes":   {Action: plan.SetRole, From: "org:member", To: "org:guest"},
	"metadata_nulls": {Action: plan.SetMetadata, Public: `{"a":null}`, Nulls: 1},
}

// checkApproved is what judge makes of the guards of one organization.
func checkApproved(g policy.Guards, o *plan.Organization, changeable int, done tally, approved *Approvals) []plan.Hold {
	return approve("ins_1", o, Check(g, o, changeable, done), approved)
}

// Each guard of the table just under, at and over its limit.
func TestS17EachGuardAtItsLimit(t *testing.T) {
	table := []struct {
		guard        string
		size, admins int
		least        int // the smallest number that is held
	}{
		{"removals", 1000, 1, 101},
		{"removals", 20, 1, 6},
		{"removals", 8, 1, 4},
		{"removals", 4, 1, 2},
		{"removals", 1, 1, 2},
		{"admin_losses", 1000, 100, 6},
		{"admin_losses", 1000, 6, 3},
		{"admin_losses", 1000, 3, 2},
		{"admin_losses", 1000, 1, 2},
		{"admin_grants", 1000, 1, 6},
		{"admin_grants", 3, 1, 6},
		{"adds", 1000, 1, 301},
		{"adds", 10, 1, 101},
		{"adds", 0, 0, 101},
		{"role_changes", 1000, 1, 201},
		{"role_changes", 10, 1, 21},
		{"metadata_nulls", 1000, 1, 101},
		{"metadata_nulls", 10, 1, 11},
	}
	for _, tt := range table {
		for _, n := range []int{0, tt.least - 2, tt.least - 1, tt.least, tt.least + 1} {
			if n < 0 {
				continue
			}
			o := crowd(tt.size, tt.admins, n, kinds[tt.guard])
			holds := checkApproved(policy.DefaultGuards(), o, o.Ours, tally{}, nil)
			want := n >= tt.least
			if got := len(holds) == 1 && holds[0].Guard == tt.guard; got != want || len(holds) > 1 {
				t.Errorf("%s: %d of %d members, %d admins: held %v, want %v (%+v)", tt.guard, n, tt.size, tt.admins, got, want, holds)
				continue
			}
			for _, c := range o.Changes {
				if (c.State == plan.Held) != want {
					t.Fatalf("%s: %d: a change is %s", tt.guard, n, c.State)
				}
			}
			if want && (holds[0].Figure != n || holds[0].Changes != n || len(holds[0].Approval) != 64) {
				t.Errorf("%s: hold %+v", tt.guard, holds[0])
			}
		}
	}
}

func TestS17RunWide(t *testing.T) {
	for name, least := range map[string]int{"removals": 501, "admin_losses": 51, "admin_grants": 51,
		"adds": 5001, "role_changes": 1001, "metadata_nulls": 1001} {
		for _, n := range []int{least - 1, least} {
			p := &plan.Plan{}
			for i := range n {
				o := crowd(1_000_000, 1000, 1, kinds[name])
				o.ID, o.Changes[0].Organization = fmt.Sprint("org_", i), fmt.Sprint("org_", i)
				p.Organizations = append(p.Organizations, *o)
			}
			holds := checkRun(policy.DefaultGuards(), p, tally{}, nil)
			if want := n >= least; (len(holds) == 1) != want || (p.Count(plan.Held) == n) != want {
				t.Errorf("%s: %d: %d holds, %d held", name, n, len(holds), p.Count(plan.Held))
			}
		}
	}
}

// A catastrophe in one organization must not make room for one in another.
func TestS17RunCountsWhatOrganizationsHold(t *testing.T) {
	big, small := crowd(600, 1, 600, kinds["removals"]), crowd(100_000, 1, 10, kinds["removals"])
	small.ID = "org_b"
	g := policy.DefaultGuards()
	holds := append(checkApproved(g, big, 600, tally{}, nil), checkApproved(g, small, 100_000, tally{}, nil)...)
	p := &plan.Plan{Organizations: []plan.Organization{*big, *small}}
	holds = append(holds, checkRun(g, p, tally{}, nil)...)
	if len(holds) != 2 || holds[1].Organization != "" || holds[1].Figure != 610 || holds[1].Changes != 10 || p.Count(plan.Ready) != 0 {
		t.Errorf("%d ready, holds %+v", p.Count(plan.Ready), holds)
	}
}

// An invitation counts as an add, and so does a user who is made for it; the
// making or unmaking of an admin counts as that, not as a neutral change.
func TestS17WhatCountsAsWhat(t *testing.T) {
	for name, c := range map[string]struct {
		change plan.Change
		guard  string
	}{
		"invitation":                {plan.Change{Action: plan.Invite, To: "org:member"}, "adds"},
		"new user":                  {plan.Change{Action: plan.CreateUser, To: "org:member"}, "adds"},
		"removal of an admin":       {plan.Change{Action: plan.Remove, From: "org:admin", Admin: plan.AdminLost}, "removals admin_losses"},
		"add of an admin":           {plan.Change{Action: plan.Add, To: "org:admin", Admin: plan.AdminGained}, "admin_grants adds"},
		"invitation of an admin":    {plan.Change{Action: plan.Invite, To: "org:admin", Admin: plan.AdminGained}, "admin_grants adds"},
		"demotion":                  {plan.Change{Action: plan.SetRole, Admin: plan.AdminLost}, "admin_losses"},
		"promotion":                 {plan.Change{Action: plan.SetRole, Admin: plan.AdminGained}, "admin_grants"},
		"neutral":                   {plan.Change{Action: plan.SetRole}, "role_changes"},
		"metadata without nulls":    {plan.Change{Action: plan.SetMetadata}, ""},
		"adopting that drops a key": {plan.Change{Action: plan.Adopt, Nulls: 1}, "metadata_nulls"},
		"revoked invitation":        {plan.Change{Action: plan.RevokeInvitation}, ""},
	} {
		var counted []string
		for _, g := range guards {
			if g.kind(&c.change) {
				counted = append(counted, g.name())
			}
		}
		if got := strings.Join(counted, " "); got != c.guard {
			t.Errorf("%s counts as %q, want %q", name, got, c.guard)
		}
	}
}

// What earlier runs did is part of the figure, and only the guard's own kind is held.
func TestS17HoldsItsOwnKind(t *testing.T) {
	o := crowd(20, 9, 2, kinds["removals"])
	o.Changes = append(o.Changes, plan.Change{Action: plan.Add, UserID: "new", State: plan.Ready})
	holds := Check(policy.DefaultGuards(), o, 20, tally{counts: map[string]int{"removals": 4}})
	if len(holds) != 1 || holds[0].Figure != 6 || holds[0].Changes != 2 || o.Changes[0].State != plan.Held || o.Changes[1].State != plan.Held || o.Changes[2].State != plan.Ready {
		t.Errorf("holds %+v, changes %+v", holds, o.Changes)
	}
}

// A single change is held where earlier runs reached the limit. Where a plan has
// nothing left of a guard's kind, what earlier runs did holds nothing more.
func TestS17WhatEarlierRunsDid(t *testing.T) {
	done := tally{counts: map[string]int{"removals": 6}}
	one := crowd(20, 9, 1, kinds["removals"])
	if holds := Check(policy.DefaultGuards(), one, 20, done); len(holds) != 1 || holds[0].Figure != 7 || holds[0].Changes != 1 {
		t.Errorf("a single removal: holds %+v", holds)
	}
	waiting := crowd(20, 9, 1, kinds["removals"])
	waiting.Changes[0].Hold(plan.MissingGroup)
	if holds := Check(policy.DefaultGuards(), waiting, 20, done); len(holds) != 0 || waiting.Changes[0].HeldByGuard() {
		t.Errorf("a removal that waits for another reason: holds %+v", holds)
	}
}

// The limits of an organization are those of the configuration, and the history
// is its own.
func TestS17LimitsOfAnOrganization(t *testing.T) {
	history := newHistory()
	history.organizations["org_a"] = &tally{counts: map[string]int{"removals": 6}}
	judge := &Judge{Config: policy.DefaultConfig()}
	for id, want := range map[string]int{"org_a": 1, "org_b": 0} {
		o := crowd(20, 9, 1, kinds["removals"])
		o.ID = id
		if found := limits(&organization{evidence: &evidence{Judge: judge, asked: Request{History: history}}, plan: o}); len(found) != want {
			t.Errorf("%s: %+v", id, found)
		}
	}
}

// A limit of the run of 0 is none.
func TestS17NoLimitOfTheRun(t *testing.T) {
	p := &plan.Plan{Organizations: []plan.Organization{*crowd(1000, 9, 9, kinds["removals"])}}
	if holds := checkRun((policy.Guards{}), p, tally{}, nil); len(holds) != 0 || p.Count(plan.Ready) != 9 {
		t.Errorf("holds %+v, %d ready", holds, p.Count(plan.Ready))
	}
}

func TestS17BothGuardsNameThemselves(t *testing.T) {
	o := crowd(6, 6, 6, plan.Change{Action: plan.Remove, From: "org:admin", Admin: plan.AdminLost})
	holds := checkApproved(policy.DefaultGuards(), o, 6, tally{}, nil)
	if len(holds) != 2 || holds[0].Approval != holds[1].Approval || !strings.Contains(o.Changes[0].Why, "guard removals (S17), guard admin_losses (S17)") {
		t.Errorf("%+v, %q", holds, o.Changes[0].Why)
	}
	if guards[0].kind(&plan.Change{Action: plan.Add}) {
		t.Error("an add is a removal")
	}
}

// What is skipped will not be done, so no guard holds it; what a rule other
// than a guard holds is no guard's, and an approval neither covers nor lifts it.
func TestS17SkippedAndOtherwiseHeld(t *testing.T) {
	o := crowd(20, 9, 8, kinds["removals"])
	o.Changes[0].Skip(plan.Protected)
	o.Changes[1].Hold(plan.MissingGroup)
	holds := checkApproved(policy.DefaultGuards(), o, 20, tally{}, nil)
	if len(holds) != 1 || holds[0].Changes != 6 {
		t.Fatalf("holds %+v", holds)
	}
	if c := o.Changes[0]; c.State != plan.Skipped || c.Why != "protected (S19)" {
		t.Errorf("the skipped change is %s: %s", c.State, c.Why)
	}
	if c := o.Changes[1]; c.HeldByGuard() || !strings.HasPrefix(c.Why, "missing_group (S15)") {
		t.Errorf("what S15 holds is a guard's: %s", c.Why)
	}
	// In the run, what S15 holds does not count, and what a guard holds does.
	p := &plan.Plan{Organizations: []plan.Organization{*o, *crowd(1000, 9, 1, kinds["removals"])}}
	p.Organizations[1].ID = "org_b"
	if holds := checkRun((policy.Guards{Removals: policy.Limit{Run: 6}}), p, tally{}, nil); len(holds) != 1 || holds[0].Figure != 7 || holds[0].Changes != 1 {
		t.Errorf("holds of the run %+v", holds)
	}
}

// steps is a plan with the removals of some people and one step of the leaver ladder each.
func steps(action plan.Action, people int, change func(removal, step *plan.Change)) *plan.Plan {
	acme, accounts := plan.Organization{ID: "org_a"}, plan.Organization{ID: plan.Accounts}
	for i := range people {
		user := fmt.Sprint("user_", i)
		removal := plan.Change{Action: plan.Remove, Organization: "org_a", UserID: user, State: plan.Ready}
		step := plan.Change{Action: action, Organization: plan.Accounts, UserID: user, State: plan.Ready, Due: true}
		if change != nil {
			change(&removal, &step)
		}
		acme.Changes, accounts.Changes = append(acme.Changes, removal), append(accounts.Changes, step)
	}
	return &plan.Plan{Organizations: []plan.Organization{acme, accounts}}
}

// Each step of the leaver ladder has a limit of its own, of all people together: more
// than so many, or half of them. Earlier runs count, and nobody counts twice.
func TestS17StepsOfTheLadder(t *testing.T) {
	guardOf := map[plan.Action]string{plan.Lock: "lock_or_ban", plan.Ban: "lock_or_ban", plan.EndSessions: "end_sessions", plan.RevokeAPIKeys: "revoke_api_keys"}
	for action, guard := range guardOf {
		for name, x := range map[string]struct {
			steps, people int
			limit         policy.Limit
			earlier       map[string]bool
			held          bool
			figure        int
		}{
			"as many as the limit":         {3, 100, policy.Limit{People: 3}, nil, false, 0},
			"one more":                     {4, 100, policy.Limit{People: 3}, nil, true, 4},
			"half":                         {2, 4, policy.Limit{People: 3, Half: 2}, nil, true, 2},
			"less than half":               {2, 5, policy.Limit{People: 3, Half: 2}, nil, false, 0},
			"a single person":              {1, 1, policy.Limit{People: 3, Half: 2}, nil, false, 0},
			"none may go":                  {1, 100, policy.Limit{}, nil, true, 1},
			"nobody":                       {0, 100, policy.Limit{}, nil, false, 0},
			"with earlier ones":            {2, 100, policy.Limit{People: 3}, map[string]bool{"user_8": true, "user_9": true}, true, 4},
			"the same people as earlier":   {2, 100, policy.Limit{People: 3}, map[string]bool{"user_0": true, "user_1": true}, false, 0},
			"some of the people as before": {3, 100, policy.Limit{People: 3}, map[string]bool{"user_0": true, "user_9": true}, true, 4},
		} {
			p := steps(action, x.steps, nil)
			g := policy.Guards{Removals: policy.Limit{Run: 1000}, EndSessions: policy.Limit{People: 1000}, RevokeAPIKeys: policy.Limit{People: 1000}, LockOrBan: policy.Limit{People: 1000}}
			switch guard {
			case "lock_or_ban":
				g.LockOrBan = x.limit
			case "end_sessions":
				g.EndSessions = x.limit
			default:
				g.RevokeAPIKeys = x.limit
			}
			holds := checkRun(g, p, tally{people: x.people, closed: map[string]map[string]bool{guard: x.earlier}}, nil)
			switch {
			case (len(holds) == 1) != x.held || len(holds) > 1, p.Count(plan.Ready) != x.steps+map[bool]int{false: x.steps}[x.held]:
				t.Errorf("%s, %s: %+v", action, name, holds)
			case x.held && (holds[0].Guard != guard || holds[0].Figure != x.figure || holds[0].Limit != x.limit.People || holds[0].Changes != x.steps || holds[0].Organization != "" || holds[0].Approval == ""):
				t.Errorf("%s, %s: %+v", action, name, holds[0])
			}
		}
	}
}

// The sessions that end with a removal in one organization are for the limit of removals:
// that of the sessions lets all of them go, and holds those of people who have left.
func TestS17SessionsOfARemovalAreCountedWithIt(t *testing.T) {
	for from, held := range map[string]bool{"": true, "org_a": false} {
		p := steps(plan.EndSessions, 2, func(_, step *plan.Change) { step.From = from })
		if holds := checkRun(policy.Guards{Removals: policy.Limit{Run: 9}}, p, tally{people: 50}, nil); (len(holds) == 1) != held {
			t.Errorf("sessions in %q: %+v", from, holds)
		}
	}
}

// A step that does not go today, or that the limit holds, asks for an approval later too
// (S23).
func TestS23AStepAsksWhateverElseKeepsIt(t *testing.T) {
	for name, x := range map[string]struct {
		change func(step *plan.Change)
		limit  policy.Limit
		state  plan.State
	}{
		"skipped":        {func(s *plan.Change) { s.Skip(plan.LeaverUnproven, "waits") }, policy.Limit{People: 9}, plan.Skipped},
		"over the limit": {func(*plan.Change) {}, policy.Limit{}, plan.Held},
	} {
		p := steps(plan.Ban, 2, func(removal, step *plan.Change) {
			if removal.UserID == "user_0" {
				removal.Approve()
			}
			x.change(step)
		})
		checkRun(policy.Guards{LockOrBan: x.limit}, p, tally{people: 50}, nil)
		if o := p.Accounts(); !o.Changes[0].Asks || o.Changes[1].Asks || o.Changes[0].State != x.state || o.Changes[1].State != x.state {
			t.Errorf("%s: %+v", name, o.Changes)
		}
	}
}

// A step whose removal needs an approval, or needed one, needs one of its own. The
// others go on (S23).
func TestS23WhatApprovesARemovalApprovesNoStep(t *testing.T) {
	wide := policy.Guards{LockOrBan: policy.Limit{People: 1000}}
	for name, x := range map[string]struct {
		change func(removal, step *plan.Change)
		held   bool
	}{
		"a removal that is ready":     {func(*plan.Change, *plan.Change) {}, false},
		"one that waits":              {func(r, _ *plan.Change) { r.Hold(plan.Removals) }, true},
		"one that was approved":       {func(r, _ *plan.Change) { r.Hold(plan.Removals); r.Approve() }, true},
		"one that the data hold":      {func(r, _ *plan.Change) { r.Hold(plan.IncompleteSource) }, false},
		"one that is skipped":         {func(r, _ *plan.Change) { r.Skip(plan.LastAdmin, "1 admin") }, false},
		"one of an earlier run":       {func(r, s *plan.Change) { r.UserID, s.Asks = "user_x", true }, true},
		"the removal of someone else": {func(r, _ *plan.Change) { r.UserID = "user_x"; r.Hold(plan.Removals) }, false},
	} {
		p := steps(plan.Ban, 2, func(removal, step *plan.Change) {
			if removal.UserID == "user_0" {
				x.change(removal, step)
			}
		})
		holds := checkRun(wide, p, tally{people: 50}, nil)
		o := p.Accounts()
		if (len(holds) == 1) != x.held || (o.Changes[0].State == plan.Held) != x.held || o.Changes[1].State != plan.Ready {
			t.Errorf("%s: %+v, %+v", name, holds, o.Changes)
		}
		if x.held && (holds[0].Changes != 1 || holds[0].Text != "1 person would be locked or banned; the removal needs an approval, and so does this" || !o.Changes[0].Asks) {
			t.Errorf("%s: %+v", name, holds[0])
		}
		if x.held {
			again := steps(plan.Ban, 2, func(removal, step *plan.Change) {
				if removal.UserID == "user_0" {
					x.change(removal, step)
				}
			})
			if holds := checkRun(wide, again, tally{people: 50}, newApprovals([]string{holds[0].Approval}, nil, time.Time{})); len(holds) != 0 || !again.Accounts().Changes[0].Approved {
				t.Errorf("%s: approved, and still %+v", name, holds)
			}
		}
	}
}

// A step waits as its removal does. Whatever else holds or skips it stays.
func TestAStepFollowsItsRemoval(t *testing.T) {
	for name, x := range map[string]struct {
		change func(removal, step *plan.Change)
		state  plan.State
		reason plan.Reason
	}{
		"ready":              {func(*plan.Change, *plan.Change) {}, plan.Ready, 0},
		"held":               {func(r, _ *plan.Change) { r.Hold(plan.IncompleteSource) }, plan.Held, plan.LeaverWaits},
		"skipped":            {func(r, _ *plan.Change) { r.Skip(plan.LastAdmin, "1 admin") }, plan.Skipped, plan.LeaverWaits},
		"a step that waits":  {func(r, s *plan.Change) { r.Hold(plan.Removals); s.Hold(plan.LockedOrBanned) }, plan.Held, plan.LockedOrBanned},
		"a protected person": {func(r, s *plan.Change) { r.Skip(plan.Protected); s.Skip(plan.Protected) }, plan.Skipped, plan.Protected},
		"somebody else's":    {func(r, _ *plan.Change) { r.UserID = "user_x"; r.Hold(plan.IncompleteSource) }, plan.Ready, 0},
		"an undo":            {func(r, s *plan.Change) { r.Hold(plan.IncompleteSource); s.Action = plan.Unban }, plan.Ready, 0},
	} {
		p := steps(plan.Ban, 1, x.change)
		tieSteps(p, p)
		c := &p.Accounts().Changes[0]
		if c.State != x.state || c.Reasons.First() != x.reason || x.reason == plan.LeaverWaits && c.Why != "waits for the removal from org_a" {
			t.Errorf("%s: %s for %s (%s)", name, c.State, c.Reasons.First(), c.Why)
		}
	}
	whole := steps(plan.Ban, 1, func(r, _ *plan.Change) { r.Hold(plan.IncompleteSource) })
	part := &plan.Plan{Organizations: whole.Organizations[1:]}
	if tieSteps(part, whole); part.Accounts().Changes[0].State != plan.Held {
		t.Error("a part of a plan closes the account of a member")
	}
	without := &plan.Plan{Organizations: whole.Organizations[:1]}
	tieSteps(without, whole)
}
