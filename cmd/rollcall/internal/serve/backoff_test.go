package serve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/source/file"
	"rollcall/source/ldap"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// moody is a source that fails when told to.
type moody struct {
	name  string
	reads int
	err   error
	panic bool
}

func (m *moody) Name() string { return m.name }

func (m *moody) Read(context.Context, source.Request) (*source.Snapshot, error) {
	m.reads++
	if m.panic {
		panic("sk_live_secret")
	}
	return &source.Snapshot{Source: m.name}, m.err
}

// down is a directory that does not answer.
func down(text string) error {
	return &ldap.Error{Op: "connect to", Server: "dc1", Code: 81, Meaning: text}
}

// badGateway is a Clerk that does not.
func badGateway() error {
	return &clerkapi.Error{Method: "GET", Path: "/organizations", Status: 502, Attempts: 5}
}

// listing is a Clerk whose organizations fail when told to.
type listing struct {
	sync.Clerk
	fails map[string]error
	asked map[string]int
	calls int
}

func (l *listing) ListMemberships(_ context.Context, all []clerkapi.Organization) (*clerkapi.Listing, error) {
	l.calls++
	out := &clerkapi.Listing{Organizations: map[string]clerkapi.OrganizationListing{}}
	for _, o := range all {
		l.asked[o.ID]++
		out.Organizations[o.ID] = clerkapi.OrganizationListing{Err: l.fails[o.ID]}
	}
	return out, nil
}

// round is one run that reads one source.
func round(t *testing.T, q *Backoff, s source.Source) error {
	t.Helper()
	q.Begin(15*time.Minute, nil)
	_, err := q.Sources([]source.Source{s})[0].Read(t.Context(), source.Request{})
	q.End(nil)
	return err
}

// The third failure in a row backs a source off, for twice the usual time, then
// four times, and so on to a day. Then it is tried once a day, and the first
// time that it is well all is forgotten.
func TestBackoffDoublesToADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, hr := NewBackoff(), &moody{name: "hr", err: down("no route to host")}
		var tried []string
		start := time.Now()
		for range 4 * 24 * 5 {
			before := hr.reads
			if err := round(t, q, hr); err == nil || !strings.Contains(err.Error(), "no route to host") {
				t.Fatalf("after %s: %v", time.Since(start), err)
			}
			if hr.reads > before {
				tried = append(tried, time.Since(start).String())
			}
			time.Sleep(15 * time.Minute)
		}
		want := []string{"0s", "15m0s", "30m0s", "1h0m0s", "2h0m0s", "4h0m0s", "8h0m0s", "16h0m0s", "32h0m0s", "56h0m0s", "80h0m0s", "104h0m0s"}
		if diff := cmp.Diff(want, tried); diff != "" {
			t.Error(diff)
		}
		hr.err = nil
		time.Sleep(24 * time.Hour)
		if err := round(t, q, hr); err != nil || len(q.Waiting()) > 0 {
			t.Errorf("well again: %v, %v", err, q.Waiting())
		}
		before := hr.reads
		hr.err = down("no route to host")
		for range 3 {
			_ = round(t, q, hr)
		}
		if hr.reads != before+3 {
			t.Errorf("%d of 3 runs read a source that was well a moment ago", hr.reads-before)
		}
	})
}

// Runs that programs ask for, however many, while a server restarts start no pause: the
// next run of the schedule reads the source, and leavers leave. They respect a pause
// that there is, and their success ends it.
func TestRequestsStartNoBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, hr := NewBackoff(), &moody{name: "hr", err: down("restarting")}
		between := func() error {
			q.BeginBetween(15 * time.Minute)
			_, err := q.Sources([]source.Source{hr})[0].Read(t.Context(), source.Request{})
			q.End(nil)
			return err
		}
		for range 10 {
			if err := between(); err == nil {
				t.Fatal("a failure is none")
			}
		}
		if hr.reads != 10 || len(q.Waiting()) > 0 {
			t.Errorf("%d reads, %v", hr.reads, q.Waiting())
		}
		for range 3 {
			_ = round(t, q, hr)
			_ = between()
		}
		if until := q.Waiting(); len(until) != 1 || hr.reads != 15 || between() == nil {
			t.Errorf("%d reads, %v", hr.reads, until)
		}
		time.Sleep(29 * time.Minute)
		hr.err = nil
		if err := between(); err != nil || len(q.Waiting()) > 0 {
			t.Errorf("well again: %v, %v", err, q.Waiting())
		}
	})
}

