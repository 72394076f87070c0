package report

import (
	"bytes"
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
