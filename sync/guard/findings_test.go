package guard

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/diff"
	"rollcall/sync/directory"
	"rollcall/sync/exception"
	"rollcall/sync/identity"
	"rollcall/sync/internal/fake"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// proposed is an organization whose proposal a test fills in.
func proposed(d diff.Proposal, changes ...plan.Change) *organization {
	if d.Organization == nil {
		d.Organization = &roster.Organization{}
	}
	if d.Findings == nil {
		d.Findings = &diff.Findings{}
	}
	for i := range changes {
		changes[i].State = plan.Ready
	}
	return &organization{evidence: &evidence{Judge: &Judge{}, compared: &diff.Comparison{}}, plan: &plan.Organization{ID: "org_a", Changes: changes}, proposal: &d}
}

const allKinds, lossKinds = "adds admin_grants admin_losses metadata_nulls removals role_changes", "admin_losses metadata_nulls removals"

// waits are the kinds of changes that a finding concerns.
func waits(f finding) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		if c := kinds[name]; f.concerns(&c) {
			all = append(all, name)
		}
	}
	return strings.Join(all, " ")
}

// A role that the instance does not have holds the changes that give it, and no
// others; each name is said once (S22).
func TestS22WhatWaitsForAnUnknownRole(t *testing.T) {
	give := func(a plan.Action, role string) plan.Change {
		return plan.Change{Action: a, To: role, Because: "rule 1"}
	}
	o := proposed(diff.Proposal{Organization: &roster.Organization{Assignable: map[string]bool{"org:member": true}}},
		give(plan.Add, "org:membr"), give(plan.SetRole, "org:membr"), give(plan.Add, "org:member"), give(plan.Add, ""), give(plan.Remove, "org:gone"), give(plan.Add, "org:skipped"), give(plan.Invite, "org:other"), give(plan.Adopt, "org:membr"))
	o.plan.Changes[5].Skip(plan.Protected)
	o.compared.People = &identity.Resolver{Have: &roster.Roster{Roles: roster.NewRoles([]clerkapi.Role{fake.MemberRole}, nil)}}
	found := unknownRoles(o)
	if len(found) != 2 || !strings.HasPrefix(found[0].hold.Text, `Clerk has no role "org:membr" (rule 1)`) || !strings.Contains(found[0].hold.Text, "org:member") {
		t.Fatalf("%+v", found)
	}
	for i, f := range found {
		for j := range o.plan.Changes {
			want := i == 0 && j < 2 || i == 1 && j == 6
			if got := f.concerns(&o.plan.Changes[j]); got != want {
				t.Errorf("finding %d, change %d: waits %t", i, j, got)
			}
		}
	}
}

// Without a pause nothing is left out, and nothing is said (S25).
func TestS25NoPause(t *testing.T) {
	for name, m := range map[string]*memory.Memory{"no state": nil, "no pause": {}} {
		o := proposed(diff.Proposal{}, kinds["removals"])
		o.compared.Memory = m
		if pause(o); o.plan.Changes[0].State != plan.Ready || len(o.plan.Notes) != 0 {
			t.Errorf("%s: %+v", name, o.plan)
		}
	}
}

// What the data say holds what it concerns: a block its scope, listed members
// who cannot be joined to anybody every loss (S10). Where nothing waits it is a
// note, unless the whole organization is meant.
func TestS10WhatTheDataHold(t *testing.T) {
	block := func(s plan.Scope) []plan.Block {
		return []plan.Block{{Reason: plan.MissingGroup, Scope: s, Text: "a group is gone", Missing: "staff", People: 7}}
	}
	for name, x := range map[string]struct {
		blocks   []plan.Block
		unusable []string
		want     []string // the kinds of each finding, with its text
		last     unmatched
	}{
		"nothing":       {nil, nil, nil, drop},
		"of everything": {block(plan.Everything), nil, []string{allKinds + ": a group is gone"}, keepHold},
		"of losses":     {block(plan.Losses), nil, []string{lossKinds + ": a group is gone"}, note},
		"of gains":      {block(plan.Gains), nil, []string{"adds admin_grants: a group is gone"}, note},
		"one unusable":  {nil, []string{"ann"}, []string{lossKinds + ": 1 listed member cannot be joined to anybody, the first: ann"}, note},
		"both": {block(plan.Everything), []string{"ben", "ann"},
			[]string{allKinds + ": a group is gone", lossKinds + ": 2 listed members cannot be joined to anybody, the first: ann"}, note},
	} {
		var got []string
		found := blocked(proposed(diff.Proposal{Blocks: x.blocks, Findings: &diff.Findings{Unusable: x.unusable}}))
		for _, f := range found {
			got = append(got, waits(f)+": "+f.hold.Text)
			if want := map[bool]plan.Reason{true: plan.MissingGroup, false: plan.UnreadableMembers}[f.hold.Text == "a group is gone"]; f.reason != want {
				t.Errorf("%s: %s", name, f.reason)
			}
			if gone := f.reason == plan.MissingGroup; (f.hold.Missing == "staff") != gone || (f.hold.People == 7) != gone {
				t.Errorf("%s: %+v", name, f.hold)
			}
		}
		if !slices.Equal(got, x.want) || len(found) > 0 && found[len(found)-1].unmatched != x.last {
			t.Errorf("%s: %q, %+v", name, got, found)
		}
	}
}