// A source that runs once a day is tried each day: nothing waits longer.
func TestBackoffOfADailySchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, hr := NewBackoff(), &moody{name: "hr", err: down("down")}
		for range 10 {
			q.Begin(24*time.Hour, nil)
			_, _ = q.Sources([]source.Source{hr})[0].Read(t.Context(), source.Request{})
			time.Sleep(24*time.Hour - 20*time.Second) // the jitter of this day and of the next
		}
		if hr.reads != 10 {
			t.Errorf("read on %d of 10 days", hr.reads)
		}
	})
}

// What a run in between says is what the last failure said, so that nobody is
// told twice.
func TestBackoffSaysTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, hr := NewBackoff(), &moody{name: "hr", err: down("down")}
		var last error
		for range 3 {
			last = round(t, q, hr)
		}
		if again := round(t, q, hr); hr.reads != 3 || again.Error() != last.Error() {
			t.Errorf("%d reads, %q and then %q", hr.reads, last, again)
		}
		if want := "; it failed in 3 runs since 2000-01-01T00:00:00Z, so the next retry is at 2000-01-01T00:30:00Z; until then nobody is removed"; !strings.HasSuffix(last.Error(), want) {
			t.Errorf("%q", last)
		}
	})
}

// Whatever a source holds, it is read again in each run: whoever writes a row of
// it could stay in after leaving. An outage in between counts from the start.
func TestS14NobodyWritesASourceIntoBackoff(t *testing.T) {
	damage := fmt.Errorf("people.csv:3: %w", &source.DamageError{})
	for name, err := range map[string]error{"damage": damage, "no file": &source.MissingError{Path: "people.csv"}, "changed": source.ErrChanged, "stale": source.ErrStale,
		"checksum": fmt.Errorf("x: %w", file.ErrChecksum), "the system's": errors.New("input/output error"), "a limit": &ldap.Error{Code: 4}, "a login": &ldap.Error{Code: 49}} {
		q, hr := NewBackoff(), &moody{name: "hr"}
		for i := range 30 {
			hr.err = err
			if i%4 > 1 {
				hr.err = down("down") // twice in a row is an accident
			}
			got := round(t, q, hr)
			_, damaged := errors.AsType[*source.DamageError](got)
			if hr.reads != i+1 || got == nil || damaged != (name == "damage" && i%4 < 2) {
				t.Fatalf("%s, run %d: read %d times, %v", name, i, hr.reads, got)
			}
		}
		if got := q.Waiting(); len(got) > 0 {
			t.Errorf("%s: tried less often: %+v", name, got)
		}
	}
}

// An organization whose list does not add up, because members come and go all
// the time, or hold something odd, is read again in each run (S16).
func TestS16NobodyBringsAnOrganizationIntoBackoff(t *testing.T) {
	for name, err := range map[string]error{"count": &clerkapi.IncompleteError{Organization: "org_1", What: "memberships"},
		"a row": &clerkapi.Error{Status: 400, Code: "x"}, "gone": &clerkapi.Error{Status: 404}} {
		q, clerk := NewBackoff(), &listing{fails: map[string]error{"org_1": err}, asked: map[string]int{}}
		for range 5 {
			q.Begin(time.Hour, nil)
			got, _ := q.Clerk(clerk).ListMemberships(t.Context(), []clerkapi.Organization{{ID: "org_1"}, {ID: "org_2"}})
			if !errors.Is(got.Organizations["org_1"].Err, err) {
				t.Fatalf("%s: %v", name, got)
			}
			q.End(&sync.Report{Plan: &plan.Plan{}})
		}
		if clerk.asked["org_1"] != 5 || len(q.entries) > 0 {
			t.Errorf("%s: asked %d times, %v", name, clerk.asked["org_1"], q.entries)
		}
	}
}

// A clock that was years ahead when a source failed does not keep it from being
// read for years: whoever left would stay in.
func TestS28BackoffOfAWrongClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, hr := NewBackoff(), &moody{name: "hr", err: down("down")}
		for range threshold {
			_ = round(t, q, hr)
		}
		for s, f := range q.entries {
			f.Until = f.Until.AddDate(9, 0, 0)
			q.entries[s] = f
		}
		hr.err = nil
		if err := round(t, q, hr); err != nil || hr.reads != threshold+1 {
			t.Errorf("read %d times: %v", hr.reads, err)
		}
	})
}

