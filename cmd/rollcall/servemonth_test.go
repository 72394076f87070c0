package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/worker"
	"rollcall/sync/journal"
)

// inProcess carries requests to a sandbox without a socket, which time in a
// bubble could not wait for.
type inProcess struct {
	server *sandbox.Server
	// panics makes the next request panic.
	panics atomic.Bool
}

func (p *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.panics.CompareAndSwap(true, false) {
		panic("planted, with " + r.Header.Get("Authorization"))
	}
	answer := httptest.NewRecorder()
	p.server.ServeHTTP(answer, r)
	return answer.Result(), nil
}

// month is a service in a bubble of time.
type month struct {
	t      *testing.T
	dir    string
	clerk  *inProcess
	log    bytes.Buffer
	reload chan os.Signal
	// next happens to the next run, outside of what RunOnce does.
	next chan func()
	stop func()
}

func newMonth(t *testing.T) *month {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{Seed: &sandbox.Seed{Version: sandbox.SeedVersion,
		Users:         []sandbox.User{{ID: "user_ada", Email: "ada@corp.example"}, {ID: "user_ben", Email: "ben@corp.example"}},
		Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}}}})
	if err != nil {
		t.Fatal(err)
	}
	m := &month{t: t, dir: t.TempDir(), clerk: &inProcess{server: server}, reload: make(chan os.Signal), next: make(chan func(), 1)}
	writeFiles(t, m.dir, map[string]string{"people.csv": "id,email,team\n1,ada@corp.example,staff\n2,ben@corp.example,staff\n"})
	m.configure(`schedule: "30 */2 * * *", timezone: Europe/Berlin`)
	return m
}

func (m *month) configure(schedule string) {
	m.t.Helper()
	writeFiles(m.t, m.dir, map[string]string{"rollcall.yaml": fmt.Sprintf(`
clerk: {api_url: "http://127.0.0.1:1", secret_key_env: CLERK_SECRET_KEY}
sources: [{name: hr, csv: {path: people.csv, columns: {id: id, email: email, groups: team}}}]
rules: [{groups: [staff], organization: acme, role: "org:member"}]
sync: {removals: managed}
serve: {%s, jitter: 5m, listen: ""}
`, schedule)})
}

// membershipForm has the source say itself who belongs where; a run each hour.
func (m *month) membershipForm() {
	m.t.Helper()
	writeFiles(m.t, m.dir, map[string]string{"rollcall.yaml": `
clerk: {api_url: "http://127.0.0.1:1", secret_key_env: CLERK_SECRET_KEY}
sources: [{name: hr, csv: {path: people.csv, columns: {id: id, email: email, organization: organization, role: role}}}]
sync: {removals: managed}
serve: {schedule: "@every 1h", jitter: 0s, listen: ""}
`})
}

// start runs the service until m.stop.
func (m *month) start() {
	m.t.Helper()
	a := &app{stdin: strings.NewReader(""), stdout: &m.log, stderr: &m.log, log: zap.NewNop(), lookup: func(name string) (string, bool) {
		return sandbox.DefaultSecretKey, name == "CLERK_SECRET_KEY"
	}}
	a.flags = flags{config: filepath.Join(m.dir, "rollcall.yaml"), state: filepath.Join(m.dir, "state"), logLevel: "info", logFormat: "json"}
	if err := a.begin(&cobra.Command{}, nil); err != nil {
		m.t.Fatal(err)
	}
	deps := a.deps()
	deps.Service = &runner.Service{Clerk: []clerkapi.Option{clerkapi.WithTransport(m.clerk)}}
	deps.Observers = append(deps.Observers, func(*notify.Run) {
		select {
		case happens := <-m.next:
			happens()
		default:
		}
	})
	ctx, cancel := context.WithCancel(m.t.Context())
	ended := make(chan error)
	go func() {
		ended <- worker.Serve(ctx, setupOf(a), deps, serve.WithSignals(serve.Signals{Reload: m.reload}))
	}()
	m.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			m.t.Errorf("the service ended: %v", err)
		}
	}
	synctest.Wait()
}

