package guard

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/sync/plan"
)

// later are the reasons that speak after the rules of every organization.
var later = map[plan.Reason]string{
	plan.Removals.OfRun(): "run.go", plan.AdminLosses.OfRun(): "run.go", plan.AdminGrants.OfRun(): "run.go",
	plan.Adds.OfRun(): "run.go", plan.RoleChanges.OfRun(): "run.go", plan.MetadataNulls.OfRun(): "run.go",
	plan.LastAdmin: "seats.go", plan.NoSeat: "seats.go", plan.Renewal: "seats.go", plan.InvitationLimit: "quota.go",
	plan.NotInSavedPlan: "saved.go", plan.OutdatedPlan: "saved.go",
	plan.EndedSessions: "run.go", plan.RevokedAPIKeys: "run.go", plan.LockedOrBanned: "run.go", plan.LeaverWaits: "accounts.go",
	plan.LeaverUnproven: "leavers/ladder.go", plan.LeaverClaimed: "leavers/ladder.go", plan.LeaverStays: "leavers/ladder.go",
	plan.Grace: "diff/grace.go", plan.UnknownOrganization: "diff/plan.go",
}

// A reason that no rule gives would be dead, and one of two rules would be
// decided in two places.
func TestS42EveryReasonHasOneRule(t *testing.T) {
	times := map[plan.Reason]int{}
	for _, r := range rules {
		for _, reason := range r.reasons {
			times[reason]++
		}
		kinds := 0
		for _, given := range []bool{r.skips != nil, r.finds != nil, r.marks != nil} {
			if given {
				kinds++
			}
		}
		if kinds != 1 || r.lift == "" || len(r.reasons) == 0 {
			t.Errorf("the row of %v is not whole", r.reasons)
		}
	}
	for _, r := range plan.AllReasons() {
		if _, ok := later[r]; ok {
			times[r]++
		}
		if times[r] != 1 {
			t.Errorf("%v (%s) has %d rules", r, r.Sentence(), times[r])
		}
	}
}

// What an approval lifts is just what the table says that it lifts.
func TestS23TableSaysWhatApprovalsLift(t *testing.T) {
	for _, r := range rules {
		for _, reason := range r.reasons {
			c := plan.Change{State: plan.Ready}
			c.Hold(reason)
			if r.skips == nil && r.marks == nil && c.HeldByGuard() != (r.lift == byApproval) {
				t.Errorf("%v: approvable %t, the table says %q", reason, c.HeldByGuard(), r.lift)
			}
		}
	}
}

// holding are the reasons that hold, and those of them that an approval lifts.
func holding() (all []plan.Reason, approvable map[plan.Reason]bool) {
	approvable = map[plan.Reason]bool{}
	for _, r := range plan.AllReasons() {
		c := plan.Change{State: plan.Ready}
		c.Skip(r)
		if strings.Contains(r.Sentence(), "%") || r >= plan.Protected {
			continue // a skip
		}
		all = append(all, r)
		c = plan.Change{State: plan.Ready}
		c.Hold(r)
		approvable[r] = c.HeldByGuard()
	}
	return all, approvable
}

// A change that two rules hold is free only when both let it go, whichever
// spoke first; and it is free when they do.
func TestS42TwoReasonsHoldUntilBothAreLifted(t *testing.T) {
	all, approvable := holding()
	free, pairs := 0, 0
	for _, first := range all {
		for _, second := range all {
			o := &plan.Organization{ID: "org_a", Changes: []plan.Change{{Action: plan.Remove, Organization: "org_a", UserID: "user_1", State: plan.Ready}}}
			c := &o.Changes[0]
			c.Hold(first)
			c.Hold(second)
			pairs++
			approved := newApprovals([]string{plan.ApprovalHash("ins_1", []*plan.Change{c})}, nil, time.Time{})
			approve("ins_1", o, nil, approved)
			want := plan.Held
			if approvable[first] && approvable[second] {
				want = plan.Ready
				free++
			}
			if c.State != want || (want == plan.Ready) != c.Approved {
				t.Errorf("%v, then %v: %s (%s), want %s", first, second, c.State, c.Why, want)
			}
			if want == plan.Held && c.Why != fmt.Sprintf("%s, %s", first.Sentence(), second.Sentence()) {
				t.Errorf("%v, then %v: %q does not name both", first, second, c.Why)
			}
		}
	}
	if pairs < 700 || free == 0 || free == pairs {
		t.Errorf("%d pairs, %d of them free: the table is not what it was", pairs, free)
	}
}

