//go:build soak

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
)

// The soak lets the service work for an hour of real time, a run every ten
// seconds, while everything around it misbehaves:
//
//	ROLLCALL_SOAK=1h go test -tags=soak -count=1 -v -run Soak -timeout 90m ./cmd/rollcall
//
// Clerk fails, cuts lines, loses answers, refuses and is slow by chance; hands
// change memberships; the file of the source is rewritten every few seconds,
// now and then in place and slowly, cut, empty or gone; the configuration is
// read again, also a broken one. Twelve times it looks at goroutines, open
// files, memory and journal. In the end all faults stop, and Clerk must hold
// what was computed beside it, and nobody may have lost anything at any time
// that a whole file gave them.

const (
	soakSamples = 12
	soakEvery   = 10 * time.Second
	// Goroutines and open files at rest may differ by kept connections: two
	// goroutines and one file each.
	soakGoroutines = 16
	soakFiles      = 10
	// The second half may use so much more memory than the first.
	soakMemory = 1.25
	// What one run may add to the journal, log included. History is kept for
	// 48 h at least (S17, S30), so within an hour it only grows.
	soakJournal = 24 << 10
)

// soakSample is what the service needs at rest.
type soakSample struct {
	at                      time.Duration
	runs, goroutines, files int
	memory, journal         int64
}

func (s soakSample) String() string {
	return fmt.Sprintf("%7s %6d %12d %6d %10.1f %12.1f", s.at.Round(time.Second), s.runs, s.goroutines, s.files, float64(s.memory)/(1<<20), float64(s.journal)/(1<<10))
}

func TestSoak(t *testing.T) {
	length := 3 * time.Minute
	if text := os.Getenv("ROLLCALL_SOAK"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatalf("ROLLCALL_SOAK: %v", err)
		}
	}
	binary := os.Getenv("ROLLCALL_SOAK_BINARY")
	if binary == "" {
		binary = buildRollcall(t)
	}
	w := newSoakWorld(t, binary)
	stop := make(chan struct{})
	var around sync.WaitGroup
	for _, life := range []func(<-chan struct{}){w.directory, w.hands, w.clerk, w.admin} {
		around.Go(func() { life(stop) })
	}
	began := time.Now()
	samples := w.watch(began, length)
	close(stop)
	around.Wait()
	w.settle()
	w.compare()
	w.judgeWrites()
	w.judgeFlatness(samples)
	w.end()
}

// soakWorld is the service with all that is around it.
type soakWorld struct {
	t       *testing.T
	dir     string
	state   string
	page    string
	clerkIs *clerkProcess
	serve   *exec.Cmd
	log     *bytes.Buffer
	company *soakCompany
}

func newSoakWorld(t *testing.T, binary string) *soakWorld {
	dir := t.TempDir()
	w := &soakWorld{t: t, dir: dir, state: filepath.Join(dir, "state"), company: newSoakCompany(), log: new(bytes.Buffer)}
	writeFiles(t, dir, map[string]string{"seed.json": w.company.seed()})
	w.clerkIs = startSandbox(t, binary, dir, sandbox.DefaultSecretKey, "--seed", "seed.json", "--limits", "production", "--latency", "20ms")
	address := freeAddress(t)
	w.page = "http://" + address
	w.company.write(filepath.Join(dir, "people.csv"))
	w.configure(address, 0)
	w.serve = exec.Command(binary, "serve", "--log-format", "json", "--log-level", "info")
	w.serve.Dir, w.serve.Env = dir, append(os.Environ(), "ROLLCALL_SCENARIO_KEY="+sandbox.DefaultSecretKey)
	logFile, err := os.Create(filepath.Join(dir, "serve.log"))
	if err != nil {
		t.Fatal(err)
	}
	w.serve.Stdout, w.serve.Stderr = logFile, logFile
	if err := w.serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = w.serve.Process.Kill() // gone already when all went well
		_ = w.serve.Wait()
		text, _ := os.ReadFile(logFile.Name())
		if keep := os.Getenv("ROLLCALL_SOAK_LOG"); keep != "" {
			_ = os.WriteFile(keep, text, 0o600)
		}
		if t.Failed() {
			plan := runRollcall(t, binary, dir, sandbox.DefaultSecretKey, "plan")
			t.Logf("a plan after it all, exit %d:\n%s%s", plan.code, plan.stdout[:min(6000, len(plan.stdout))], plan.stderr)
			t.Logf("the end of the service's log:\n%s", text[max(0, len(text)-6000):])
		}
	})
	return w
}

