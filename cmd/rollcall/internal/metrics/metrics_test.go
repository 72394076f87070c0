package metrics

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"rollcall/.ci/suite"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

var update = flag.Bool("update", false, "rewrite the golden figures")

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// heldRun has added one person, skips one change, holds two and lacks two seats.
func heldRun() *notify.Run {
	add := plan.Change{Action: plan.Add, Organization: "org_1", Email: "ada@corp.example", State: plan.Ready}
	plan := &plan.Plan{
		Sources: []plan.SourceSummary{{Name: "hr", People: 300, Groups: 24}},
		Organizations: []plan.Organization{{ID: "org_1", Slug: "acme", Seats: plan.Seats{Missing: 2}, Changes: []plan.Change{
			add, {Action: plan.Remove, Organization: "org_1", State: plan.Skipped, Why: "protected (S19)", Reasons: plan.Reasons(0).With(plan.Protected)},
			{Action: plan.Remove, Organization: "org_1", State: plan.Held}, {Action: plan.Remove, Organization: "org_1", State: plan.Held},
		}}},
		Holds: []plan.Hold{
			{Guard: "removals", Organization: "org_1", Changes: 2},
			{Guard: "unknown_organization", Organization: "nowhere"},
			{Guard: "adds", Changes: 6},
		},
		Unresolved: map[string]int{"no_user": 4},
	}
	return &notify.Run{Verb: "apply", Started: noon, Finished: noon.Add(3 * time.Second), Outcome: "held", ExitCode: 3,
		Report: &sync.Report{Plan: plan, Applied: true, Sent: apply.Sent{Outcomes: []apply.Outcome{{Change: add, Result: apply.Done}, {Change: add, Result: apply.Failed}}}}}
}

func failedRun() *notify.Run {
	return &notify.Run{Verb: "apply", Started: noon.Add(time.Hour), Finished: noon.Add(time.Hour + time.Second), Outcome: "failed", ExitCode: 1}
}

var goVersion = regexp.MustCompile(`goversion="[^"]*"`)

func figures(t *testing.T, m *Metrics) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rollcall.prom")
	if err := m.WriteTextfile(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return goVersion.ReplaceAllString(string(text), `goversion="go"`)
}

// Names and labels are what alert rules and dashboards are written against.
func TestFiguresOfAService(t *testing.T) {
	m := New("v1.2.3")
	m.Interval(15 * time.Minute)
	m.NextRun(noon.Add(15 * time.Minute))
	m.Budget(func() float64 { return 0.25 })
	for range 3 {
		m.Request("GET", "/organizations/{organization_id}/memberships", 200)
	}
	m.Request("POST", "/organizations/{organization_id}/memberships", 429)
	m.Request("GET", "/users", 0)
	m.BackedOff([]serve.Failing{{Kind: serve.OfSource, Name: "corp", Label: "corp", Until: time.Unix(1_900_000_000, 0)}})
	m.Observe(heldRun())
	got := figures(t, m)
	const golden = "testdata/service.prom"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
	problems, err := promlint.New(strings.NewReader(got)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v %v", problems, err)
	}
}

// A run that ends goes on from what the one before it left, and one that saw
// nothing says what that one saw.
func TestTextfileGoesOnFromRunToRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rollcall.prom")
	for _, r := range []*notify.Run{heldRun(), heldRun(), failedRun()} {
		m := New("v1")
		if _, err := m.Restore(file); err != nil {
			t.Fatal(err)
		}
		m.Request("GET", "/users", 200)
		m.Observe(r)
		if err := m.WriteTextfile(file); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`rollcall_runs_total{outcome="held"} 2`, `rollcall_runs_total{outcome="failed"} 1`,
		`rollcall_changes_total{action="add",organization="acme"} 2`,
		`rollcall_clerk_requests_total{code="200",route="GET /users"} 3`,
		`rollcall_held_changes{guard="removals",organization="acme"} 2`,
		`rollcall_source_people{source="hr"} 300`,
		`rollcall_last_success_timestamp_seconds 1.795521603e+09`,
		`rollcall_run_duration_seconds 1`,
	} {
		if !strings.Contains(string(text), want+"\n") {
			t.Errorf("no line %s in\n%s", want, text)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("node-exporter may not read it: %v %v", info.Mode(), err)
	}
}

