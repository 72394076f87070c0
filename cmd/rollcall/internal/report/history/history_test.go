package history

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

func TestSigns(t *testing.T) {
	for want, counts := range map[string]map[string]int{
		"no changes":          {},
		"+20 ~23 −9":          {"add": 18, "invite": 2, "set_role": 5, "set_metadata": 18, "remove": 8, "revoke_invitation": 1},
		"−1,410":              {"remove": 1410},
		"+1, 1 new user":      {"add": 1, "create_user": 1},
		"1 new user":          {"create_user": 1},
		"~1, 2 other changes": {"adopt": 1, "of a later version": 2},
	} {
		if got := Signs(counts); got != want {
			t.Errorf("%v: %q, want %q", counts, got, want)
		}
	}
}

func TestListSaysHowLongWhyAndWhatWaited(t *testing.T) {
	began := time.Date(2026, 11, 28, 19, 20, 11, 0, time.UTC)
	var out bytes.Buffer
	err := List(&out, clerkapi.Instance{}, []journal.Run{
		{ID: 12, Verb: "serve", Started: began, Finished: began.Add(83 * time.Second), Outcome: "held", ExitCode: 3, Changes: map[string]int{"add": 20, "set_role": 23, "remove": 9},
			Summary: memory.RunSummary{By: "rollcall", Why: "missed", Waiting: 23, Skipped: 1}.Raw()},
		{ID: 11, Verb: "apply", Started: began, Finished: began, Outcome: "done", Summary: memory.RunSummary{By: "ada"}.Raw()},
		{ID: 10, Verb: "undo", Started: began},
		{ID: 9, Verb: "undo", Started: began, Finished: began, Outcome: "done", Changes: map[string]int{"add": 3}, Undoes: 8, Summary: memory.RunSummary{By: "ada", Asked: 9, Undone: 3, Reversals: "3 of 9 changes undone."}.Raw()},
		{ID: 8, Verb: "apply", Started: began, Finished: began, Outcome: "in part", ExitCode: 4, Recovers: 7, Changes: map[string]int{"add": 5}, Summary: memory.RunSummary{Ended: "the Clerk key is no longer valid", All: 12}.Raw()},
		{ID: 7, Verb: "apply", Started: began, Changes: map[string]int{"add": 51}},
		{ID: 6, Verb: "apply", Started: began, Finished: began, Outcome: "refused", ExitCode: 2, Error: "read source hr: people.csv: no such file; check the path"},
		{ID: 5, Verb: "apply", Started: began, Finished: began, Outcome: "refused", ExitCode: 2, Error: "read source hr: the input is damaged (2 problems):\n  people.csv:4:6: no address\n  people.csv:9:6: no address"},
		{ID: 4, Verb: "serve", Started: began, Finished: began, Outcome: "failed", ExitCode: 1, Summary: memory.RunSummary{Problems: []string{"not read: source hr: " + strings.Repeat("a long way ", 20), "another"}}.Raw()},
	}, map[int64]int{10: 50}, 0)
	const want = `RUN  STARTED               TOOK   COMMAND  WHY     OUTCOME           CHANGES
12   2026-11-28 19:20:11Z  1m23s  serve    missed  waits (exit 3)    +20 ~23 −9, 23 waiting, 1 skipped
11   2026-11-28 19:20:11Z  <1s    apply    by ada  done              no changes
10   2026-11-28 19:20:11Z  -      undo     -       unfinished        no changes, 50 not known (the next run checks them)
9    2026-11-28 19:20:11Z  <1s    undo 8   by ada  done              +3, 6 of 9 not undone
8    2026-11-28 19:20:11Z  <1s    apply    -       in part (exit 4)  +5, 7 not done: the Clerk key is no longer valid
7    2026-11-28 19:20:11Z  -      apply    -       unfinished        +51, checked by run 8
6    2026-11-28 19:20:11Z  <1s    apply    -       refused (exit 2)  no changes
     read source hr: people.csv: no such file (rollcall show 6)
5    2026-11-28 19:20:11Z  <1s    apply    -       refused (exit 2)  no changes
     read source hr: the input is damaged (2 problems) (rollcall show 5)
4    2026-11-28 19:20:11Z  <1s    serve    -       failed (exit 1)   no changes
     not read: source hr: a long way a long way a long way a long way a long way a long way a long way a … (rollcall show 4)
Clerk: the first run says which instance.
`
	if err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// The JSON of a difference has each list, also one that is empty, and the instance
// (S41). That of a run says what waited where that is known.
func TestS41DifferencesAndRunsAsJSON(t *testing.T) {
	production := clerkapi.Instance{ID: "ins_1", Environment: "production"}
	d := &Difference{Run: journal.Run{ID: 2}, Before: journal.Run{ID: 1}, New: Changes{[]journal.Change{{Action: "remove", Organization: "org_1", Email: "ben@corp.example", Result: Waits, Error: "removals (S17)"}}, 1}}
	var out bytes.Buffer
	if err := DifferenceJSON(&out, production, d); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]int{"new": 1, "sent": 0, "dropped": 0, "done": 0} {
		if list, ok := got[name].([]any); !ok || len(list) != n {
			t.Errorf("%s: %v", name, got[name])
		}
	}
	if !strings.Contains(out.String(), `"result": "waited"`) || !strings.Contains(out.String(), "ins_1") {
		t.Error(out.String())
	}
	for known, w := range map[bool]*memory.Waited{true: {Approval: []plan.Organization{{ID: "org_1"}}}, false: nil} {
		out.Reset()
		if err := RunJSON(&out, production, &Past{Run: journal.Run{ID: 2}, Waited: w}); err != nil || strings.Contains(out.String(), `"waited"`) != known || strings.Contains(out.String(), `"approval"`) != known {
			t.Errorf("known %t: %v\n%s", known, err, out.String())
		}
	}
}

// On a narrow terminal, no line is longer than it.
func TestListFitsTheTerminal(t *testing.T) {
	began := time.Date(2026, 11, 28, 19, 20, 11, 0, time.UTC)
	var out bytes.Buffer
	err := List(&out, clerkapi.Instance{}, []journal.Run{{ID: 6, Verb: "apply", Started: began, Finished: began, Outcome: "refused", ExitCode: 2, Error: "read source hr: people.csv: no such file; check the path"}}, nil, 60)
	if err != nil || !strings.Contains(out.String(), "no such file") {
		t.Errorf("%v\n%s", err, out.String())
	}
	for line := range strings.Lines(out.String()) {
		if terminal.Width(strings.TrimSuffix(line, "\n")) > 60 {
			t.Errorf("longer than 60 columns: %q", line)
		}
	}
}

// What was not read stands in full with the run.
func TestRemarksNameProblems(t *testing.T) {
	r := journal.Run{Summary: memory.RunSummary{Problems: []string{"not read: source hr: no such file; check the path", "stopped: acme: no seat"}}.Raw()}
	if got := Remarks(&r); len(got) != 2 || got[0] != "Problem: not read: source hr: no such file; check the path" || got[1] != "Problem: stopped: acme: no seat" {
		t.Errorf("%q", got)
	}
}

// An error of several lines is one line in the history, without escapes.
func TestRemarksShowAnErrorOnOneLine(t *testing.T) {
	r := journal.Run{Error: "the input is damaged (2 problems):\n  people.csv:4:6: no address\n  people.csv:9:6: no address"}
	if got := Remarks(&r); len(got) != 1 || got[0] != "Error: the input is damaged (2 problems): people.csv:4:6: no address people.csv:9:6: no address" {
		t.Errorf("%q", got)
	}
}