// A conflict of ids holds nobody else's changes (S02); people who may be several
// users hold the whole organization, where the configuration says so (S06). Both
// are shown where nothing waits.
func TestS02WhomAConflictHolds(t *testing.T) {
	for rule, want := range map[string]string{"S02": "", "S06": allKinds} {
		findings := &diff.Findings{}
		findings.Conflicts = slices.Grow(findings.Conflicts, 1)[:1]
		c := &findings.Conflicts[0]
		c.Rule, c.Text, c.Conflict = rule, "who is who", &plan.Conflict{User: "u1"}
		found := conflicts(proposed(diff.Proposal{Findings: findings}))
		if len(found) != 1 || waits(found[0]) != want || found[0].reason != plan.HoldOf(rule) || found[0].unmatched != keepHold || found[0].hold.Text != c.Text || found[0].hold.Conflict != c.Conflict {
			t.Errorf("%s: %+v", rule, found)
		}
	}
}

// A user whose address another person has keeps everything, and may get more
// (S04). A decision that somebody has outgrown holds nothing, and is shown (S30).
func TestS04WhoHasABorrowedAddress(t *testing.T) {
	o := proposed(diff.Proposal{Borrowed: map[string]string{"u2": "two", "u1": "one"}, Findings: &diff.Findings{Outgrown: []string{"u3 has more by now"}}})
	found := borrowedAddresses(o)
	if len(found) != 2 || found[0].reason != plan.BorrowedAddress || !strings.HasPrefix(found[0].hold.Text, "one; fix the directory") || !strings.HasPrefix(found[1].hold.Text, "two; ") {
		t.Fatalf("%+v", found)
	}
	for name, x := range map[string]struct {
		change plan.Change
		want   bool
	}{
		"removal":               {plan.Change{Action: plan.Remove, UserID: "u1"}, true},
		"demotion":              {plan.Change{Action: plan.SetRole, UserID: "u1", Admin: plan.AdminLost}, true},
		"promotion":             {plan.Change{Action: plan.SetRole, UserID: "u1", Admin: plan.AdminGained}, false},
		"removal of the second": {plan.Change{Action: plan.Remove, UserID: "u2"}, false},
	} {
		if got := found[0].concerns(&x.change); got != x.want {
			t.Errorf("%s: waits %t", name, got)
		}
	}
	outgrown := outdatedReviews(o)
	if len(outgrown) != 1 || waits(outgrown[0]) != "" || outgrown[0].reason != plan.OutdatedReview || outgrown[0].hold.Text != "u3 has more by now" || outgrown[0].unmatched != keepHold {
		t.Errorf("%+v", outgrown)
	}
}

// While the clock is wrong, what an end date may have caused waits (S28).
func TestS28WhatWaitsForTheClock(t *testing.T) {
	ended := diff.Proposal{Expired: map[*directory.Person]*source.Period{{}: {}}}
	o := proposed(ended, kinds["removals"], kinds["adds"])
	if found := wrongClock(o); len(found) != 0 {
		t.Errorf("the clock is right: %+v", found)
	}
	o.clockFault = "the clock is slow"
	found := wrongClock(o)
	if len(found) != 1 || waits(found[0]) != lossKinds || found[0].reason != plan.WrongClock || !strings.HasPrefix(found[0].hold.Text, "the clock is slow, and start or end dates may be behind 1 change: ") {
		t.Errorf("%+v", found)
	}
}

// Where every source was read, nothing waits for one (S14).
func TestS14NoFailedSource(t *testing.T) {
	if found := failedSources(proposed(diff.Proposal{}, kinds["metadata_nulls"])); len(found) != 0 {
		t.Errorf("%+v", found)
	}
}

