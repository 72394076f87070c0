package explain

import (
	"testing"

	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// A change that waits or is left out says by what, whatever it is.
func TestVerdictOfEachChange(t *testing.T) {
	for _, x := range []struct {
		change plan.Change
		want   string
	}{
		{plan.Change{Action: plan.Add, To: "r", State: plan.Ready, Because: "b"}, "the add as r is due: b"},
		{plan.Change{Action: plan.CreateUser, To: "r", State: plan.Ready, Because: "b"}, "the add as r is due: b"},
		{plan.Change{Action: plan.Invite, To: "r", State: plan.Held, Why: "guard adds (S17)", Because: "b", Reasons: plan.Reasons(0).With(plan.Adds)}, "the invitation as r (b) waits for approval: guard adds (S17)"},
		{plan.Change{Action: plan.Remove, From: "q", State: plan.Held, Why: "failed_source (S14)", Because: "b", Reasons: plan.Reasons(0).With(plan.FailedSource).With(plan.Removals)}, "the removal of q (b) waits until the cause is fixed: failed_source (S14)"},
		{plan.Change{Action: plan.Lock, State: plan.Held, Why: "waits for the removal from acme", Because: "b", Reasons: plan.Reasons(0).With(plan.LeaverWaits)}, "the lock of the account (b) waits for the removal from acme"},
		{plan.Change{Action: plan.SetRole, From: "q", To: "r", State: plan.Skipped, Why: "protected", Because: "b"}, "the change from q to r is skipped: protected (b)"},
		{plan.Change{Action: plan.SetMetadata, State: plan.Ready, Because: "b"}, "the metadata change is due: b"},
		{plan.Change{Action: plan.Adopt, State: plan.Ready, Because: "b"}, "the adoption is due: b"},
		{plan.Change{Action: plan.Remove, From: "q", State: plan.Ready, Because: "b"}, "the removal of q is due: b"},
		{plan.Change{Action: plan.RevokeInvitation, State: plan.Ready, Because: "b"}, "revoking the invitation is due: b"},
	} {
		if got := verdictOf(&x.change); got != x.want {
			t.Errorf("%q, want %q", got, x.want)
		}
	}
}

// What stays as it is says why, in one clause each: dates, invitations, problems
// of the person, and what keeps a member whom no rule wants.
func TestVerdictWithoutAChange(t *testing.T) {
	note := []plan.Note{{Text: "the seat limit is reached"}}
	unclear := &directory.Problem{Rule: "S06", Text: "matches several accounts"}
	for name, x := range map[string]struct {
		place    Place
		problem  *directory.Problem
		removals policy.Removals
		member   *roster.Member
		want     string
	}{
		"begins later":                     {Place{Wanted: "r", Because: "rule 1", Starts: "2026-04-01"}, nil, "", nil, "will be r by rule 1 from 2026-04-01 on; not added before the start date (S28)"},
		"begins later, a member":           {Place{Wanted: "r", Because: "rule 1", Starts: "2026-04-01", Role: "q"}, nil, "", nil, "stays q; will be r by rule 1 from 2026-04-01 on; existing members keep access before the start date (S28)"},
		"begins later, unclear":            {Place{Wanted: "r", Because: "rule 1", Starts: "2026-04-01", Role: "q"}, unclear, "", nil, "stays q: matches several accounts (S06)"},
		"invited":                          {Place{Wanted: "r", Invited: "r"}, nil, "", nil, "is invited as r and has not accepted yet"},
		"absent, unclear":                  {Place{Wanted: "r", Because: "rule 1"}, unclear, "", nil, "should be r by rule 1, but matches several accounts (S06)"},
		"absent, with a note":              {Place{Wanted: "r", Because: "rule 1", Notes: note}, nil, "", nil, "should be r by rule 1, but the seat limit is reached"},
		"absent, and nobody says why":      {Place{Wanted: "r", Because: "rule 1"}, nil, "", nil, "should be r by rule 1, but no change adds this person"},
		"another role":                     {Place{Wanted: "r", Because: "rule 1", Role: "q"}, nil, "", nil, "stays q, but should be r by rule 1"},
		"another role, with a note":        {Place{Wanted: "r", Because: "rule 1", Role: "q", Notes: note}, nil, "", nil, "stays q, but should be r by rule 1: the seat limit is reached"},
		"as wanted":                        {Place{Wanted: "r", Because: "rule 1", Role: "r"}, nil, "", nil, "is r by rule 1; nothing to change"},
		"not wanted, with a note":          {Place{Role: "q", Notes: note}, nil, policy.RemovalsAll, nil, "stays q, although no rule gives a role here: the seat limit is reached"},
		"not wanted, nobody goes":          {Place{Role: "q"}, nil, policy.RemovalsNone, nil, "stays q, although no rule gives a role here: removals: none removes nobody"},
		"not wanted, another owner's":      {Place{Role: "q", Owner: "other"}, nil, policy.RemovalsManaged, nil, `stays q, although no rule gives a role here: the marker names the owner "other" (S26)`},
		"not wanted, not ours":             {Place{Role: "q"}, nil, policy.RemovalsManaged, &roster.Member{}, "stays q, although no rule gives a role here: rollcall did not add this member, and removals: managed removes only members that rollcall added (S26)"},
		"not wanted, known from the past":  {Place{Role: "q"}, nil, policy.RemovalsAll, &roster.Member{}, "stays q, although no rule gives a role here: earlier runs know this member, but this run could not read the person in the source (S10)"},
		"not wanted, ours, from the past":  {Place{Role: "q", Owner: "rollcall"}, nil, policy.RemovalsManaged, &roster.Member{Marker: &plan.Marker{Owner: "rollcall"}}, "stays q, although no rule gives a role here: earlier runs know this member, but this run could not read the person in the source (S10)"},
		"as wanted, and ends":              {Place{Wanted: "r", Because: "rule 1", Role: "r", Ends: "ends on 2026-04-01"}, nil, "", nil, "is r by rule 1; nothing to change; ends on 2026-04-01"},
		"has ended":                        {Place{Ends: "ended on 2026-03-01"}, nil, "", nil, "ended on 2026-03-01"},
		"has ended, and nobody is removed": {Place{Role: "q", Ends: "ended on 2026-03-01"}, nil, policy.RemovalsNone, nil, "ended on 2026-03-01: stays q, although no rule gives a role here: removals: none removes nobody"},
	} {
		s := &subject{Question: Question{Config: policy.Config{Owner: "rollcall", Removals: x.removals}}, persons: []*directory.Person{{}, {Problem: x.problem}}}
		if got := (&explainer{s}).verdict(&x.place, x.member); got != x.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, x.want)
		}
	}
}

