package statuspage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/metrics"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9464}

// heldRun has added somebody and holds a removal.
func heldRun() *notify.Run {
	add := plan.Change{Action: plan.Add, Organization: "org_1", Email: "ada@corp.example", To: "org:admin", Admin: plan.AdminGained, State: plan.Ready}
	remove := plan.Change{Action: plan.Remove, Organization: "org_1", Email: "ben@corp.example", From: "org:member", State: plan.Ready}
	remove.Hold(plan.Removals)
	hold := plan.NewHold(plan.Removals, "org_1", "1 removal of 2")
	hold.Changes, hold.Approval = 1, plan.ApprovalHash("", []*plan.Change{&remove})
	plan := &plan.Plan{Sources: []plan.SourceSummary{{Name: "hr", People: 300, Groups: 24}},
		Organizations: []plan.Organization{
			{ID: "org_2", Slug: "quiet", Members: 9, Ours: 9, AdminsBefore: 1},
			{ID: "org_1", Slug: "acme", Name: "Acme Corp", Members: 120, Ours: 100, AdminsBefore: 2, Changes: []plan.Change{add, remove}},
		},
		Holds: []plan.Hold{hold}}
	return &notify.Run{ID: 12, Verb: "apply", Started: noon, Finished: noon.Add(3 * time.Second), Outcome: "held", ExitCode: 3,
		Report: &sync.Report{Plan: plan, Applied: true, Sent: apply.Sent{Outcomes: []apply.Outcome{{Change: add, Result: apply.Done}}}}}
}

// heldHash is the hash that approves what heldRun holds.
func heldHash() string { return heldRun().Report.Plan.Holds[0].Approval }

func config(t *testing.T) Config {
	return Config{State: t.TempDir(), Version: "v1", Metrics: metrics.New("v1").Gatherer(),
		Service: func() Service {
			return Service{Started: noon, Schedule: "*/15 * * * *", Next: time.Now().Add(15 * time.Minute),
				Backoffs: []Backoff{{"source", "corp", "no answer", noon.Add(24 * time.Hour)}}}
		},
		Alive: func() error { return nil }, Ready: func(context.Context) error { return nil }, Log: zap.NewNop()}
}

func ask(p *Page, at net.Addr, method, host, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, http.NoBody)
	r.Host = host
	p.Handler(at).ServeHTTP(w, r)
	return w
}

