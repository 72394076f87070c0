package statuspage

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/statuspage/runrequest"
	"rollcall/cmd/rollcall/internal/statuspage/signin"
	"rollcall/cmd/rollcall/internal/statuspage/trend"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// Config is what the page shows, and the functions that it asks.
type Config struct {
	// State is the state directory, whose history is shown; empty is none.
	State string
	// Version is that of the program.
	Version string
	Metrics prometheus.Gatherer
	// Service tells what the service is about to do. It must not wait.
	Service func() Service
	// Alive says what of the service is stuck; nil is nothing. It must not wait.
	Alive func() error
	// Ready says why the service cannot do its work; nil is ready.
	Ready func(context.Context) error
	Log   *zap.Logger
	// Run answers programs that ask for a run; nil is nobody.
	Run *runrequest.Handler
}

// Service is what a service is about to do.
type Service struct {
	Started time.Time
	// Name is what the installation is called.
	Name string
	// Zone is that of the schedule, in which the page writes times; nil is UTC.
	Zone *time.Location
	// Approve says who may approve on the page, and PublicURL where people reach it.
	Approve   serve.Approve
	PublicURL string
	// Instance is the Clerk instance that the service works for (S41), as far as it
	// is known before a run.
	Instance clerkapi.Instance
	// Schedule is as the configuration has it.
	Schedule string
	// Next is the next run; the zero time is none.
	Next time.Time
	// Running is since when a run goes on; the zero time is none.
	Running time.Time
	// Progress is how far that run is; the zero value is not known yet.
	Progress plan.Progress
	// Backoffs are the sources and organizations that are retried later.
	Backoffs []Backoff
	// Trouble is what is wrong with the service itself; empty is nothing.
	Trouble string
}

// Backoff is a source or an organization that failed repeatedly.
type Backoff struct {
	What, Name string // "source" or "organization", and which
	Reason     string
	Until      time.Time
}

// Page is the status page of a service. Its methods may be called by many at
// once.
type Page struct {
	config Config
	last   atomic.Pointer[outcome]     // of the last run of this process
	whole  atomic.Pointer[outcome]     // of the last one whose plan shows everything
	trend  atomic.Pointer[trend.Trend] // nil before the first whole run of this process
	grants atomic.Pointer[grants]      // nil before the first whole run of this process
	// waiting is what waits after the last run with a plan; nil before that.
	waiting atomic.Pointer[waitingSet]
	past    atomic.Pointer[past]
	// reading is held by who reads the history, lookup by who looks up a run or a
	// person in it: probes never wait for those.
	reading, lookup chan struct{}
	// approving is held by who records an approval. attempts bound how often people try,
	// and refused how many refusals are logged.
	approving chan struct{}
	attempts  signin.Allowances
	refused   *rate.Limiter
}

// past is what the journal tells.
type past struct {
	read        time.Time
	stamp       string // of the journal when it was read
	runs        []journal.Run
	pauses      []journal.Pause
	instance    clerkapi.Instance // without an id before the first run
	last, whole *outcome          // what an earlier process saw; nil is none
	trend       *trend.Trend
	grants      *grants
	waiting     *waitingSet
	err         error
}

const (
	// shownRuns is how many runs are listed.
	shownRuns = 20
	// historyAge is how long the history is not read again though it was written
	// meanwhile: reading copies the whole file.
	historyAge = 15 * time.Second
)

// New makes the page.
func New(c Config) *Page {
	return &Page{config: c, reading: make(chan struct{}, 1), lookup: make(chan struct{}, 1), approving: make(chan struct{}, 1),
		refused: rate.NewLimiter(rate.Every(10*time.Second), 10)}
}

// Observe shows a run that has ended, and keeps what it shows for the page of
// the next process. The journal must not be in use.
func (p *Page) Observe(r *notify.Run) {
	o := newOutcome(r, p.before())
	p.last.Store(o)
	if o.Whole {
		p.whole.Store(o)
		p.trend.Store(p.trend.Load().With(r.Report, r.Finished))
		p.grants.Store(newGrants(r.Report))
	}
	k := kept{run: r.ID, outcome: o, trend: p.trend.Load(), grants: p.grants.Load()}
	if o.Digest != nil {
		k.waiting = newWaitingSet(r.ID, r.Report)
		k.notes = &runNotes{o.Digest.Headline}
		p.waiting.Store(k.waiting)
	}
	if p.config.State != "" {
		if err := k.write(p.config.State); err != nil {
			p.config.Log.Warn("the status page forgets this run when the service ends", zap.Error(err))
		}
	}
	p.past.Store(nil)
}

// before is the outcome of the run before this one; nil if there is none. The first
// run of a process goes on from what an earlier one has kept.
func (p *Page) before() *outcome {
	if last := p.last.Load(); last != nil {
		return last
	}
	ctx, cancel := context.WithTimeout(context.Background(), historyTime)
	defer cancel()
	earlier := p.history(ctx)
	p.trend.Store(earlier.trend)
	return earlier.last
}

// history is what the journal has. Monitoring may ask often, so it is cached.
func (p *Page) history(ctx context.Context) *past {
	select {
	case p.reading <- struct{}{}:
		defer func() { <-p.reading }()
	case <-ctx.Done():
		return &past{err: ctx.Err()}
	}
	stamp := ""
	if p.config.State != "" {
		stamp = journal.Stamp(p.config.State)
	}
	if known := p.past.Load(); known != nil && (known.stamp == stamp || time.Since(known.read) < historyAge) {
		return known
	}
	now := &past{read: time.Now(), stamp: stamp}
	now.err = now.load(ctx, p.config.State)
	p.past.Store(now)
	return now
}

func (h *past) load(ctx context.Context, dir string) error {
	if dir == "" {
		return nil
	}
	db, err := journal.Open(ctx, dir, journal.Options{ReadOnly: true})
	if errors.Is(err, journal.ErrNone) {
		return nil // the first run makes it
	}
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // nothing was written
	var runs, pauses, instance error
	h.instance, instance = db.Instance(ctx)
	h.runs, runs = db.Runs(ctx, shownBars)
	h.pauses, pauses = db.Pauses(ctx)
	return errors.Join(runs, pauses, instance, h.recall(ctx, db))
}

// good is when a run of the history last ended well.
func (h *past) good() time.Time {
	for i := range h.runs {
		r := &h.runs[i]
		if good := stateOf(r.ExitCode); !r.Finished.IsZero() && r.Undoes == 0 && (good == goodState || good == heldState) {
			return r.Finished
		}
	}
	return time.Time{}
}

// ready says why the service cannot do its work.
func (p *Page) ready(ctx context.Context) error {
	if err := p.history(ctx).err; err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	return p.config.Ready(ctx)
}