// Whoever asks for a run has everything tried.
func TestBackoffIsPardoned(t *testing.T) {
	q, hr, corp := NewBackoff(), &moody{name: "hr", err: down("down")}, &moody{name: "corp", err: down("down")}
	for range 5 {
		q.Begin(time.Hour, func(kind Kind, name string) bool { return kind == OfSource && name == "hr" })
		for _, s := range q.Sources([]source.Source{hr, corp}) {
			_, _ = s.Read(t.Context(), source.Request{})
		}
	}
	if hr.reads != 5 || corp.reads != 3 {
		t.Errorf("read %d and %d times", hr.reads, corp.reads)
	}
}

// A panic is a failure of that source, and its value, which may be anything, is
// in no text.
func TestSourceThatPanics(t *testing.T) {
	q := NewBackoff()
	err := round(t, q, &moody{name: "hr", panic: true})
	fault, ok := errors.AsType[*PanicError](err)
	if !ok || strings.Contains(err.Error(), "sk_live") || strings.Contains(string(fault.Stack), "sk_live") || !strings.Contains(string(fault.Stack), "moody") {
		t.Errorf("%v\n%s", err, fault.Stack)
	}
}

// Somebody who ends a run makes no source fail.
func TestBackoffCountsNoInterruption(t *testing.T) {
	q, hr := NewBackoff(), &moody{name: "hr", err: context.Canceled}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 5 {
		q.Begin(time.Hour, nil)
		_, _ = q.Sources([]source.Source{hr})[0].Read(ctx, source.Request{})
		_, _ = q.Clerk(&listing{fails: map[string]error{"org_1": ctx.Err()}, asked: map[string]int{}}).ListMemberships(ctx, []clerkapi.Organization{{ID: "org_1"}})
	}
	if len(q.entries) > 0 {
		t.Errorf("counted: %v", q.entries)
	}
}

// One organization that cannot be listed waits, and the others go on. A Clerk
// that lists none backs nothing off.
func TestBackoffOfOrganizations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, clerk := NewBackoff(), &listing{fails: map[string]error{"org_1": badGateway()}, asked: map[string]int{}}
		all := []clerkapi.Organization{{ID: "org_1", Slug: "acme"}, {ID: "org_2"}}
		report := &sync.Report{Plan: &plan.Plan{Organizations: []plan.Organization{{ID: "org_2"}}}}
		run := func() *clerkapi.Listing {
			q.Begin(time.Hour, nil)
			got, err := q.Clerk(clerk).ListMemberships(t.Context(), all)
			if err != nil || len(got.Organizations) != 2 || !errors.Is(got.Organizations["org_2"].Err, clerk.fails["org_2"]) {
				t.Fatalf("%v %v", got, err)
			}
			q.End(report)
			time.Sleep(time.Hour)
			return got
		}
		for range 5 {
			if got := run(); got.Organizations["org_1"].Err == nil {
				t.Error("an organization that waits looks whole")
			}
		}
		if diff := cmp.Diff(map[string]int{"org_1": 4, "org_2": 5}, clerk.asked); diff != "" {
			t.Error(diff)
		}
		if got := q.Waiting(); len(got) != 1 || got[0].Label != "acme" || got[0].Failures != 4 {
			t.Errorf("waiting: %+v", got)
		}
		clerk.fails = nil
		time.Sleep(24 * time.Hour)
		if run(); len(q.entries) > 0 {
			t.Errorf("well again: %v", q.entries)
		}
		clerk.fails = map[string]error{"org_1": badGateway(), "org_2": badGateway()}
		for range 5 {
			run()
		}
		if len(q.entries) > 0 {
			t.Errorf("Clerk was down, and %v is blamed", q.entries)
		}
	})
}