// configure writes the configuration in its nth form.
func (w *soakWorld) configure(address string, n int) {
	var admins strings.Builder // by name: what a pattern makes admins would wait for approval (S21)
	for o := range soakTeams {
		fmt.Fprintf(&admins, "  - {groups: [team-%02[1]d-admins], organization: team-%02[1]d, role: org:admin, metadata: {public: {dept: \"{dept}\"}}}\n", o)
	}
	text := fmt.Sprintf(`
clerk: {secret_key_env: ROLLCALL_SCENARIO_KEY, api_url: %s, budget: %d%%, rate: {requests: 1000, window: 10s}}
sources:
  - name: hr
    canaries: {people: [canary@corp.example]}
    csv: {path: people.csv, settle: 1s, columns: {id: id, email: mail, groups: {column: groups, separator: ";"}}}
rules:
%s  - groups: {match: '(?<org>team-[0-9]+)-members'}
    organization: "{org}"
    role: org:member
    metadata: {public: {dept: "{dept}"}}
sync: {removals: managed}
guards: # churn of a year in an hour; what is left are the protections against wrong reads
  removals: {percent: 0, people: 100000, half: 0, run: 0}
  admin_losses: {people: 100000, half: 0, run: 0}
  admin_grants: {people: 100000, run: 0}
  adds: {percent: 0, people: 100000, run: 0}
  role_changes: {percent: 0, people: 100000, run: 0}
  metadata_nulls: {percent: 0, people: 100000, run: 0}
  source_shrink: {percent: 100, people: 100000}
state: state
serve: {schedule: "@every %s", jitter: 0s, run_at_start: true, listen: "%s"}
`, w.clerkIs.url, 80+n%20, admins.String(), soakEvery, address)
	writeFiles(w.t, w.dir, map[string]string{"rollcall.yaml": text})
}

// watch takes the samples, each at rest.
func (w *soakWorld) watch(began time.Time, length time.Duration) []soakSample {
	var all []soakSample
	w.t.Logf("%7s %6s %12s %6s %10s %12s", "after", "runs", "goroutines", "files", "memory MB", "journal KB")
	for i := range soakSamples {
		time.Sleep(time.Until(began.Add(length * time.Duration(i+1) / soakSamples)))
		s := w.rest()
		s.at = time.Since(began)
		all = append(all, s)
		w.t.Log(s)
		fmt.Fprintln(os.Stderr, s) // the log of a test that still runs
	}
	return all
}

// rest is the least that is seen between two runs.
func (w *soakWorld) rest() soakSample {
	var low soakSample
	for i := range 12 {
		figures := w.figures()
		s := soakSample{runs: figures["rollcall_runs_total"], goroutines: figures["go_goroutines"], files: w.files(), memory: w.resident(), journal: w.journal()}
		if i == 0 {
			low = s
		}
		low.runs, low.goroutines, low.files = max(low.runs, s.runs), min(low.goroutines, s.goroutines), min(low.files, s.files)
		low.memory, low.journal = min(low.memory, s.memory), max(low.journal, s.journal)
		time.Sleep(soakEvery / 10)
	}
	return low
}

var figure = regexp.MustCompile(`(?m)^(\w+)(?:\{[^}]*\})? (\S+)$`)

