package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
)

// The scenarios run the real program against the sandbox, over HTTP and in
// another process, with Clerk's limits and 25 ms latency:
//
//	go test -run='^$' -bench=Scenario -benchtime=1x ./cmd/rollcall
//
// Requests that differ from the computed minimum (retries apart), a wrong end
// and a 429 of our own making are errors. Times are printed and judged in the
// table, never asserted: they belong to the machine.

// scenario is one row of the table.
type scenario struct {
	name                string
	organizations, each int
	churn               churn
	verbs               []string
	development         bool
	budget              int // percent of the limit
	others              int // requests a second by somebody else
	failing             float64
}

var scenarios = []scenario{
	{name: "one organization of 50,000", organizations: 1, each: 50_000, churn: churn{20, 20, 10, 50}, verbs: []string{"apply"}},
	{name: "5,000 organizations of 20", organizations: 5000, each: 20, verbs: []string{"apply"}},
	{name: "first fill of 5,000", organizations: 5, each: 1000, churn: churn{joins: 5000}, verbs: []string{"apply"}},
	{name: "1 % churn of 100,000", organizations: 100, each: 1000, churn: churn{300, 300, 100, 300}, verbs: []string{"apply"}},
	{name: "nothing to do", organizations: 100, each: 1000, verbs: []string{"apply"}},
	{name: "900 requests in all", organizations: 10, each: 500, churn: churn{joins: 100, leaves: 100, moves: 671}, verbs: []string{"apply"}},
	{name: "plan, then apply at once", organizations: 10, each: 500, churn: churn{joins: 300, leaves: 300, moves: 380}, verbs: []string{"plan", "apply"}},
	{name: "development limits", organizations: 2, each: 500, churn: churn{joins: 80, leaves: 80, moves: 60}, verbs: []string{"apply"}, development: true},
	{name: "5 % of answers 503", organizations: 5, each: 1000, churn: churn{joins: 1000, leaves: 500, moves: 700}, verbs: []string{"apply"}, failing: 0.05},
	{name: "others at half the rate, budget 50 %", organizations: 5, each: 1000, churn: churn{joins: 600, leaves: 400, moves: 600}, verbs: []string{"apply"}, budget: 50, others: 50},
	{name: "others at half the rate, budget 100 %", organizations: 5, each: 1000, churn: churn{joins: 1000, leaves: 500, moves: 700}, verbs: []string{"apply"}, others: 50},
}

// figures are what a scenario showed.
type figures struct {
	name                       string
	requests, least, retries   int
	said, saidLeast            int // by the program's own reports
	took, floor, cpu           time.Duration
	tooMany, peakRate, refused int
	memory                     int64
	remark                     string
}

func BenchmarkScenario(b *testing.B) {
	binary := buildRollcall(b)
	var rows []figures
	for _, fixed := range []bool{false, true} {
		for _, s := range scenarios {
			name := s.name + "/sliding"
			if fixed {
				name = s.name + "/fixed"
			}
			b.Run(name, func(b *testing.B) {
				for range b.N {
					f := s.run(b, binary, fixed)
					f.name = name
					f.report(b)
					rows = append(rows, f)
				}
			})
		}
	}
	b.Run("a million memberships", func(b *testing.B) {
		for range b.N {
			f := planMillion(b, binary, 1000, 1000)
			f.report(b)
			rows = append(rows, f)
		}
	})
	table(rows)
}

func (f figures) report(b *testing.B) {
	b.ReportMetric(float64(f.requests), "requests")
	b.ReportMetric(float64(f.least), "least")
	b.ReportMetric(f.took.Seconds(), "s")
	b.ReportMetric(f.floor.Seconds(), "floor-s")
	b.ReportMetric(float64(f.tooMany), "429s")
	b.ReportMetric(float64(f.memory>>20), "MB")
	b.ReportMetric(f.cpu.Seconds(), "cpu-s")
	b.ReportMetric(0, "ns/op") // means nothing here
}

