package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/report/history"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// pastRun is a run with each kind of result, and something that waited.
func pastRun() history.Past {
	began := time.Date(2026, 11, 28, 19, 20, 11, 0, time.UTC)
	marker := []byte(`{"rollcall": {"id": "E1", "owner": "rollcall", "source": "people"}}`)
	return history.Past{
		Run: journal.Run{ID: 2, Verb: "serve", Started: began, Finished: began.Add(83 * time.Second), Outcome: "held", ExitCode: 3, Recovers: 1,
			Summary: memory.RunSummary{By: "rollcall", Why: "schedule", Waiting: 2, Skipped: 1}.Raw(), Changes: map[string]int{"add": 1, "set_metadata": 1, "set_role": 1, "remove": 1}},
		Changes: []journal.Change{
			{Action: "add", Organization: "org_1", UserID: "user_1", Email: "ann@corp.example", To: "org:member", Private: marker, Because: "rule 2: team", Result: "done"},
			{Action: "remove", Organization: "org_2", UserID: "user_2", Email: "bob@corp.example", From: "org:member", Because: "left: no row in people.csv", Result: "done", Approved: true},
			{Action: "set_metadata", Organization: "org_1", UserID: "user_3", Email: "cleo@corp.example", Public: []byte(`{"department": "Sales"}`), PublicBefore: []byte(`{"department": "Trainees"}`), Because: "rule 2: team", Result: "done"},
			{Action: "add", Organization: "org_2", UserID: "user_4", Email: "dora@corp.example", To: "org:member", Because: "rule 3: sales", Result: "failed", Error: "POST /organizations/{organization_id}/memberships: 422 organization_membership_quota_exceeded"},
			{Action: "set_role", Organization: "org_1", UserID: "user_5", Email: "emil@corp.example", From: "org:member", To: "org:admin", Admin: "gained", Because: "rule 1: leads", Result: "done"},
			{Action: "add", Organization: "org_1", UserID: "user_6", Email: "finn@corp.example", To: "org:member", Because: "rule 2: team"},
		},
		Waited: &memory.Waited{More: 3,
			Approval: []plan.Organization{{ID: "org_2", Slug: "sales", Changes: []plan.Change{
				{Action: plan.Remove, Organization: "org_2", UserID: "user_7", Email: "gil@corp.example", From: "org:member", Because: "left: no row in people.csv", State: plan.Held, Why: "guard removals (S17)"}}}},
			Fix: []plan.Organization{{ID: "org_1", Slug: "engineering", Changes: []plan.Change{
				{Action: plan.Add, Organization: "org_1", UserID: "user_8", Email: "hana@corp.example", To: "org:member", Because: "rule 2: team", State: plan.Held, Why: "identity_conflict (S02)"}}}},
			Skipped: []plan.Organization{{ID: "org_1", Slug: "engineering", Changes: []plan.Change{
				{Action: plan.Remove, Organization: "org_1", UserID: "user_9", Email: "ivo@corp.example", From: "org:admin", Because: "left: no row in people.csv", State: plan.Skipped, Why: "last admin (S19)"}}}}, MoreSkipped: 2},
	}
}

func label(id string) string {
	return map[string]string{"org_1": "engineering", "org_2": "sales"}[id]
}

func TestPastRunHasThePlansForm(t *testing.T) {
	var out bytes.Buffer
	if err := PastRuns(&out, clerkapi.Instance{}, label, []history.Past{pastRun()}, facts.Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "past.golden", out.String())
}

