package notify

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// A problem is told when it comes, when its reason changes, once a day, and
// when it is over; what a channel did not take it is told again.
func TestAProblemIsToldOnceADayAndWhenItEnds(t *testing.T) {
	r := newReceiver(t)
	n, logs := observed(Config{Name: "web1", When: OnProblem, Repeat: 24 * time.Hour, Slack: &Slack{URL: r.secret()}}, t.TempDir())
	// The same hold with another figure is the same; another hash is not.
	held := func(text, hash string) Run {
		run := heldRun()
		run.Report.Plan.Holds[0].Text, run.Report.Plan.Holds[0].Approval = text, hash
		return run
	}
	for i, c := range []struct {
		run  Run
		at   time.Duration
		want string // of the subject; empty: nothing is told
	}{
		{fine(), 0, ""},
		{held("1 removal of 2", hash), time.Hour, "held"},
		{held("1 removal of 3", hash), 2 * time.Hour, ""},
		{Run{Outcome: "interrupted", ExitCode: exitInterrupted}, 3 * time.Hour, ""},
		{held("1 removal of 3", hash), 24 * time.Hour, ""},
		{held("1 removal of 3", hash), 25 * time.Hour, "held"},
		{held("1 removal of 3", strings.Repeat("cd34", 16)), 26 * time.Hour, "held"},
		{failedRun(errBroken), 27 * time.Hour, "failed"},
		{failedRun(errors.New("list memberships of org_1: 504")), 28 * time.Hour, ""},
		{fine(), 29 * time.Hour, "well again"},
		{fine(), 30 * time.Hour, ""},
		{failedRun(errBroken), 31 * time.Hour, "failed"},
	} {
		n.End(t.Context(), c.run.after(c.at))
		checkTold(t, i, r, c.want)
	}
	r.answer(http.StatusForbidden)
	n.End(t.Context(), heldRun().after(32*time.Hour))
	if lines := complaints(t, logs); len(lines) != 1 || len(r.take()) != 1 {
		t.Fatal(lines)
	}
	n.End(t.Context(), heldRun().after(33*time.Hour))
	checkTold(t, -1, r, "held")
}

func checkTold(t *testing.T, i int, r *receiver, want string) {
	t.Helper()
	got := r.take()
	switch {
	case want == "" && len(got) == 0:
	case want != "" && len(got) == 1 && strings.Contains(got[0].body, "[rollcall web1] "+want+": "):
	default:
		t.Errorf("step %d: told %v, want %q", i, got, want)
	}
}

func TestWhenSaysWhichRunsAreTold(t *testing.T) {
	changed := fine()
	changed.Report = &sync.Report{Plan: &sync.Plan{}, Outcomes: []sync.Outcome{{Change: sync.Change{Action: sync.Add}, Result: sync.Done}}}
	stopped := changed
	stopped.Outcome, stopped.ExitCode = "interrupted", exitInterrupted
	for name, c := range map[string]struct {
		run  Run
		want []When
	}{
		"nothing to do":              {fine(), []When{Always}},
		"pending":                    {Run{ExitCode: exitPending}, []When{Always}},
		"changed":                    {changed, []When{Always, OnChange}},
		"interrupted after a change": {stopped, []When{Always, OnChange}},
		"held":                       {heldRun(), []When{Always, OnChange, OnProblem}},
		"failed":                     {failedRun(errBroken), []When{Always, OnChange, OnProblem}},
	} {
		var got []When
		for _, when := range []When{Always, OnChange, OnProblem} {
			if tell, _ := New(Config{When: when}, "").due("", &c.run, told{}); tell {
				got = append(got, when)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: told those who want %q, want %q", name, got, c.want)
		}
	}
	run := fine()
	if tell, _ := New(Config{When: Always}, "").due(OnProblem, &run, told{}); tell {
		t.Error("a channel's own word does not count")
	}
}

// A journal that cannot be read has failed the run: that must be told all the more.
func TestADamagedJournalKeepsNobodyFromBeingTold(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "journal.db", "")
	r := newReceiver(t)
	n, logs := observed(Config{When: OnProblem, Slack: &Slack{URL: r.secret()}, Events: &Webhook{URL: r.secret(), Secret: clerkapi.NewSecret(whsec)}}, dir)
	n.Begin(t.Context())
	n.End(t.Context(), failedRun(errBroken))
	if got := r.take(); len(got) != 1 {
		t.Errorf("told %v, complained %q", got, complaints(t, logs))
	}
}

var start = noon

// past writes a journal with changes that have these results; an empty one is open.
func past(t *testing.T, dir string, results ...string) {
	t.Helper()
	db := openJournal(t, dir)
	run, err := db.Begin(t.Context(), journal.Run{Verb: "apply"})
	must(t, err)
	var changes []journal.Change
	actions := []string{"add", "set_role", "remove", "set_metadata", "invite"}
	for i := range results {
		changes = append(changes, journal.Change{Action: actions[i%len(actions)], Organization: "org_1", UserID: "user_1", From: "org:member", To: "org:admin",
			Email: "ada@corp.example", Because: "rule 1", Intended: start.Add(time.Duration(i))})
	}
	ids, err := db.Intend(t.Context(), run, changes)
	must(t, err)
	var outcomes []journal.Outcome
	for i, result := range results {
		if result != "" {
			outcomes = append(outcomes, journal.Outcome{ID: ids[i], Result: result})
		}
	}
	must(t, db.Record(t.Context(), outcomes))
}

func openJournal(t *testing.T, dir string) *journal.DB {
	t.Helper()
	db, err := journal.Open(t.Context(), dir, journal.Options{})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}