// print shows the table. A time is judged where the floor says something of it.
func table(rows []figures) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "\nscenario\trequests\tleast\tretries\tseconds\tfloor\tratio\t429s\tmost in 10 s\tpeak MB\tCPU s\t\t")
	for _, f := range rows {
		ratio := "-"
		if f.floor > 0 {
			ratio = fmt.Sprintf("%.3f", f.took.Seconds()/f.floor.Seconds())
		}
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%.2f\t%.0f\t%s\t%d\t%d\t%d\t%.1f\t%s\t\n", f.name, f.requests, f.least, f.retries,
			f.took.Seconds(), f.floor.Seconds(), ratio, f.tooMany, f.peakRate, f.memory>>20, f.cpu.Seconds(), f.remark)
	}
	_ = w.Flush() // a table that cannot be shown leaves the metrics
}

// run makes the scenario's world and has the program bring Clerk in step.
func (s scenario) run(b testing.TB, binary string, fixed bool) figures {
	dir := b.TempDir()
	w := newWorld(s.organizations, s.each, s.churn)
	w.files(b, dir)
	key, limits, per := "sk_live_sandbox", "production", 1000
	if s.development {
		key, limits, per = "sk_test_sandbox", "development", 100
	}
	flags := []string{"--seed", "seed.json", "--latency", "25ms", "--limits", limits}
	if fixed {
		flags = append(flags, "--fixed-window")
	}
	if s.failing > 0 {
		write(b, filepath.Join(dir, "faults.json"), fmt.Appendf(nil, `[{"share": %v, "seed": 7, "status": 503}]`, s.failing))
		flags = append(flags, "--faults", "faults.json")
	}
	budget := 100
	if s.budget > 0 {
		budget = s.budget
	}
	clerk := startSandbox(b, binary, dir, key, flags...)
	write(b, filepath.Join(dir, "rollcall.yaml"), configText(clerk.url, fmt.Sprintf("%d%%", budget), ", metadata: {public: {department: department}}", ""))
	f := s.measure(b, clerk, func(verb string) child {
		return runRollcall(b, binary, dir, key, verb, "--output", "json", "--config", "rollcall.yaml", "--state", oldState(b, filepath.Join(dir, "state")))
	})
	f.least = w.least() + (len(s.verbs)-1)*(w.least()-w.churn.writes()) + len(s.verbs) // each asks which instance it is (S31)
	f.least += (otherWriters + len(w.joined)) * untilApplied(s.verbs)
	f.floor = floor(f.least, per*budget/100)
	w.compare(b, clerk.state())
	s.judge(b, &f)
	return f
}

// measure runs the verbs beside the others' traffic.
func (s scenario) measure(b testing.TB, clerk *clerkProcess, verb func(string) child) figures {
	ctx, cancel := context.WithCancel(context.Background())
	website := make(chan [2]int, 1)
	go func() {
		if s.others == 0 {
			website <- [2]int{}
			return
		}
		sent, refused := clerk.website(ctx, s.others)
		website <- [2]int{sent, refused}
	}()
	var f figures
	for _, v := range s.verbs {
		c := verb(v)
		if c.code != 0 {
			b.Errorf("%s exits %d: %s", v, c.code, tailOf(c.stderr))
		}
		f.printed(b, c.stdout)
		f.took += c.took
		f.cpu += c.cpu
		f.memory = max(f.memory, c.peak)
	}
	cancel()
	others := <-website
	stats := clerk.stats()
	f.requests, f.tooMany = stats.Requests-others[0], stats.Statuses[429]-others[1]
	f.retries = stats.Statuses[503] + f.tooMany
	f.peakRate, f.refused = stats.Peak, others[1]
	return f
}

// printed adds up what a run's report says of its requests.
func (f *figures) printed(b testing.TB, stdout []byte) {
	var report sync.Report
	if err := json.Unmarshal(stdout, &report); err != nil {
		b.Errorf("the report cannot be read: %v", err)
	}
	for _, t := range report.Requests {
		f.said, f.saidLeast = f.said+t.Sent, f.saidLeast+t.Least
	}
}