// figures are the sums of what /metrics shows, by name.
func (w *soakWorld) figures() map[string]int {
	w.t.Helper()
	resp, err := http.Get(w.page + "/metrics")
	if err != nil {
		w.t.Fatalf("the service does not answer: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	sums := map[string]int{}
	for _, m := range figure.FindAllStringSubmatch(string(text), -1) {
		if f, err := strconv.ParseFloat(m[2], 64); err == nil {
			sums[m[1]] += int(f)
		}
	}
	return sums
}

func (w *soakWorld) files() int {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", w.serve.Process.Pid))
	if err != nil {
		w.t.Fatal(err)
	}
	return len(entries)
}

func (w *soakWorld) resident() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.serve.Process.Pid))
	if err != nil {
		w.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	kb, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return kb << 10
}

func (w *soakWorld) journal() int64 {
	var sum int64
	names, err := filepath.Glob(filepath.Join(w.state, "journal.db*"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range names {
		if info, err := os.Stat(n); err == nil {
			sum += info.Size()
		}
	}
	return sum
}

// settle ends all faults and waits for runs that see the last whole file.
func (w *soakWorld) settle() {
	w.faults("[]")
	w.company.write(filepath.Join(w.dir, "people.csv"))
	w.configure(strings.TrimPrefix(w.page, "http://"), 0)
	w.signal(syscall.SIGHUP)
	time.Sleep(2 * time.Second)
	for range 2 {
		before := w.figures()["rollcall_runs_total"]
		w.signal(syscall.SIGUSR1)
		for began := time.Now(); w.figures()["rollcall_runs_total"] == before; time.Sleep(200 * time.Millisecond) {
			if time.Since(began) > 2*time.Minute {
				w.t.Fatal("no run ended within two minutes after the faults")
			}
		}
	}
}

func (w *soakWorld) signal(s os.Signal) {
	if err := w.serve.Process.Signal(s); err != nil {
		w.t.Errorf("the service is gone: %v", err)
	}
}

// end stops the service as systemd does.
func (w *soakWorld) end() {
	w.signal(syscall.SIGTERM)
	if err := w.serve.Wait(); err != nil {
		w.t.Errorf("the service ends with %v", err)
	}
	log, err := os.ReadFile(filepath.Join(w.dir, "serve.log"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, word := range []string{sandbox.DefaultSecretKey, "panic", "DATA RACE"} {
		if bytes.Contains(log, []byte(word)) {
			w.t.Errorf("the service's log has %q", word)
		}
	}
	w.t.Logf("the service wrote %d KB of log", len(log)>>10)
}

// judgeFlatness compares the halves. The first soakSample warms up.
func (w *soakWorld) judgeFlatness(all []soakSample) {
	first, second := all[1:soakSamples/2], all[soakSamples/2:]
	most := func(list []soakSample, of func(soakSample) int64) int64 {
		return of(slices.MaxFunc(list, func(a, b soakSample) int { return int(of(a) - of(b)) }))
	}
	for _, m := range []struct {
		name  string
		of    func(soakSample) int64
		bound func(int64) int64
	}{
		{"goroutines", func(s soakSample) int64 { return int64(s.goroutines) }, func(n int64) int64 { return n + soakGoroutines }},
		{"files", func(s soakSample) int64 { return int64(s.files) }, func(n int64) int64 { return n + soakFiles }},
		{"memory", func(s soakSample) int64 { return s.memory }, func(n int64) int64 { return int64(float64(n) * soakMemory) }},
	} {
		a, b := most(first, m.of), most(second, m.of)
		if b > m.bound(a) {
			w.t.Errorf("%s: %d in the second half, %d in the first", m.name, b, a)
		}
	}
	from, to := all[0], all[len(all)-1]
	perRun := (to.journal - from.journal) / int64(max(1, to.runs-from.runs))
	w.t.Logf("%d runs; the journal grew by %d bytes a run", to.runs, perRun)
	if perRun > soakJournal {
		w.t.Errorf("the journal grew by %d bytes a run, more than %d", perRun, soakJournal)
	}
	if want := int(to.at/soakEvery) * 8 / 10; to.runs < want {
		w.t.Errorf("%d runs, want %d or more", to.runs, want)
	}
}