// One source is not counted.
func TestAnySourceCountsFromTwoOn(t *testing.T) {
	for n, want := range map[int]string{
		0: "any of the 0 sources that were read",
		1: "the one source that was read",
		2: "any of the 2 sources that were read",
	} {
		if got := (&Explanation{SourcesRead: n}).AnySource(); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

// Only the holds of the person's own changes are shown: neither another guard of the
// organization nor one of the run concerns somebody whose change it does not hold.
func TestOnlyHoldsThatConcernThePerson(t *testing.T) {
	x := &explainer{&subject{}}
	mine := func(state plan.State, r plan.Reason) *Place {
		return &Place{ID: "org_1", Changes: []plan.Change{{Action: plan.Remove, Organization: "org_1", State: state, Reasons: plan.Reasons(0).With(r)}}}
	}
	for name, c := range map[string]struct {
		hold plan.Hold
		of   *Place
		want bool
	}{
		"holds it":               {plan.NewHold(plan.Removals, "org_1", ""), mine(plan.Held, plan.Removals), true},
		"of the run, holds it":   {plan.NewHold(plan.Removals.OfRun(), "", ""), mine(plan.Held, plan.Removals.OfRun()), true},
		"another guard":          {plan.NewHold(plan.AdminGrants, "org_1", ""), mine(plan.Held, plan.Removals), false},
		"another organization":   {plan.NewHold(plan.Removals, "org_2", ""), mine(plan.Held, plan.Removals), false},
		"another one of the run": {plan.NewHold(plan.Removals.OfRun(), "", ""), mine(plan.Held, plan.Removals), false},
		"nothing waits":          {plan.NewHold(plan.Removals, "org_1", ""), mine(plan.Ready, plan.Removals), false},
	} {
		if got := x.concerned(c.hold, c.of); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
