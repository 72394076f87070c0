package notify

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
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
		{held("1 removal of 2", heldHash()), time.Hour, "waits"},
		{held("1 removal of 3", heldHash()), 2 * time.Hour, ""},
		{Run{Outcome: "interrupted", ExitCode: exitInterrupted}, 3 * time.Hour, ""},
		{held("1 removal of 3", heldHash()), 24 * time.Hour, ""},
		{held("1 removal of 3", heldHash()), 25 * time.Hour, "waits"},
		{held("1 removal of 3", strings.Repeat("cd34", 16)), 26 * time.Hour, "waits"},
		{failedRun(errBroken), 27 * time.Hour, "failed"},
		{failedRun(errors.New("list memberships of org_1: 504")), 28 * time.Hour, ""},
		{fine(), 29 * time.Hour, "recovered"},
		{fine(), 30 * time.Hour, ""},
		{failedRun(errBroken), 31 * time.Hour, ""}, // told four hours ago
		{failedRun(errBroken), 51 * time.Hour, "failed"},
	} {
		n.End(t.Context(), c.run.after(c.at))
		checkTold(t, i, r, c.want)
	}
	r.answer(http.StatusForbidden)
	n.End(t.Context(), heldRun().after(52*time.Hour))
	if lines := complaints(t, logs); len(lines) != 1 || len(r.take()) != 1 {
		t.Fatal(lines)
	}
	n.End(t.Context(), heldRun().after(53*time.Hour))
	checkTold(t, -1, r, "waits")
}

// A run of one person that goes well does not end a problem of everybody: nobody would
// be told of it again.
func TestARunOfOnePersonEndsNoProblem(t *testing.T) {
	for name, when := range map[string]When{"problems": OnProblem, "everything": Always} {
		r := newReceiver(t)
		n, _ := observed(Config{Name: "web1", When: when, Repeat: 24 * time.Hour, Slack: &Slack{URL: r.secret()}}, t.TempDir())
		one := fine()
		one.Part = true
		n.End(t.Context(), failedRun(errBroken).after(0))
		checkTold(t, 0, r, "failed")
		n.End(t.Context(), one.after(time.Hour))
		if told := r.take(); len(told) > 1 || (len(told) == 0) != (when == OnProblem) || len(told) == 1 && strings.Contains(told[0].body, "recovered") {
			t.Errorf("%s: one person: %v", name, told)
		}
		n.End(t.Context(), fine().after(2*time.Hour))
		checkTold(t, 2, r, "recovered")
	}
}

// A problem that comes and goes is told once in a day, and so is its end. A new
// problem is told at once, and the end of that one too.
func TestAProblemThatComesAndGoesIsToldOnceADay(t *testing.T) {
	r := newReceiver(t)
	n, _ := observed(Config{Name: "web1", When: OnProblem, Repeat: 24 * time.Hour, Slack: &Slack{URL: r.secret()}}, t.TempDir())
	other := errors.New("people.csv is damaged")
	for i, c := range []struct {
		run  Run
		at   time.Duration
		want string
	}{
		{failedRun(errBroken), 0, "failed"},
		{fine(), time.Hour, "recovered"},
		{failedRun(errBroken), 2 * time.Hour, ""},
		{fine(), 3 * time.Hour, ""},
		{failedRun(errBroken), 4 * time.Hour, ""},
		{failedRun(other), 5 * time.Hour, "failed"},
		{failedRun(errBroken), 6 * time.Hour, ""},
		{failedRun(other), 7 * time.Hour, ""},
		{fine(), 8 * time.Hour, "recovered"},
		{fine(), 9 * time.Hour, ""},
		{failedRun(errBroken), 23 * time.Hour, ""},
		{failedRun(errBroken), 24 * time.Hour, "failed"},
		{failedRun(other), 28 * time.Hour, ""},
		{failedRun(other), 29 * time.Hour, "failed"},
		{fine(), 30 * time.Hour, "recovered"},
	} {
		n.End(t.Context(), c.run.after(c.at))
		checkTold(t, i, r, c.want)
	}
}