// judge checks what must hold on any machine, and remarks on the time.
func (s scenario) judge(b testing.TB, f *figures) {
	if f.requests-f.retries != f.least {
		b.Errorf("%d requests and %d retries, the computed minimum is %d", f.requests, f.retries, f.least)
	}
	if f.said != f.requests || f.saidLeast != f.least {
		b.Errorf("the reports say %d requests and a minimum of %d, counted were %d and %d", f.said, f.saidLeast, f.requests, f.least)
	}
	if f.tooMany > 0 && s.others == 0 {
		b.Errorf("%d answers were 429, by our own making", f.tooMany)
	}
	switch limit := f.floor*105/100 + time.Second; {
	case s.others > 0:
		f.remark = fmt.Sprintf("the others were refused %d times", f.refused)
	case s.failing > 0:
	case f.floor >= 10*time.Second && f.took > limit, f.floor == 0 && f.took > 3*time.Second:
		f.remark = "SLOW"
	default:
		f.remark = "in time"
	}
}

// otherWriters are the lists of what else makes members: a state reads them once a
// day (S30).
const otherWriters = 3

// untilApplied is how many runs there are until one has written down what it read.
func untilApplied(verbs []string) int {
	if i := slices.Index(verbs, "apply"); i >= 0 {
		return i + 1
	}
	return len(verbs)
}

// floor is the least time of n requests at so many per 10 s.
func floor(n, per int) time.Duration { return 10 * time.Second * time.Duration((n-1)/per) }

func tailOf(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// planMillion plans without latency and limits.
func planMillion(b testing.TB, binary string, organizations, each int) figures {
	dir, key := b.TempDir(), "sk_live_sandbox"
	rows, removals, promotions := millionCSV(b, filepath.Join(dir, "people.csv"), organizations, each)
	clerk := startSandbox(b, binary, dir, key, "--generate", fmt.Sprintf("%dx%d", organizations, each), "--marker", "rollcall/people", "--limits", "none")
	write(b, filepath.Join(dir, "rollcall.yaml"), configText(clerk.url, "100%", "", ", rate: {requests: 1000000, window: 1s}"))
	c := runRollcall(b, binary, dir, key, "plan", "--config", "rollcall.yaml", "--state", "none")
	if want := fmt.Sprintf("%s to change, %s to remove", facts.Number(promotions), facts.Number(removals)); c.code != 0 || !strings.Contains(string(c.stdout), want) {
		b.Errorf("plan exits %d and says %s, want %s; %s", c.code, tailOf(c.stdout), want, tailOf(c.stderr))
	}
	strategy, listing := clerkapi.ListingRequests(slices.Repeat([]int{each}, organizations), organizations*each)
	if strategy == clerkapi.PerOrganization {
		listing++ // without a state, whether there are memberships elsewhere (S15)
	}
	leavers := make([]string, removals)
	for i := range leavers {
		leavers[i] = fmt.Sprintf("user_%09d", i)
	}
	least := clerkapi.FindRequests(organizations, max(0, organizations-clerkapi.PageLimit)) + 3 + listing + // instance, roles, role sets
		clerkapi.UserRequests(clerkapi.UserQuery{IDs: leavers})
	stats := clerk.stats()
	if stats.Requests != least {
		b.Errorf("%d requests, the computed minimum is %d", stats.Requests, least)
	}
	f := figures{name: fmt.Sprintf("plan of %d rows", rows), requests: stats.Requests, least: least, took: c.took, cpu: c.cpu, memory: c.peak}
	if f.cpu > 20*time.Second || f.memory > 1e9 {
		f.remark = "over 20 s of CPU or a gigabyte"
	}
	return f
}

// TestScenarioHarness keeps the harness itself in order, on a small scale.
func TestScenarioHarness(t *testing.T) {
	t.Parallel()
	anotherProcess(t)
	binary := buildRollcall(t)
	small := scenario{organizations: 3, each: 20, churn: churn{3, 3, 2, 2}, verbs: []string{"plan", "apply"}, failing: 0.1}
	f := small.run(t, binary, true)
	if f.requests == 0 || f.memory == 0 || f.cpu == 0 {
		t.Errorf("the harness measured nothing: %+v", f)
	}
	planMillion(t, binary, 5, 400)
}