func get(t *testing.T, p *Page, path string) string {
	t.Helper()
	w := ask(p, loopback, http.MethodGet, "localhost", path)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

// writeHistory writes a journal with a run that ended well and one that is killed.
func writeHistory(t *testing.T, dir string) {
	t.Helper()
	db, err := journal.Open(t.Context(), dir, journal.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	for _, finish := range []bool{true, false} {
		id, err := db.Begin(t.Context(), journal.Run{Verb: "apply"})
		if err == nil && finish {
			err = db.Finish(t.Context(), id, journal.Run{Outcome: "done", Finished: noon.Add(2 * time.Second)})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(db.Pause(t.Context(), journal.Pause{Organization: "org_7", Reason: "an audit", By: "eve"}), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestPageBeforeTheFirstRun(t *testing.T) {
	page := get(t, New(config(t)), "/")
	for _, want := range []string{"No run has ended yet.", "*/15 * * * *", "source corp failed repeatedly"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

func TestPageShowsWhatWaitsAndWhatCameBefore(t *testing.T) {
	c := config(t)
	writeHistory(t, c.State)
	p := New(c)
	if page := get(t, p, "/"); !strings.Contains(page, "The last run ended well.") {
		t.Errorf("after a restart the history tells how things stand:\n%s", page)
	}
	p.Observe(heldRun())
	page := get(t, p, "/")
	for _, want := range []string{
		`<p class="headline held">Waits for approval: acme: 1 person would leave (120 members now).</p>`,
		"1 removal of 2 (removals, S17)", "rollcall apply --approve " + heldHash(),
		`<td data-name="Members">121</td><td data-name="Admins">3</td><td data-name="Added by rollcall">101</td><td data-name="Done">1 join</td><td data-name="Waits" class="held">1 person would leave</td>`,
		"org_7 is paused since 2026-11-24 12:00:00 UTC by eve: an audit",
		`class="good">done</td><td data-name="Changes">none</td><td data-name="Took">2s</td>`, "cut off",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Index(page, ">acme<") > strings.Index(page, ">quiet<") {
		t.Error("what waits does not stand first")
	}
}

// The page names the Clerk instance in its title and in its head: as far as the
// configuration tells before the first run, then that of the run, then that of the
// history (S41).
func TestS41PageNamesTheInstance(t *testing.T) {
	c := config(t)
	service := c.Service
	c.Service = func() Service {
		s := service()
		s.Instance = clerkapi.Instance{Environment: "production"}
		return s
	}
	p := New(c)
	for _, step := range []struct {
		before func()
		want   string
	}{
		{func() {}, "production instance"},
		{func() {
			r := heldRun()
			r.Instance = clerkapi.Instance{ID: "ins_1", Environment: "production"}
			p.Observe(r)
		}, "production instance ins_1"},
		{func() {
			db, err := journal.Open(t.Context(), c.State, journal.Options{})
			if err == nil {
				err = errors.Join(db.Bind(t.Context(), clerkapi.Instance{ID: "ins_2", Environment: "sandbox", Address: "127.0.0.1:4900"}), db.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
			p.past.Store(nil)
		}, "sandbox at 127.0.0.1:4900 (ins_2)"},
	} {
		step.before()
		page := get(t, p, "/")
		if strings.Count(page, step.want+"</title>") != 1 || strings.Count(page, "<p>Clerk: "+step.want+".</p>") != 1 {
			t.Errorf("no %q in\n%s", step.want, page)
		}
	}
}

// A service that was restarted shows what the one before it saw.
func TestPageRemembers(t *testing.T) {
	c := config(t)
	before := New(c)
	before.Observe(heldRun())
	before.Observe(&notify.Run{Verb: "apply", Started: noon, Finished: noon.Add(time.Minute), Outcome: "failed", ExitCode: 1, Err: errors.New("no answer")})
	old, page := get(t, before, "/"), get(t, New(c), "/")
	for _, want := range []string{"The run at 2026-11-24 12:01 failed: no answer.", "Last good run 2026-11-24 12:00.", "1 person would leave", "rollcall apply --approve " + heldHash()} {
		if !strings.Contains(page, want) || !strings.Contains(old, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

// What other processes write down, by hand say, is seen.
func TestPageFollowsTheHistory(t *testing.T) {
	c := config(t)
	p := New(c)
	if page := get(t, p, "/"); !strings.Contains(page, "No run has been written down yet.") {
		t.Errorf("got\n%s", page)
	}
	writeHistory(t, c.State)
	p.past.Load().read = time.Now().Add(-historyAge)
	if page := get(t, p, "/"); !strings.Contains(page, "org_7 is paused") {
		t.Errorf("got\n%s", page)
	}
	seen := p.past.Load()
	seen.read = time.Now().Add(-historyAge)
	if get(t, p, "/readyz"); p.past.Load() != seen {
		t.Error("a history that nobody wrote to was read again")
	}
}

// Readers and runs meet.
func TestManyReadersAtOnce(t *testing.T) {
	p := New(config(t))
	var readers errgroup.Group
	for range 8 {
		readers.Go(func() error {
			for _, path := range []string{"/", "/readyz", "/metrics"} {
				if w := ask(p, loopback, http.MethodGet, "localhost", path); w.Code != http.StatusOK {
					return fmt.Errorf("%s: %d %s", path, w.Code, w.Body)
				}
			}
			return nil
		})
	}
	p.Observe(heldRun())
	if err := readers.Wait(); err != nil {
		t.Error(err)
	}
}

func TestMoreWaitsThanIsListed(t *testing.T) {
	r := heldRun()
	for i := range 30 {
		o := plan.Organization{ID: fmt.Sprintf("org_%d", i+10)}
		r.Report.Plan.Organizations = append(r.Report.Plan.Organizations, o)
		r.Report.Plan.Holds = append(r.Report.Plan.Holds, plan.Hold{Guard: "empty_group", Rule: "S15", Organization: o.ID, Text: fmt.Sprintf("group %d is empty", i)})
	}
	p := New(config(t))
	p.Observe(r)
	if page := get(t, p, "/"); !strings.Contains(page, "There is more; <code>rollcall plan</code> shows all of it.") {
		t.Errorf("got\n%s", page)
	}
}

// A run without a plan does not hide what the last whole one saw.
func TestPageKeepsTheLastWholePlan(t *testing.T) {
	p := New(config(t))
	p.Observe(heldRun())
	p.Observe(&notify.Run{Verb: "apply", Started: noon, Finished: noon, Outcome: "failed", ExitCode: 1, Err: errors.New("read source corp: no answer")})
	page := get(t, p, "/")
	for _, want := range []string{"failed: read source corp: no answer.", ">acme<"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

func TestReadiness(t *testing.T) {
	c := config(t)
	var stuck error
	c.Ready = func(context.Context) error { return stuck }
	p := New(c)
	if got := get(t, p, "/readyz"); got != "ok\n" {
		t.Errorf("ready: %q", got)
	}
	stuck = errors.New("the run that began at noon does not end")
	w := ask(p, loopback, http.MethodGet, "localhost", "/readyz")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "does not end") {
		t.Errorf("stuck: %d %s", w.Code, w.Body)
	}
	if got := get(t, p, "/livez"); got != "ok\n" {
		t.Errorf("alive: %q", got)
	}
}

func TestMetricsAreServed(t *testing.T) {
	if got := get(t, New(config(t)), "/metrics"); !strings.Contains(got, "rollcall_build_info{") {
		t.Errorf("got %s", got)
	}
}

// On loopback, a page of somebody else's must not reach this one through a
// name that it lets point here.
func TestForeignHostsAreRefusedOnLoopback(t *testing.T) {
	p := New(config(t))
	for host, want := range map[string]int{
		"localhost": 200, "localhost:9464": 200, "127.0.0.1:9464": 200, "[::1]:9464": 200, "[::1]": 200,
		"evil.example": 421, "evil.example:9464": 421, "localhost.evil.example": 421, "127.0.0.1.evil.example": 421, "": 421,
	} {
		if w := ask(p, loopback, http.MethodGet, host, "/"); w.Code != want {
			t.Errorf("host %q: %d, want %d", host, w.Code, want)
		}
	}
	everywhere := &net.TCPAddr{IP: net.IPv4zero, Port: 9464}
	if w := ask(p, everywhere, http.MethodGet, "rollcall.monitoring.svc:9464", "/livez"); w.Code != http.StatusOK {
		t.Errorf("a service for others answers %d", w.Code)
	}
}

func TestNothingCanBeChanged(t *testing.T) {
	p := New(config(t))
	for _, path := range []string{"/", "/metrics", "/livez", "/readyz"} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace} {
			if w := ask(p, loopback, method, "localhost", path); w.Code != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
		if w := ask(p, loopback, http.MethodHead, "localhost", path); w.Code != http.StatusOK {
			t.Errorf("HEAD %s: %d", path, w.Code)
		}
	}
	if w := ask(p, loopback, http.MethodGet, "localhost", "/debug/pprof/"); w.Code != http.StatusNotFound {
		t.Errorf("something else: %d", w.Code)
	}
}

const attack = "<script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[2J\xff"

func hostileConfig(t *testing.T) Config {
	c := config(t)
	c.Service = func() Service {
		return Service{Name: attack, Schedule: attack, Backoffs: []Backoff{{attack, attack, attack, noon}}}
	}
	return c
}

// hostileRun has an attack in every value that somebody outside can write.
func hostileRun() *notify.Run {
	r := heldRun()
	o := &r.Report.Plan.Organizations[1]
	o.Slug, o.Name = attack, attack
	r.Report.Plan.Holds[0].Text, r.Report.Plan.Holds[0].Guard, r.Err = attack, attack, errors.New(attack)
	r.Report.Plan.Failures = []plan.Failure{{Source: attack, Text: attack}}
	for i := range o.Changes {
		o.Changes[i].Email, o.Changes[i].Because = attack, attack
	}
	return r
}

// S35: values that others write are text, and the page could load nothing.
func TestS35HostileValues(t *testing.T) {
	p := New(hostileConfig(t))
	p.Observe(hostileRun())
	w := ask(p, loopback, http.MethodGet, "localhost", "/")
	body := w.Body.String()
	for _, bad := range []string{"<script", "<img", "\u202e", "\x1b", "\xff"} {
		if strings.Contains(body, bad) {
			t.Errorf("%q in the page", bad)
		}
	}
	if got := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; style-src 'sha256-") {
		t.Errorf("policy %q", got)
	}
}

// A damaged journal is said, and everything else is shown.
func TestPageWithoutAHistory(t *testing.T) {
	c := config(t)
	c.State = filepath.Join(t.TempDir(), "nowhere")
	if err := os.WriteFile(c.State, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p := New(c)
	p.Observe(heldRun())
	if page := get(t, p, "/"); !strings.Contains(page, "nowhere") || !strings.Contains(page, ">acme<") {
		t.Errorf("got\n%s", page)
	}
	if w := ask(p, loopback, http.MethodGet, "localhost", "/readyz"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("ready without a readable state: %d", w.Code)
	}
}

func TestServerEndsWithItsContext(t *testing.T) {
	s, err := Listen(t.Context(), "127.0.0.1:0", New(config(t)), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Address().String()+"/livez", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil || string(body) != "ok\n" {
		t.Errorf("%q %v", body, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := Listen(t.Context(), "127.0.0.1:99999", New(config(t)), zap.NewNop()); err == nil {
		t.Error("no such port, and no error")
	}
}