// A message that all is well says how long the same problem would be silent.
func TestWellAgainSaysHowLongTheSameProblemIsSilent(t *testing.T) {
	for repeat, want := range map[time.Duration]bool{24 * time.Hour: true, 0: false} {
		r := newReceiver(t)
		n, _ := observed(Config{When: OnProblem, Repeat: repeat, Slack: &Slack{URL: r.secret()}}, t.TempDir())
		n.End(t.Context(), failedRun(errBroken).after(0))
		n.End(t.Context(), fine().after(time.Hour))
		got := r.take()
		if len(got) != 2 || strings.Contains(got[1].body, "If the same problem returns before") != want {
			t.Errorf("repeat %s: told %v", repeat, got)
		}
	}
}

// Without a channel nobody is told, and nothing is said of a memory that is not
// there; with one, the memory is no channel.
func TestABrokenMemoryIsNoChannel(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "journal.db", "no database")
	n, logs := observed(Config{When: OnProblem}, dir)
	n.End(t.Context(), failedRun(errBroken))
	if logs.Len() != 0 {
		t.Errorf("logged %v", logs.All())
	}
	r := newReceiver(t)
	n, logs = observed(Config{When: OnProblem, Slack: &Slack{URL: r.secret()}}, dir)
	n.End(t.Context(), failedRun(errBroken))
	if logs.Len() != 1 || !strings.Contains(logs.All()[0].Message, "a message may be sent twice") || len(r.take()) != 1 {
		t.Errorf("logged %v", logs.All())
	}
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
	changed.Report = &sync.Report{Plan: &plan.Plan{}, Sent: apply.Sent{Outcomes: []apply.Outcome{{Change: plan.Change{Action: plan.Add}, Result: apply.Done}}}}
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
			if tell, _ := New(Config{When: when}, "").due("", &c.run, knownProblem{}); tell {
				got = append(got, when)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: told those who want %q, want %q", name, got, c.want)
		}
	}
	run := fine()
	if tell, _ := New(Config{When: Always}, "").due(OnProblem, &run, knownProblem{}); tell {
		t.Error("a channel's own word does not count")
	}
}

// A journal that cannot be read has failed the run: that must be told all the more.
func TestADamagedJournalKeepsNobodyFromBeingTold(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "journal.db", "")
	r := newReceiver(t)
	n, logs := observed(Config{When: OnProblem, Slack: &Slack{URL: r.secret()}}, dir)
	n.Begin(t.Context())
	n.End(t.Context(), failedRun(errBroken))
	if got := r.take(); len(got) != 1 {
		t.Errorf("told %v, complained %q", got, complaints(t, logs))
	}
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
}

// The subject of a run without a report says what failed, and a report its headline.
func TestTheSubjectSaysWhatFailed(t *testing.T) {
	n := New(Config{Name: "web1"}, "")
	for text, want := range map[string]string{
		"read source hr: open people.csv: permission denied": "read source hr: open people.csv: permission denied",
		"one\ntwo": "one two",
		"read source hr: " + strings.Repeat("é", 200):    "read source hr: " + strings.Repeat("é", 17) + "…",
		"read source hr: " + strings.Repeat("word ", 40): "read source hr:" + strings.Repeat(" word", 16) + "…",
		strings.Repeat("é", 200):                         strings.Repeat("é", 25) + "…",
	} {
		run := failedRun(errors.New(text))
		run.Report = nil
		if got := n.runMessage(&run, false).subject; got != "[rollcall web1] failed: "+want+" (instance)" {
			t.Errorf("%q, want %q", got, want)
		}
	}
	run := heldRun()
	if got := n.runMessage(&run, false); !strings.HasSuffix(got.subject, strings.TrimSuffix(got.digest.Headline, ".")+" (instance)") {
		t.Errorf("%q of %q", got.subject, got.digest.Headline)
	}
}
