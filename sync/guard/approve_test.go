package guard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// newApprovals are hashes on the command line and stored approvals, without the
// sets that a journal has.
func newApprovals(hashes []string, stored []journal.Approval, now time.Time) *Approvals {
	a, err := ApprovalsOf(context.Background(), hashes, nil, nil, now)
	if err != nil {
		panic(err) // there is no journal that could fail
	}
	a.addStored(stored, now)
	return a
}

func TestS23ApprovalIsForOneSet(t *testing.T) {
	g := policy.DefaultGuards()
	fresh := func(n int) *plan.Organization { return crowd(20, 1, n, kinds["removals"]) }
	hash := checkApproved(g, fresh(6), 20, tally{}, nil)[0].Approval
	if o := fresh(6); len(checkApproved(g, o, 20, tally{}, newApprovals([]string{"other", hash}, nil, time.Time{}))) != 0 || o.Changes[0].State != plan.Ready || o.Changes[0].Why != "approved" {
		t.Errorf("the approved set is %+v", o.Changes[0])
	}
	if o := fresh(7); len(checkApproved(g, o, 20, tally{}, newApprovals([]string{hash}, nil, time.Time{}))) != 1 || o.Changes[0].State != plan.Held {
		t.Error("a larger set passed")
	}
	o := fresh(6)
	for i := range o.Changes {
		o.Changes[i].Because, o.Changes[i].Email, o.Changes[i].Name = "another reason", "moved@corp.example", "Other"
	}
	slices.Reverse(o.Changes)
	if len(checkApproved(g, o, 20, tally{}, newApprovals([]string{hash}, nil, time.Time{}))) != 0 {
		t.Error("reasons, addresses or order changed the hash")
	}
}

// Approved changes count in no guard of the run; blocks are never approved.
func TestS23ApprovedDoNotCountAndBlocksStay(t *testing.T) {
	g := policy.DefaultGuards()
	o := crowd(600, 1, 600, kinds["removals"])
	hash := checkApproved(g, o, 600, tally{}, nil)[0].Approval
	o = crowd(600, 1, 600, kinds["removals"])
	checkApproved(g, o, 600, tally{}, newApprovals([]string{hash}, nil, time.Time{}))
	p := &plan.Plan{Organizations: []plan.Organization{*o}}
	if holds := checkRun(g, p, tally{}, nil); len(holds) != 0 || p.Count(plan.Ready) != 600 {
		t.Errorf("approved changes were counted: %+v", holds)
	}
	blocked := crowd(600, 1, 600, kinds["removals"])
	blocked.Hold(func(*plan.Change) bool { return true }, plan.MissingGroup)
	if holds := checkApproved(g, blocked, 600, tally{}, newApprovals([]string{hash}, nil, time.Time{})); len(holds) != 0 || countReady(blocked, guards[0]) != 0 {
		t.Errorf("an approval lifted S15: %+v", holds)
	}
}

func TestS23RunWideApproval(t *testing.T) {
	fresh := func() *plan.Plan {
		p := &plan.Plan{}
		for i := range 501 {
			o := crowd(1_000_000, 1, 1, kinds["removals"])
			o.ID, o.Changes[0].Organization = fmt.Sprint("org_", i), fmt.Sprint("org_", i)
			p.Organizations = append(p.Organizations, *o)
		}
		return p
	}
	g := policy.DefaultGuards()
	hash := checkRun(g, fresh(), tally{}, nil)[0].Approval
	p := fresh()
	if holds := checkRun(g, p, tally{}, newApprovals([]string{hash}, nil, time.Time{})); len(holds) != 0 || p.Count(plan.Ready) != 501 {
		t.Errorf("holds %+v", holds)
	}
}

func TestS23AnApprovalThatFitsNothingIsSaid(t *testing.T) {
	g, o := policy.DefaultGuards(), crowd(20, 1, 6, kinds["removals"])
	fits, other := checkApproved(g, o, 20, tally{}, nil)[0].Approval, strings.Repeat("0", 64)
	for i := range o.Changes {
		o.Changes[i].State, o.Changes[i].Why, o.Changes[i].Reasons = plan.Ready, "", 0
	}
	a := newApprovals([]string{fits, other}, nil, time.Time{})
	checkApproved(g, o, 20, tally{}, a)
	if notes := a.stale(nil); len(notes) != 1 || !strings.Contains(notes[0].Text, "approval 00000000000000000000000000000000… fits nothing") {
		t.Errorf("notes %+v", notes)
	}
}

