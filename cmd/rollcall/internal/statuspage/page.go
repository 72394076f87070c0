package statuspage

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/sync/journal"
)

// Config is what the page shows, and whom it asks.
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
}

// Service is what a service is about to do.
type Service struct {
	Started time.Time
	// Schedule is as the configuration has it.
	Schedule string
	// Next is the next run; the zero time is none.
	Next time.Time
	// Running is since when a run goes on; the zero time is none.
	Running time.Time
	// Quarantined are the sources and organizations that are tried less often.
	Quarantined []Quarantine
	// Trouble is what is wrong with the service itself; empty is nothing.
	Trouble string
}

// Quarantine is a source or an organization that failed repeatedly.
type Quarantine struct {
	What, Name string // "source" or "organization", and which
	Reason     string
	Until      time.Time
}

// Page is the status page of a service. Its methods may be called by many at
// once.
type Page struct {
	config Config
	last   atomic.Pointer[outcome] // of the last run of this process
	whole  atomic.Pointer[outcome] // of the last one whose plan shows everything
	past   atomic.Pointer[past]
	// reading is held by who reads the history.
	reading chan struct{}
}

// past is what the journal tells.
type past struct {
	read        time.Time
	stamp       string // of the journal when it was read
	runs        []journal.Run
	pauses      []journal.Pause
	last, whole *outcome // what an earlier process saw; nil is none
	err         error
}

const (
	// shownRuns is how many runs are listed.
	shownRuns = 20
	// fresh is how long the history is not read again though it was written
	// meanwhile: reading copies the whole file.
	fresh = 15 * time.Second
)

// New makes the page.
func New(c Config) *Page { return &Page{config: c, reading: make(chan struct{}, 1)} }

// Observe shows a run that has ended, and keeps what it shows for the page of
// the next process. The journal must not be in use.
func (p *Page) Observe(r *notify.Run) {
	o := newOutcome(r)
	p.last.Store(o)
	if o.Whole {
		p.whole.Store(o)
	}
	if p.config.State != "" {
		if err := o.keep(p.config.State, r.ID); err != nil {
			p.config.Log.Warn("the status page forgets this run when the service ends", zap.Error(err))
		}
	}
	p.past.Store(nil)
}

// history is what the journal tells. Whoever watches the process may ask often.
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
	if known := p.past.Load(); known != nil && (known.stamp == stamp || time.Since(known.read) < fresh) {
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
	var runs, pauses error
	h.runs, runs = db.Runs(ctx, shownRuns)
	h.pauses, pauses = db.Pauses(ctx)
	return errors.Join(runs, pauses, h.recall(ctx, db))
}

// ready says why the service cannot do its work.
func (p *Page) ready(ctx context.Context) error {
	if err := p.history(ctx).err; err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	return p.config.Ready(ctx)
}
