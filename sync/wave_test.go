package sync_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	stdsync "sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// wave is a sandbox with Clerk's limits in fake time, where many newcomers
// wait, and a state directory.
type wave struct {
	*world
	db    *journal.DB
	began time.Time
	dead  atomic.Bool
	// first is done before the first request that invites.
	first func()
	once  stdsync.Once
	// sent counts requests that invite; the process dies at dieAt, unless 0.
	sent, dieAt atomic.Int64
}

// newWave must be called in a bubble: everything in it goes by its time.
func newWave(t *testing.T, seed *sandbox.Seed) *wave {
	t.Helper()
	seed.Version = sandbox.SeedVersion
	server, err := sandbox.New(sandbox.Options{SecretKey: "sk_live_test", Seed: seed, Limits: sandbox.Production()})
	if err != nil {
		t.Fatal(err)
	}
	w := &wave{began: time.Now(), world: &world{t: t, clerk: server, config: policy.DefaultConfig()}}
	w.config.Removals, w.config.MissingUsers, w.config.EmailDomains = policy.RemovalsManaged, policy.MissingInvite, []string{"corp.example"}
	w.csv.Columns.ID, w.csv.Columns.Email, w.csv.Columns.Organization, w.csv.Columns.Role = "id", "email", "org", "role"
	w.db = sync.OpenNewJournal(t, journal.Options{})
	w.restart()
	return w
}

// restart is a new process: its client knows nothing of what was sent.
func (w *wave) restart() {
	w.t.Helper()
	w.dead.Store(false)
	w.sent.Store(0)
	w.dieAt.Store(0)
	var err error
	w.client, err = clerkapi.New(clerkapi.Config{SecretKey: clerkapi.NewSecret(w.clerk.SecretKey()), APIURL: "http://127.0.0.1"},
		clerkapi.WithTransport(w))
	if err != nil {
		w.t.Fatal(err)
	}
}

// RoundTrip carries requests to the sandbox, until the process is killed.
func (w *wave) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.dead.Load() {
		return nil, errors.New("killed")
	}
	invites := r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/invitations")
	if invites && w.first != nil {
		w.once.Do(w.first)
	}
	answer, err := w.clerk.RoundTripper().RoundTrip(r)
	if invites && w.sent.Add(1) == w.dieAt.Load() {
		w.dead.Store(true)
		return nil, errors.New("killed")
	}
	return answer, err
}

// mortal is a journal that is written to no more once the process is dead.
type mortal struct {
	sync.Journal
	dead *atomic.Bool
}

var errKilled = errors.New("killed")

func (m mortal) Intend(ctx context.Context, run int64, changes []journal.Change) ([]int64, error) {
	if m.dead.Load() {
		return nil, errKilled
	}
	return m.Journal.Intend(ctx, run, changes)
}

func (m mortal) Record(ctx context.Context, outcomes []journal.Outcome) error {
	if m.dead.Load() {
		return errKilled
	}
	return m.Journal.Record(ctx, outcomes)
}

func (m mortal) Remember(ctx context.Context, run int64, set, forget []journal.Fact) error {
	if m.dead.Load() {
		return errKilled
	}
	return m.Journal.Remember(ctx, run, set, forget)
}

// apply is a run of a process of its own.
func (w *wave) apply(run sync.Run) *sync.Report {
	w.t.Helper()
	run.Apply = true
	id, err := w.db.Begin(w.t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.options = []sync.Option{sync.WithJournal(mortal{w.db, &w.dead}, id)}
	r := w.run(run)
	if !w.dead.Load() {
		if err := w.db.Finish(w.t.Context(), id, journal.Run{Outcome: "done"}); err != nil {
			w.t.Fatal(err)
		}
	}
	return r
}

// plan is a dry run.
func (w *wave) plan() *plan.Plan {
	w.t.Helper()
	w.options = []sync.Option{sync.WithJournal(w.db, 0)}
	return w.run(sync.Run{}).Plan
}

// newcomers are n people in each of so many organizations.
func newcomers(organizations, n int) (*sandbox.Seed, string) {
	seed := &sandbox.Seed{}
	var csv strings.Builder
	csv.WriteString("id,email,org,role\n")
	for o := range organizations {
		slug := fmt.Sprintf("org-%03d", o)
		seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: fmt.Sprintf("org_%03d", o), Slug: slug})
		for i := range n {
			fmt.Fprintf(&csv, "n%d-%d,n%d-%d@corp.example,%s,org:member\n", o, i, o, i, slug)
		}
	}
	return seed, csv.String()
}