// What the admin approves of a run is marked so, which keeps it from counting
// and from being judged again; it takes nothing with it.
func TestS23ApprovedByTheRun(t *testing.T) {
	g := policy.Guards{Removals: policy.Limit{Run: 1}}
	fresh := func() *plan.Plan {
		return &plan.Plan{Organizations: []plan.Organization{*crowd(1000, 9, 2, kinds["removals"])}}
	}
	hash := checkRun(g, fresh(), tally{}, nil)[0].Approval
	p := fresh()
	if holds := checkRun(g, p, tally{}, newApprovals([]string{hash}, nil, time.Time{})); len(holds) != 0 {
		t.Fatalf("holds %+v", holds)
	}
	for _, c := range p.Changes() {
		if c.State != plan.Ready || c.Why != "approved" {
			t.Errorf("an approved change is %s %q", c.State, c.Why)
		}
	}
	if holds := checkRun(g, p, tally{}, nil); len(holds) != 0 {
		t.Errorf("approved changes count again: %+v", holds)
	}
	other := checkRun(g, &plan.Plan{Organizations: []plan.Organization{*crowd(1000, 9, 3, kinds["removals"])}}, tally{}, newApprovals([]string{hash}, nil, time.Time{}))
	if len(other) != 1 || other[0].Approval == "" || other[0].Approval == hash {
		t.Errorf("a larger set: %+v", other)
	}
}

// An approval that was given before counts as used only where a guard held
// something that it covers.
func TestS23StoredApprovalOfNothing(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	stored := journal.Approval{Hash: strings.Repeat("a", 64), Keys: []string{"covered"}, Given: now, Expires: now.Add(time.Hour)}
	a := newApprovals(nil, []journal.Approval{stored}, now)
	if len(a.stored) != 1 {
		t.Fatal("the approval does not live")
	}
	checkApproved(policy.DefaultGuards(), crowd(20, 9, 1, kinds["removals"]), 20, tally{}, a)
	checkRun(policy.DefaultGuards(), &plan.Plan{Organizations: []plan.Organization{*crowd(20, 9, 1, kinds["removals"])}}, tally{}, a)
	if a.stored[0].fitted {
		t.Error("an approval fits where nothing is held")
	}
}

// A stored approval lets a set pass that it covers and that is not done. One that
// lets nothing pass is noted where more is held than it covers (S23).
func TestS23WhatAStoredApprovalCovers(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	first, second := plan.Change{Action: plan.Remove, Organization: "org_a", UserID: "u1"}, plan.Change{Action: plan.Remove, Organization: "org_a", UserID: "u2"}
	elsewhere := plan.Change{Action: plan.Remove, Organization: "org_b", UserID: "u3"}
	said := "approval aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa… of ann does not cover all that waits now, so nothing was approved by it: 1 change more, the first: remove "
	for name, x := range map[string]struct {
		stored    journal.Approval
		set, held []plan.Change
		passes    bool
		note      string
	}{
		"all of it":                    {journal.Approval{Keys: []string{first.Key(), second.Key()}}, []plan.Change{first, second}, nil, true, ""},
		"a part of it":                 {journal.Approval{Keys: []string{first.Key(), second.Key()}}, []plan.Change{second}, nil, true, ""},
		"a part, and more is held":     {journal.Approval{Keys: []string{first.Key()}}, []plan.Change{first}, []plan.Change{second}, true, ""},
		"more than it":                 {journal.Approval{Keys: []string{first.Key()}}, []plan.Change{first, second}, []plan.Change{first, second}, false, said + "u2"},
		"what is done":                 {journal.Approval{Keys: []string{first.Key(), second.Key()}, Done: []string{first.Key()}}, []plan.Change{first}, []plan.Change{first}, false, ""},
		"more, in its organization":    {journal.Approval{Organization: "org_a", Keys: []string{first.Key()}}, []plan.Change{second}, []plan.Change{second}, false, said + "u2"},
		"more, elsewhere":              {journal.Approval{Organization: "org_a", Keys: []string{first.Key()}}, []plan.Change{elsewhere}, []plan.Change{elsewhere}, false, ""},
		"more, of the run":             {journal.Approval{Keys: []string{first.Key()}}, []plan.Change{elsewhere}, []plan.Change{elsewhere}, false, said + "u3"},
		"what has expired covers none": {journal.Approval{Keys: []string{first.Key()}, Expires: now}, []plan.Change{first}, []plan.Change{second}, false, ""},
	} {
		x.stored.Hash, x.stored.By = strings.Repeat("a", 64), "ann"
		if x.stored.Expires.IsZero() {
			x.stored.Expires = now.Add(time.Hour)
		}
		a := newApprovals(nil, []journal.Approval{x.stored}, now)
		if got := a.allow(plan.ApprovalHash("ins_1", pointers(x.set)), pointers(x.set)); got != x.passes || got != (len(a.Passed) == len(x.set)) {
			t.Errorf("%s: passes %t; passed %v", name, got, a.Passed)
		}
		var text strings.Builder
		for _, n := range a.stale(pointers(x.held)) {
			text.WriteString(n.Text)
		}
		if text.String() != x.note {
			t.Errorf("%s: %q, want %q", name, text.String(), x.note)
		}
	}
}