// A part of a run counts what is shown, and its undo names the person.
func TestPastOfOnePerson(t *testing.T) {
	r := pastRun()
	r.Changes, r.Waited, r.Part, r.Only = r.Changes[1:2], nil, true, "bob@corp.example"
	var out bytes.Buffer
	if err := PastRuns(&out, clerkapi.Instance{}, label, []history.Past{r}, facts.Options{Flags: []string{"--state", "st"}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Done: −1.\n", "To undo: rollcall undo 2 --only bob@corp.example --state st\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	r.Only = ""
	out.Reset()
	if err := PastRuns(&out, clerkapi.Instance{}, label, []history.Past{r}, facts.Options{}); err != nil || strings.Contains(out.String(), "undo") {
		t.Errorf("a part of a run has no undo of its own: %v\n%s", err, out.String())
	}
}

// Whatever the history holds, a terminal gets no control characters (S35).
func TestS35PastRunsAreEscaped(t *testing.T) {
	const hostile = "x\x1b]0;owned\x07\u202e\ny"
	c := journal.Change{Action: "add", Organization: hostile, UserID: hostile, Email: hostile, From: hostile, To: hostile, Because: hostile, Result: hostile, Error: hostile,
		Public: []byte(`{"a\u001b[2J": "\u001b[2J"}`)}
	unknown := c
	unknown.Action = hostile
	r := history.Past{Run: journal.Run{ID: 1, Verb: hostile, Outcome: hostile, Error: hostile, Finished: time.Now(), Summary: memory.RunSummary{By: hostile, Why: hostile, Ended: hostile, All: 3, Asked: 2, Reversals: hostile}.Raw(), Undoes: 3, Changes: map[string]int{"add": 1}},
		Changes: []journal.Change{c, unknown}, Only: hostile, Part: true, Waited: &memory.Waited{Approval: []plan.Organization{{Slug: hostile, Changes: []plan.Change{{Action: plan.Add, Email: hostile, To: hostile, Because: hostile}}}}}}
	r.Changes[0].Result = "done"
	r.Undos = []journal.Run{r.Run}
	for _, width := range []int{0, 80} {
		var out bytes.Buffer
		if err := PastRuns(&out, clerkapi.Instance{}, func(id string) string { return id }, []history.Past{r}, facts.Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		if err := history.List(&out, clerkapi.Instance{}, []journal.Run{r.Run}, nil, 0); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\x07\u202e") || strings.Contains(out.String(), "\ny") {
			t.Errorf("%q", out.String())
		}
	}
}

// difference has a change of each kind.
func difference() *history.Difference {
	r := pastRun()
	waits := func(c journal.Change) journal.Change {
		c.Result, c.Error = history.Waits, "guard removals (S17)"
		return c
	}
	before := r.Run
	before.ID, before.Outcome, before.ExitCode = 1, "done", 0
	return &history.Difference{Run: r.Run, Before: before, New: all(r.Changes[3], waits(r.Changes[1]), r.Changes[4]), Sent: all(r.Changes[0]), Dropped: all(waits(r.Changes[2])), Done: all(r.Changes[1]), Incomplete: true, Part: true}
}

func all(changes ...journal.Change) history.Changes {
	return history.Changes{First: changes, All: len(changes)}
}

func TestDifferenceHasThePlansForm(t *testing.T) {
	var out bytes.Buffer
	err := Difference(&out, clerkapi.Instance{}, label, difference(), facts.Options{})
	same := difference()
	same.New, same.Sent, same.Dropped, same.Done = all(), all(), all(), all()
	same.Incomplete, same.Part = false, false
	if err := errors.Join(err, Difference(&out, clerkapi.Instance{ID: "ins_1", Environment: "production"}, label, same, facts.Options{})); err != nil {
		t.Fatal(err)
	}
	golden(t, "difference.golden", out.String())
}

// Whatever the history holds, a terminal gets no control characters (S35).
func TestS35DifferencesAreEscaped(t *testing.T) {
	const hostile = "x\x1b]0;owned\x07\u202e\ny"
	c := journal.Change{Action: "add", Organization: hostile, UserID: hostile, Email: hostile, From: hostile, To: hostile, Because: hostile, Result: history.Waits, Error: hostile}
	d := &history.Difference{Run: journal.Run{ID: 2, Verb: hostile}, Before: journal.Run{ID: 1, Outcome: hostile, Finished: time.Now()}, New: all(c), Done: all(c)}
	for _, width := range []int{0, 80} {
		var out bytes.Buffer
		if err := Difference(&out, clerkapi.Instance{}, func(id string) string { return id }, d, facts.Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\x07\u202e") || strings.Contains(out.String(), "\ny") {
			t.Errorf("%q", out.String())
		}
	}
}