// A removal waits for a source that the configuration has lost only where the
// marker is ours: the source of another owner's marker was never ours (S15).
func TestS15WhoseMarkerNamesALostSource(t *testing.T) {
	private := func(owner string) json.RawMessage {
		return json.RawMessage(strings.Replace(fake.OursFrom("old", "1"), `"rollcall"`+`,"source`, `"`+owner+`","source`, 1))
	}
	remove, revoke := plan.Change{Action: plan.Remove, UserID: "u1", Source: "old"}, plan.Change{Action: plan.RevokeInvitation, Email: "ann@corp.example", Source: "old"}
	for owner, want := range map[string]int{"rollcall": 1, "other": 0, "": 1} {
		o := &roster.Organization{Members: []roster.Member{{UserID: "u1"}}, Invited: map[string]*clerkapi.Invitation{"ann@corp.example": {}}}
		if owner != "" {
			o.Members[0].Marker = &plan.Marker{Owner: owner, Source: "old", ID: "1"}
			o.Invited["ann@corp.example"].Private = private(owner)
		}
		for _, c := range []plan.Change{remove, revoke} {
			x := proposed(diff.Proposal{Organization: o}, c)
			x.Config.Owner = "rollcall"
			if found := lostSources(x); len(found) != want {
				t.Errorf("%s, marked by %q: %+v", c.Action, owner, found)
			}
		}
	}
	// Of somebody who is not listed, the change alone says whose they were.
	x := proposed(diff.Proposal{}, remove, revoke)
	x.Config.Owner = "rollcall"
	if found := lostSources(x); len(found) != 1 || !found[0].concerns(&x.plan.Changes[0]) || !found[0].concerns(&x.plan.Changes[1]) || !strings.HasPrefix(found[0].hold.Text, "2 members have the marker") {
		t.Errorf("%+v", found)
	}
}

// fixedClock answers how far Clerk's clock is ahead.
type fixedClock time.Duration

func (c fixedClock) ClockOffset() (time.Duration, bool) { return time.Duration(c), true }

// The rules look at the sources of the configuration, at those that failed, and
// at the clock; an organization that cannot be listed is no source (S40).
func TestS40WhatTheRulesLookAt(t *testing.T) {
	r := &Judge{Sources: ranked("hr", "crm"), Clerk: fixedClock(time.Hour)}
	p := &plan.Plan{Failures: []plan.Failure{{Source: "crm"}, {Organization: "org_a"}}}
	e := r.newEvidence(p, &diff.Comparison{People: &identity.Resolver{}}, Request{Undoing: true})
	if !maps.Equal(e.failed, map[string]bool{"crm": true}) || !maps.Equal(e.configured, map[string]bool{"hr": true, "crm": true}) {
		t.Errorf("failed %v, configured %v", e.failed, e.configured)
	}
	// With a history, the source of grants is one too: whose grant is over is known.
	kept := r.newEvidence(p, &diff.Comparison{People: &identity.Resolver{}, Memory: &memory.Memory{}}, Request{})
	if !maps.Equal(kept.configured, map[string]bool{"hr": true, "crm": true, exception.Source: true}) {
		t.Errorf("with a history: configured %v", kept.configured)
	}
	if e.clockFault == "" || e.exclusions == nil || !e.asked.Undoing {
		t.Errorf("%+v", e)
	}
}

// An undo differs from the directory on purpose: only the rules that are said to
// judge it do (S25). What is approved is what waits for the rules together.
func TestS25WhichRulesJudgeAnUndo(t *testing.T) {
	all := func(*plan.Change) bool { return true }
	holding := func(r plan.Reason) func(*organization) []finding {
		return func(*organization) []finding { return []finding{{reason: r, concerns: all}} }
	}
	withRules(t,
		rule{reasons: []plan.Reason{plan.MissingGroup}, lift: byData, finds: holding(plan.MissingGroup)},
		rule{reasons: []plan.Reason{plan.Paused}, lift: byResume, marks: func(o *organization) { o.plan.Notes = append(o.plan.Notes, plan.Note{Rule: "S25"}) }},
		rule{reasons: []plan.Reason{plan.WrongClock}, lift: byData, undo: true, finds: holding(plan.WrongClock)},
		rule{reasons: []plan.Reason{plan.Removals}, lift: byApproval, undo: true, finds: holding(plan.Removals)})
	for undoing, want := range map[bool]string{false: "missing_group clock removals", true: "clock removals"} {
		o := &organization{evidence: &evidence{asked: Request{Undoing: undoing}}, plan: removals(ready)}
		var got []string
		for _, h := range o.judge() {
			got = append(got, h.Guard)
		}
		if strings.Join(got, " ") != want || len(o.plan.Notes) != map[bool]int{false: 1, true: 0}[undoing] {
			t.Errorf("undoing %t: %q, notes %+v", undoing, got, o.plan.Notes)
		}
	}
}