// Approvals come from the command line and, where there is a state, from it.
func TestS23WhereApprovalsComeFrom(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	m := &memory.Memory{Approvals: []journal.Approval{{Hash: "b", Keys: []string{"k"}, Expires: now.Add(time.Hour)}}}
	for stored, m := range map[int]*memory.Memory{0: nil, 1: m} {
		a, err := ApprovalsOf(t.Context(), []string{"a"}, nil, m, now)
		if err != nil || len(a.given) != 1 || a.given[0].hash != "a" || len(a.stored) != stored {
			t.Errorf("%d stored: %+v", stored, a)
		}
	}
}

// shown is a journal that has sets under the hashes that plans showed, or fails.
type shown struct {
	sets    map[string][]string
	changes []journal.Change
	err     error
}

func (s shown) Held(_ context.Context, hash string) (journal.HeldSet, error) {
	keys, ok := s.sets[hash]
	if !ok && s.err == nil {
		return journal.HeldSet{}, journal.ErrNoHeld
	}
	return journal.HeldSet{Hash: hash, Keys: keys}, s.err
}

func (s shown) Since(context.Context, time.Time) ([]journal.Change, error) { return s.changes, s.err }

// A hash on the command line lets a part of the set pass that the journal shows
// under it, and nothing more. Without that set it stands for exactly one (S23).
func TestS23WhatAHashOnTheCommandLineCovers(t *testing.T) {
	first, second, third := plan.Change{Action: plan.Remove, Organization: "org_a", UserID: "u1"}, plan.Change{Action: plan.Remove, Organization: "org_a", UserID: "u2"}, plan.Change{Action: plan.Remove, Organization: "org_a", UserID: "u3"}
	both := []plan.Change{first, second}
	hash := plan.ApprovalHash("ins_1", pointers(both))
	known := shown{sets: map[string][]string{hash: {first.Key(), second.Key()}}}
	for name, x := range map[string]struct {
		history Journal
		given   string
		set     []plan.Change
		passes  bool
	}{
		"all of it":                       {known, hash, both, true},
		"a part of it":                    {known, hash, []plan.Change{second}, true},
		"more than it":                    {known, hash, []plan.Change{first, second, third}, false},
		"a part and another":              {known, hash, []plan.Change{first, third}, false},
		"something else":                  {known, hash, []plan.Change{third}, false},
		"all, by the beginning":           {known, hash[:32], both, true},
		"a part, never shown":             {shown{}, hash, []plan.Change{second}, false},
		"all, never shown":                {shown{}, hash, both, true},
		"a part, without a journal":       {nil, hash, []plan.Change{second}, false},
		"all, without a journal":          {nil, hash, both, true},
		"a hash that the journal has not": {known, strings.Repeat("0", 64), []plan.Change{first}, false},
	} {
		a, err := ApprovalsOf(t.Context(), []string{x.given}, x.history, nil, time.Time{})
		if err != nil {
			t.Fatal(name, err)
		}
		if got := a.allow(plan.ApprovalHash("ins_1", pointers(x.set)), pointers(x.set)); got != x.passes || len(a.stale(nil)) == 0 != x.passes {
			t.Errorf("%s: passes %t, notes %+v", name, got, a.stale(nil))
		}
	}
}

