package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/guard"
	"rollcall/sync/plan"
)

// setsPlan is a plan in which several sets wait: in the order of its holds each
// removes more people than the one before, and the last but one makes an admin.
func setsPlan(sets int) *plan.Plan {
	made := &plan.Plan{}
	for i := range sets {
		o := plan.Organization{ID: fmt.Sprint("org_", i), Slug: fmt.Sprint("o", i)}
		for j := range i + 1 {
			c := plan.Change{Action: plan.Remove, Organization: o.ID, UserID: fmt.Sprint("user_", i, j), State: plan.Ready}
			c.Hold(plan.Removals)
			o.Changes = append(o.Changes, c)
		}
		if i == sets-2 {
			o.Changes[0].Action, o.Changes[0].To, o.Changes[0].Admin = plan.Add, "org:admin", plan.AdminGained
		}
		h := plan.NewHold(plan.Removals, o.ID, "too many")
		var all []*plan.Change
		for j := range o.Changes {
			all = append(all, &o.Changes[j])
		}
		h.Approval = plan.ApprovalHash("", all)
		made.Organizations, made.Holds = append(made.Organizations, o), append(made.Holds, h)
	}
	return made
}

// numbered are the lines that begin with a number.
func numbered(text string) (out []string) {
	for line := range strings.Lines(text) {
		if number, rest, found := strings.Cut(line, ". o"); found && number < "9" && len(number) == 1 {
			title, _, _ := strings.Cut(rest, ":")
			out = append(out, number+" o"+title)
		}
	}
	return out
}

// The table above a plan says what it is a plan of.
func TestFiguresSayWhatWouldChange(t *testing.T) {
	for undoes, want := range map[int64]string{0: "What an apply would do now, and what waits:", 7: "What this undo would do now, and what waits:"} {
		made := setsPlan(4)
		if undoes != 0 {
			made.Undoes = []int64{undoes}
		}
		var shown bytes.Buffer
		if err := Text(&shown, &sync.Report{Plan: made}, facts.Options{Kept: true}); err != nil || strings.Count(shown.String(), " would do now") != 1 || !strings.Contains(shown.String(), want) {
			t.Errorf("undo of %d: %v\n%s", undoes, err, shown.String())
		}
	}
}

// approve --list and its prompt number what waits as the plan does.
func TestSetsHaveTheNumbersOfThePlan(t *testing.T) {
	made := setsPlan(4)
	var shown bytes.Buffer
	if err := Text(&shown, &sync.Report{Plan: made}, facts.Options{Kept: true}); err != nil {
		t.Fatal(err)
	}
	var sets []KeptSet
	for _, s := range guard.HeldSets(made) {
		k, err := NewKeptSet(s)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, k)
	}
	undo := sets[3] // the largest, of an undo
	undo.Run = 7
	sets = append([]KeptSet{undo}, sets...)
	NumberKept(sets)
	if sets = sets[:4]; sets[3].Run != 0 {
		t.Error("the set of an undo stands among those of the plan")
	}
	var listed bytes.Buffer
	if err := Kept(&listed, clerkapi.Instance{}, sets, true, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	want := []string{"1 o2", "2 o3", "3 o1", "4 o0"}
	if got := numbered(listed.String()); !slices.Equal(got, want) || !slices.Equal(numbered(shown.String()), want) {
		t.Errorf("listed %q, plan %q, want %q\n%s", got, numbered(shown.String()), want, shown.String())
	}
	// One of them alone keeps its number; an only one has none.
	listed.Reset()
	if err := Kept(&listed, clerkapi.Instance{}, sets[2:3], false, facts.Options{}); err != nil || !slices.Equal(numbered(listed.String()), want[2:3]) {
		t.Errorf("%v: %s", err, listed.String())
	}
	sets = sets[:1]
	sets[0].Number = 0
	NumberKept(sets)
	listed.Reset()
	if err := Kept(&listed, clerkapi.Instance{}, sets, false, facts.Options{}); err != nil || len(numbered(listed.String())) != 0 {
		t.Errorf("%v: %s", err, listed.String())
	}
}

// Whoever approves sees what the plan shows: the guards with their figures, and to look
// at the source first where it has shrunk. A set that an earlier version kept has no
// guards, and each of its changes says why it waits.
func TestS23WhoeverApprovesSeesWhyItWaits(t *testing.T) {
	o := plan.Organization{ID: "org_1", Slug: "acme", Members: 46}
	for i := range 2 {
		o.Changes = append(o.Changes, plan.Change{Action: plan.Remove, Organization: "org_1", UserID: fmt.Sprint("user_", i), From: "org:member", Because: "left"})
	}
	shrank := plan.NewHold(plan.SourceShrink, "org_1", "group staff shrank from 44 to 26 (40 %)")
	removals := plan.NewHold(plan.Removals, "org_1", "19 removals of 46 members (41 %)")
	removals.Figure, shrank.Figure = 19, 18
	for _, h := range []plan.Hold{removals, shrank} {
		o.Hold(func(*plan.Change) bool { return true }, h.Reason)
	}
	made := &plan.Plan{Organizations: []plan.Organization{o}, Holds: []plan.Hold{removals, shrank}}
	hash := plan.ApprovalHash("", []*plan.Change{&o.Changes[0], &o.Changes[1]})
	made.Holds[0].Approval, made.Holds[1].Approval = hash, hash
	sets := guard.HeldSets(made)
	text, err := json.Marshal([]plan.Organization{o})
	if err != nil || len(sets) != 1 {
		t.Fatal(err, sets)
	}
	for text, want := range map[string]string{
		string(sets[0].Text): `acme: 2 people would leave (46 members now)
   group staff shrank from 44 to 26 (40 %) (source shrink, S17)
   19 removals of 46 members (41 %) (removals, S17)
   First look at the source: much less is in it than before; if that is wrong, correct the source and plan again; approve nothing.
     - user_0  org:member  left
     - user_1  org:member  left

`,
		string(text): `acme: 2 people would leave (46 members now)
     - user_0  org:member  left; guard removals (S17), guard source_shrink (S17)
     - user_1  org:member  left; guard removals (S17), guard source_shrink (S17)

`} {
		kept := sets[0]
		kept.Text = []byte(text)
		set, err := NewKeptSet(kept)
		var shown bytes.Buffer
		if err = errors.Join(err, Kept(&shown, clerkapi.Instance{}, []KeptSet{set}, false, facts.Options{})); err != nil {
			t.Fatal(err)
		}
		if got, _, _ := strings.Cut(shown.String(), "Clerk:"); got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	}
}

// A figure stands with the set whose changes it counts, also where all sets have the
// same one.
func TestFiguresStandWithTheirSet(t *testing.T) {
	made := setsPlan(2)
	for i := range made.Holds {
		made.Holds[i].Text, made.Holds[i].Figure = "2 removals of 3 members", 2
	}
	var shown bytes.Buffer
	if err := Text(&shown, &sync.Report{Plan: made}, facts.Options{}); err != nil || strings.Contains(shown.String(), "All of them") || strings.Count(shown.String(), "2 removals of 3 members") != 2 {
		t.Errorf("%v\n%s", err, shown.String())
	}
}