// times are when each address was invited, whatever became of it.
func (w *wave) times() (all []time.Time, twice []string) {
	seen := map[string]bool{}
	for _, i := range w.clerk.Snapshot().Invitations {
		all = append(all, time.UnixMilli(i.CreatedAt))
		if seen[i.Email] {
			twice = append(twice, i.Email)
		}
		seen[i.Email] = true
	}
	return all, twice
}

// most is the most of the times within any hour.
func most(times []time.Time) int {
	out := 0
	for _, from := range times {
		n := 0
		for _, t := range times {
			if d := t.Sub(from); d >= 0 && d < time.Hour {
				n++
			}
		}
		out = max(out, n)
	}
	return out
}

// A wave of 2,000 newcomers goes out at Clerk's pace, from run to run: 750 an
// hour, nobody twice, the last when the first plan said so, to the minute.
func TestWaveOfNewcomers(t *testing.T) {
	t.Parallel()
	sizes := []struct{ organizations, each int }{{20, 100}, {200, 10}, {91, 22}}
	if suite.Short(t) {
		sizes = []struct{ organizations, each int }{{10, 100}}
	}
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%d of %d", size.organizations, size.each), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				seed, csv := newcomers(size.organizations, size.each)
				w := newWave(t, seed)
				defer func() { _ = w.db.Close() }() // each write was on disk when it returned
				w.file(csv)
				all := size.organizations * size.each
				began := time.Now()
				first := w.plan().Invitations
				if first == nil || first.Now != 750 || first.Later != all-750 {
					t.Fatalf("forecast %+v", first)
				}
				for run, minute := 0, 0; ; run++ {
					w.restart()
					r := w.apply(sync.Run{})
					if r.Tally(apply.Failed) > 0 || r.TooMany > 0 || r.NotTried > 0 {
						t.Fatalf("minute %d: %d failed, %d times 429, %d not sent", minute, r.Tally(apply.Failed), r.TooMany, r.NotTried)
					}
					if q := r.Plan.Invitations; q == nil {
						break
					} else if off := q.Last.Sub(first.Last).Abs(); off > time.Minute {
						t.Fatalf("minute %d: the forecast went from %s to %s", minute, first.Last, q.Last)
					}
					// A run each quarter, and one a minute too early.
					step := []int{15, 15, 15, 14, 1}[run%5]
					minute += step
					time.Sleep(time.Duration(step) * time.Minute)
				}
				times, twice := w.times()
				if len(times) != all || len(twice) > 0 {
					t.Errorf("%d invitations, twice: %v", len(times), twice)
				}
				if n := most(times); n != 750 {
					t.Errorf("%d invitations within an hour", n)
				}
				if off := time.Since(first.Last).Abs(); off > time.Minute {
					t.Errorf("began %s, forecast %s, the last went out %s", began, first.Last, time.Now())
				}
			})
		})
	}
}

// Killed half-way, the wave goes on: nobody is invited twice, and the hour has
// what the dead run sent.
func TestS32WaveKilledHalfWay(t *testing.T) {
	t.Parallel()
	moments := []int64{51, 1, 50, 180}
	if suite.Short(t) {
		moments = moments[:1]
	}
	for _, at := range moments {
		t.Run(fmt.Sprint("request ", at), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				seed, csv := newcomers(100, 11)
				w := newWave(t, seed)
				defer func() { _ = w.db.Close() }() // each write was on disk when it returned
				w.file(csv)
				w.dieAt.Store(at)
				if r := w.apply(sync.Run{}); !w.dead.Load() || r.Fault == "" {
					t.Fatalf("not killed: %d done", r.Tally(apply.Done))
				}
				for hours := 0; ; hours++ {
					w.restart()
					r := w.apply(sync.Run{})
					if r.Tally(apply.Failed) > 0 || r.TooMany > 0 || r.NotTried > 0 || hours > 4 {
						t.Fatalf("hour %d: %d failed, %d times 429, %d not sent", hours, r.Tally(apply.Failed), r.TooMany, r.NotTried)
					}
					if r.Plan.Invitations == nil {
						break
					}
					time.Sleep(time.Until(r.Plan.Invitations.Last))
				}
				times, twice := w.times()
				if len(times) != 1100 || len(twice) > 0 || most(times) > 750 {
					t.Errorf("%d invitations, %d within an hour, twice: %v", len(times), most(times), twice)
				}
			})
		})
	}
}