// A journal that cannot be read ends the run: nobody knows what was approved
// (S23), and how much was done in the last 24 hours (S17).
func TestS23JournalThatCannotBeRead(t *testing.T) {
	broken := shown{err: errors.New("disk I/O error")}
	if a, err := ApprovalsOf(t.Context(), []string{"a"}, broken, nil, time.Time{}); err == nil || a != nil || err.Error() != "read the history: disk I/O error" {
		t.Errorf("%+v, %v", a, err)
	}
	if h, err := ReadHistory(t.Context(), broken, "rollcall", time.Time{}); err == nil || h != nil || err.Error() != "read the history: disk I/O error" {
		t.Errorf("%+v, %v", h, err)
	}
	if a, err := ApprovalsOf(t.Context(), nil, broken, nil, time.Time{}); err != nil || len(a.given) != 0 {
		t.Errorf("nothing is asked of it: %+v, %v", a, err)
	}
}

func pointers(changes []plan.Change) []*plan.Change {
	var all []*plan.Change
	for i := range changes {
		all = append(all, &changes[i])
	}
	return all
}

// An entry of the journal that this version cannot read ends the run: it may be
// one that counts (S17). What failed, and the making of a user, counts nothing.
func TestS17WhatOfTheJournalCounts(t *testing.T) {
	for name, x := range map[string]struct {
		entry journal.Change
		adds  int
		err   string
	}{
		"done":         {journal.Change{Action: "add", Organization: "org_a", UserID: "u1", Result: journal.Done}, 1, ""},
		"still open":   {journal.Change{Action: "add", Organization: "org_a", UserID: "u1"}, 1, ""},
		"failed":       {journal.Change{Action: "add", Organization: "org_a", UserID: "u1", Result: "failed"}, 0, ""},
		"approved":     {journal.Change{Action: "add", Organization: "org_a", UserID: "u1", Result: journal.Done, Approved: true}, 0, ""},
		"a user's":     {journal.Change{Action: "create_user", Organization: "org_a", Email: "n@corp.example", Result: journal.Done}, 0, ""},
		"from a later": {journal.Change{Seq: 3, Run: 7, Action: "transmogrify", Result: journal.Done}, 0, "read change 3 of run 7 in the history: "},
	} {
		h, err := ReadHistory(t.Context(), shown{changes: []journal.Change{x.entry}}, "rollcall", time.Time{})
		if x.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), x.err) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || h.run.counts["adds"] != x.adds || h.tallyOf("org_a").counts["adds"] != x.adds {
			t.Errorf("%s: %+v, %v", name, h, err)
		}
	}
}

// A saved plan and a new one are compared in the part that was asked for; the
// rest of either makes neither out of date (S24).
func TestS24SavedPlanOfAPart(t *testing.T) {
	change := func(organization, user string) plan.Change {
		return plan.Change{Action: plan.Remove, Organization: organization, UserID: user, State: plan.Ready}
	}
	of := func(changes ...plan.Change) *plan.Plan {
		return &plan.Plan{Organizations: []plan.Organization{{ID: "org_a", Slug: "acme", Changes: changes[:1]}, {ID: "org_b", Slug: "beta", Changes: changes[1:]}}}
	}
	for part, held := range map[string]bool{"": true, "acme": false, "beta": true} {
		saved, now := of(change("org_a", "u1"), change("org_b", "u2")), of(change("org_a", "u1"), change("org_b", "u3"))
		matchSaved(now, Request{Saved: saved, Part: plan.Part{Organization: part}})
		if got := len(now.Holds) == 1; got != held || now.Organizations[0].Changes[0].State != map[bool]plan.State{true: plan.Held, false: plan.Ready}[part == ""] {
			t.Errorf("%q: %+v", part, now)
		}
	}
}