// Restoring twice counts nothing twice: a service restores before each run,
// since an undo by hand may have counted meanwhile.
func TestRestoringTwiceCountsOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rollcall.prom")
	m := New("v1")
	m.Observe(heldRun())
	if err := m.WriteTextfile(file); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := m.Restore(file); err != nil {
			t.Fatal(err)
		}
	}
	if n := testutil.ToFloat64(m.runs.WithLabelValues("held")); n != 1 {
		t.Errorf("%v runs", n)
	}
}

func TestRestoreOfSomethingElse(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"no figures":     "\x00\x01 not prometheus",
		"foreign labels": "rollcall_runs_total{other=\"x\"} 3\n",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, "x.prom")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			m := New("v1")
			if _, err := m.Restore(file); err == nil {
				t.Error("no error")
			}
			m.Observe(heldRun())
			figures(t, m)
		})
	}
	if _, err := New("v1").Restore(filepath.Join(dir, "missing.prom")); err != nil {
		t.Errorf("a first run: %v", err)
	}
	if _, err := New("v1").Restore(dir); err == nil {
		t.Error("a directory passed for a textfile")
	}
	pipe := filepath.Join(dir, "pipe.prom")
	if err := suite.NamedPipe(pipe); err != nil {
		t.Fatal(err)
	}
	if _, err := New("v1").Restore(pipe); err == nil { // and it is not waited for (S34)
		t.Error("a pipe passed for a textfile")
	}
}

func TestRunsThatDoNotCountAsSuccess(t *testing.T) {
	for name, r := range map[string]notify.Run{
		"failed": {ExitCode: 1}, "in part": {ExitCode: 4}, "interrupted": {ExitCode: 130}, "part": {Part: true},
	} {
		m := New("v1")
		r.Finished, r.Outcome = noon, name
		m.Observe(&r)
		if n := testutil.CollectAndCount(m.lastSuccess); n != 0 {
			t.Errorf("%s counts as success", name)
		}
	}
}

func TestRecallFindsTheLastSuccess(t *testing.T) {
	m := New("v1")
	m.Recall([]journal.Run{
		{ID: 5, Started: noon.Add(4 * time.Hour)}, // killed
		{ID: 4, Finished: noon.Add(3 * time.Hour), ExitCode: 1},
		{ID: 3, Finished: noon.Add(2 * time.Hour), Undoes: 1},
		{ID: 3, Finished: noon.Add(2 * time.Hour), Summary: memory.RunSummary{Part: true}.Raw()},
		{ID: 2, Finished: noon.Add(time.Hour), ExitCode: 3},
		{ID: 1, Finished: noon},
	})
	if got := testutil.ToFloat64(m.lastSuccess); got != seconds(noon.Add(time.Hour)) {
		t.Errorf("last success %v", got)
	}
}

// S35: what others write can be no other line, and no other figure.
func TestS35HostileLabels(t *testing.T) {
	const attack = "a\"} 1\nrollcall_runs_total{x=\"\u202e\x1b\xff\u2028"
	r := heldRun()
	r.Report.Plan.Organizations[0].Slug = attack + strings.Repeat("x", 1000)
	r.Report.Plan.Sources[0].Name = attack
	m := New("v1")
	m.Observe(r)
	got := figures(t, m)
	for line := range strings.SplitSeq(got, "\n") {
		if strings.HasPrefix(line, "rollcall_runs_total{x") || len(line) > 400 || bytes.ContainsAny([]byte(line), "\x1b\u202e\u2028") {
			t.Errorf("hostile line %q", line)
		}
	}
	file := filepath.Join(t.TempDir(), "again.prom")
	if err := m.WriteTextfile(file); err != nil {
		t.Fatal(err)
	}
	if _, err := New("v1").Restore(file); err != nil {
		t.Error(err)
	}
}

func TestTextfileThatCannotBeWritten(t *testing.T) {
	if err := New("v1").WriteTextfile(filepath.Join(t.TempDir(), "none", "x.prom")); err == nil {
		t.Error("no error")
	}
}

// What a service is watched by is no figure of a run.
func TestServiceShowsTheProcessToo(t *testing.T) {
	m := New("v1")
	for _, name := range []string{"go_goroutines", "process_open_fds", "process_resident_memory_bytes", "rollcall_build_info"} {
		if n, err := testutil.GatherAndCount(m.Service(), name); n != 1 || err != nil {
			t.Errorf("a service shows %s %d times, %v", name, n, err)
		}
	}
	if n, err := testutil.GatherAndCount(m.Gatherer(), "go_goroutines"); n != 0 || err != nil {
		t.Errorf("a textfile would hold the goroutines of a process that has ended: %d, %v", n, err)
	}
}