// The sentence of a change decides nothing: neither what an approval covers,
// nor what counts as skipped, nor what waits for grace (S42).
func TestS42SentencesDecideNothing(t *testing.T) {
	for _, r := range plan.AllReasons() {
		c := plan.Change{Action: plan.Remove, State: plan.Held, Why: r.Sentence()}
		if c.HeldByGuard() {
			t.Errorf("the sentence %q makes a change approvable", c.Why)
		}
		c.State = plan.Skipped
		if c.SkippedFor() != 0 || c.InGrace() {
			t.Errorf("the sentence %q is read back", c.Why)
		}
	}
}

// withRules runs the test with other rules than those of the table.
func withRules(t *testing.T, others ...rule) {
	table := rules
	rules = others
	t.Cleanup(func() { rules = table })
}

func removals(states ...func(*plan.Change)) *plan.Organization {
	o := crowd(20, 9, len(states), kinds["removals"])
	for i, state := range states {
		state(&o.Changes[i])
	}
	return o
}

func ready(*plan.Change) {}

// An approval of the guards' changes lifts no hold of another rule, whose changes
// it does not cover.
func TestS23ApprovalLeavesOtherHolds(t *testing.T) {
	of := func(user string) func(*plan.Change) bool {
		return func(c *plan.Change) bool { return c.UserID == user }
	}
	withRules(t,
		rule{reasons: []plan.Reason{plan.MissingGroup}, lift: byData, finds: func(*organization) []finding {
			return []finding{{reason: plan.MissingGroup, concerns: of("u00000")}}
		}},
		rule{reasons: []plan.Reason{plan.Removals}, lift: byApproval, finds: func(*organization) []finding {
			return []finding{{reason: plan.Removals, concerns: of("u00001")}}
		}})
	o := removals(ready, ready)
	hash := plan.ApprovalHash("", []*plan.Change{&o.Changes[1]})
	holds := (&organization{evidence: &evidence{asked: Request{Approved: newApprovals([]string{hash}, nil, time.Time{})}}, plan: o}).judge()
	if len(holds) != 1 || o.Changes[0].State != plan.Held || o.Changes[1].State != plan.Ready {
		t.Errorf("holds %+v, changes %+v", holds, o.Changes)
	}
}

// The first rule that skips a change is named. A change that waits for its grace
// is named by the rule that stops it for good.
func TestS19FirstRuleThatSkipsIsNamed(t *testing.T) {
	all := func(*organization, *plan.Change) ([]any, bool) { return nil, true }
	withRules(t, rule{reasons: []plan.Reason{plan.Protected}, skips: all}, rule{reasons: []plan.Reason{plan.ManagedByClerk}, skips: all})
	o := removals(ready, func(c *plan.Change) { c.Skip(plan.Grace) }, func(c *plan.Change) { c.Skip(plan.DeniedUser) })
	(&organization{evidence: &evidence{}, plan: o}).judge()
	for i, want := range []plan.Reason{plan.Protected, plan.Protected, plan.DeniedUser} {
		if got := o.Changes[i].SkippedFor(); got != want {
			t.Errorf("change %d is skipped for %v, want %v", i, got, want)
		}
	}
}

// What becomes of a finding that concerns some change, and of one that concerns
// none.
func TestFindingsThatConcernNothing(t *testing.T) {
	for name, x := range map[string]struct {
		unmatched    unmatched
		changes      []func(*plan.Change)
		notes, holds int
	}{
		"dropped":               {drop, nil, 0, 0},
		"noted":                 {note, nil, 1, 0},
		"shown":                 {keepHold, nil, 0, 1},
		"a change, and dropped": {drop, []func(*plan.Change){ready}, 0, 1},
		"a change, and noted":   {note, []func(*plan.Change){ready}, 0, 1},
		"a change, and shown":   {keepHold, []func(*plan.Change){ready}, 0, 1},
	} {
		o := &organization{plan: removals(x.changes...)}
		holds := o.wait([]finding{{reason: plan.MissingGroup, concerns: func(*plan.Change) bool { return true }, unmatched: x.unmatched, hold: plan.Hold{Missing: "staff", People: 7}}})
		if len(holds) != x.holds || len(o.plan.Notes) != x.notes || len(holds) > 0 && (holds[0].Missing != "staff" || holds[0].People != 7) {
			t.Errorf("%s: holds %+v, notes %+v", name, holds, o.plan.Notes)
		}
	}
}