// An organization that stops in the middle has failed, whole listing or not;
// one whose changes are held has not.
func TestBackoffOfWhatStops(t *testing.T) {
	done := apply.Outcome{Change: plan.Change{Organization: "org_2"}, Result: apply.Done}
	stop := func(ids ...string) sync.Report {
		r := sync.Report{Sent: apply.Sent{Down: map[string]bool{}}}
		for _, id := range ids {
			r.Stopped = append(r.Stopped, plan.Note{Organization: id, Text: "9 of 12 calls failed"})
			r.Down[id] = true
		}
		return r
	}
	with := func(r sync.Report, change func(*sync.Report)) sync.Report {
		change(&r)
		return r
	}
	work := func(r *sync.Report) { r.Outcomes = []apply.Outcome{done} }
	p := &plan.Plan{Organizations: []plan.Organization{{ID: "org_1", Slug: "acme"}, {ID: "org_2"}},
		Holds: []plan.Hold{{Guard: "removals", Organization: "org_2", Changes: 9}}}
	for name, c := range map[string]struct {
		report sync.Report
		want   int
	}{
		"one":          {with(stop("org_1"), work), 1},
		"the only one": {stop("org_1"), 1},
		"two of three": {with(stop("org_1", "org_3"), work), 2},
		"all":          {stop("org_1", "org_3"), 0},
		"refused":      {with(stop("org_1"), func(r *sync.Report) { work(r); r.Down = nil }), 0},
		"interrupted":  {with(stop("org_1"), func(r *sync.Report) { work(r); r.Interrupted = true }), 0},
		"a full disk":  {with(stop("org_1"), func(r *sync.Report) { work(r); r.Fault = "no space" }), 0},
		"a hold":       {sync.Report{Sent: apply.Sent{Outcomes: []apply.Outcome{done}}}, 0},
	} {
		q := NewBackoff()
		c.report.Plan = p
		for range 3 {
			q.Begin(time.Hour, nil)
			_, _ = q.Clerk(&listing{asked: map[string]int{}}).ListMemberships(t.Context(), []clerkapi.Organization{{ID: "org_1"}, {ID: "org_2"}, {ID: "org_3"}})
			report := c.report
			report.Stopped = append([]plan.Note(nil), c.report.Stopped...)
			e := q.End(&report)
			if diff := cmp.Diff(c.report.Stopped, report.Stopped); diff != "" {
				t.Errorf("%s: the caller's report has changed: %s", name, diff)
			}
			paused := 0
			for _, n := range e.Stopped {
				if strings.Contains(n.Text, "the next retry is at") {
					paused++
				}
			}
			if want := map[bool]int{true: c.want}[len(q.Waiting()) > 0]; len(e.Stopped) != len(report.Stopped) || paused != want {
				t.Errorf("%s: %d of the notes say when it is tried again, want %d: %+v", name, paused, want, e.Stopped)
			}
		}
		if got := q.Waiting(); len(got) != c.want {
			t.Errorf("%s: %d wait, want %d: %+v", name, len(got), c.want, got)
		}
	}
}

// A restart remembers, and what nobody meets any more is forgotten.
func TestBackoffIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hr := &moody{name: "hr", err: down("down")}
		kept := map[string]journal.Fact{}
		keep := func(e Ending) {
			for _, f := range e.Set {
				kept[f.Key] = f
			}
			for _, f := range e.Forget {
				delete(kept, f.Key)
			}
		}
		load := func() *Backoff {
			q := NewBackoff()
			facts := []journal.Fact{{Kind: factKind, Key: "source x", Value: []byte(`{"kind":"source","name":"y"}`)}, {Kind: factKind, Key: "z", Value: []byte(`7`)}}
			for _, f := range kept {
				facts = append(facts, f)
			}
			q.Load(facts)
			return q
		}
		for range 3 {
			q := load()
			q.Begin(time.Hour, nil)
			_, _ = q.Sources([]source.Source{hr})[0].Read(t.Context(), source.Request{})
			keep(q.End(nil))
		}
		q := load()
		if diff := cmp.Diff(1, len(q.Waiting())); diff != "" || q.Waiting()[0].Failures != 3 {
			t.Fatal(diff)
		}
		if e := q.End(nil); len(e.Set)+len(e.Forget) > 0 {
			t.Errorf("written again: %v %v", e.Set, e.Forget)
		}
		if facts := Ended(q.Waiting(), &sync.Report{Plan: &plan.Plan{Sources: []plan.SourceSummary{{Name: "hr"}}}}); len(facts) != 1 || facts[0].Key != "source hr" {
			t.Errorf("a run by hand read it well: %v", facts)
		}
		if facts := Ended(q.Waiting(), &sync.Report{Plan: &plan.Plan{Failures: []plan.Failure{{Source: "hr"}}}}); len(facts) > 0 {
			t.Errorf("a run by hand failed to read it: %v", facts)
		}
		time.Sleep(8 * 24 * time.Hour)
		q.Begin(time.Hour, nil)
		keep(q.End(nil))
		if len(kept) > 0 {
			t.Errorf("the configuration names it no more: %v", kept)
		}
	})
}