// until lets time pass.
func (m *month) until(at time.Time) {
	time.Sleep(time.Until(at))
	synctest.Wait()
}

// runs counts the runs of the history by how they ended.
func (m *month) runs() map[string]int {
	m.t.Helper()
	db, err := journal.Open(m.t.Context(), filepath.Join(m.dir, "state"), journal.Options{ReadOnly: true})
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // nothing was written
	all, err := db.Runs(m.t.Context(), 0)
	if err != nil {
		m.t.Fatal(err)
	}
	counts := map[string]int{}
	for _, r := range all {
		counts[r.Outcome]++
	}
	return counts
}

func (m *month) wants(when string, done, failed int) {
	m.t.Helper()
	want := map[string]int{"done": done}
	if failed > 0 {
		want["failed"] = failed
	}
	if diff := cmp.Diff(want, m.runs()); diff != "" {
		m.t.Fatalf("%s: %s", when, diff)
	}
}

// A month of a service in Berlin, with real runs: the clocks change, a run
// takes longer than the time between two, two runs panic, the configuration is
// read again, and the machine is off for a day. Every run is counted. Without
// the long tests it is three days, with the stall and the panics.
func TestServeForAMonth(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		berlin, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		day := func(month time.Month, d, hour int) time.Time { return time.Date(2027, month, d, hour, 0, 0, 0, berlin) }
		m := newMonth(t)
		first, short := 10, suite.Short(t)
		if short {
			first = 14
		}
		m.until(day(time.March, first, 0)) // the files are older, whatever the year is
		m.start()

		// Twelve runs a day; nothing is due at the start.
		m.until(day(time.March, 15, 10))
		m.wants("some days and ten hours", (15-first)*12+5, 0)

		// The run of 10:30 takes five hours: those of 12:30 and 14:30 are left out.
		m.next <- func() { time.Sleep(5 * time.Hour) }
		m.until(day(time.March, 16, 0))
		m.wants("a stall", (16-first)*12-2, 0)

		// A panic is one failed run; so is one outside of the run itself, which
		// had ended well by then. The service goes on.
		m.clerk.panics.Store(true)
		m.until(day(time.March, 16, 2))
		m.next <- func() { panic("planted too") }
		m.until(day(time.March, 17, 0))
		m.wants("two panics", (17-first)*12-2-1, 1)
		if suite.Race || short { // what follows is more of the same to the race detector
			m.stop()
			return
		}

		// On the 28th there is no 02:30.
		m.until(day(time.March, 31, 0))
		m.wants("the clocks change", 21*12-2-1-1, 1)

		// A configuration that is refused changes nothing, another one does.
		m.configure(`schedule: "0 0 31 2 *"`)
		m.reload <- os.Interrupt
		m.until(day(time.April, 1, 0))
		m.wants("refused", 22*12-4, 1)
		m.configure(`schedule: "@every 6h"`)
		m.reload <- os.Interrupt
		m.until(day(time.April, 9, 23))
		m.wants("every six hours", 22*12-4+8*4+3, 1)
		m.stop()

		// A day later, the missed runs are made up for by one.
		m.until(day(time.April, 11, 0))
		m.start()
		m.until(day(time.April, 11, 1))
		m.wants("caught up", 22*12-4+8*4+3+1, 1)
		m.until(day(time.April, 12, 1))
		m.wants("and on", 22*12-4+8*4+3+1+4, 1)
		m.stop()

		log := m.log.String()
		for text, n := range map[string]int{
			"so this scheduled run is skipped": 2, "panic (a string)": 2, "the configuration has problems": 1,
			"the clocks skip 2027-03-28 02:30, so": 1, "a run was missed": 1, `"msg":"run ended"`: 22*12 - 3 + 8*4 + 3 + 1 + 4,
			`"stack":`: 2, "planted": 0,
			sandbox.DefaultSecretKey: 0,
		} {
			if got := strings.Count(log, text); got != n {
				t.Errorf("the log says %q %d times, want %d", text, got, n)
			}
		}
	})
}
