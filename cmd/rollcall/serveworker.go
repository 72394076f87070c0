package main

import (
	"context"
	"errors"
	"os"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/statuspage"
	"rollcall/source"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// worker makes the runs of a service. All its runs share one client, which is
// what keeps to Clerk's rate limit.
type worker struct {
	*env
	session *session
	// reloaded is the configuration of the next run; nil while nothing changes.
	// The channel holds it, so that it can be given during a run.
	reloaded chan *config.Config
	state    string
	page     *statuspage.Page
	runner   *serve.Service
}

// inService is what differs in a run when it is a service's.
type inService struct {
	// progress is told that a run gets on.
	progress func()
	// client are more options of the client.
	client []clerkapi.Option
	// quarantine is what backs off what keeps failing.
	quarantine *serve.Quarantine
}

// guarded are the sources and the Clerk of a run. In a service, some may have
// to wait.
func (s *inService) guarded(of *session) ([]source.Source, sync.Clerk) {
	if s == nil {
		return of.sources, of.clerk
	}
	return s.quarantine.Sources(of.sources), s.quarantine.Clerk(of.clerk)
}

// clerkOptions paces requests evenly, so that the website keeps its share at
// every moment, and takes each answer for a sign of progress.
func (s *inService) clerkOptions(count clerkapi.Observer) []clerkapi.Option {
	return append([]clerkapi.Option{clerkapi.WithEvenPacing(), clerkapi.WithObserver(func(method, route string, status int) {
		s.progress()
		count(method, route, status)
	})}, s.client...)
}

// watched takes each step for a sign of progress.
func (s *inService) watched(step sync.Progress) sync.Progress {
	if s == nil {
		return step
	}
	return func(stage string, done, total int) {
		s.progress()
		step(stage, done, total)
	}
}

// survive makes a panic of a run its error, in a service. Elsewhere the process
// ends with its run.
func (s *inService) survive(err *error) {
	if s == nil {
		return
	}
	if value := recover(); value != nil {
		*err = serve.NewPanicError(value)
	}
}

func (e *env) newWorker(ctx context.Context) (*worker, error) {
	w := &worker{env: e, reloaded: make(chan *config.Config, 1)}
	if e.service == nil {
		e.service = &inService{}
	}
	e.service.quarantine = serve.NewQuarantine()
	e.service.progress = func() { w.runner.Progress() }
	var err error
	if w.session, err = e.open(); err != nil {
		return nil, err
	}
	if err := serviceable(w.session.config); err != nil {
		return nil, usageError{err}
	}
	if w.state, err = e.stateDirectory(w.session.config.State); err != nil {
		return nil, err
	}
	w.page = statuspage.New(statuspage.Config{State: w.state, Version: version(), Metrics: e.metrics.Service(),
		Service: w.shown, Alive: w.alive, Ready: w.ready, Log: e.log})
	e.watch = append(e.watch, w.keepQuarantine, w.page.Observe)
	w.recallQuarantine(ctx)
	if w.session.config.Metrics.Textfile == "" {
		e.recallFigures(ctx, w.state)
	}
	return w, nil
}

// serviceable refuses what only a single run can do.
func serviceable(c *config.Config) error {
	for _, s := range c.Sources {
		if s.CSV != nil && s.CSV.Path == "-" {
			return errors.New("serve reads its sources again and again, and standard input can be read once: give the source " + s.Name + " a file")
		}
	}
	return nil
}

func (w *worker) close() { w.env.close(w.session) }

// settings are what the configuration says to the service.
func (w *worker) settings() serve.Settings { return settingsOf(w.session.config) }

func settingsOf(c *config.Config) serve.Settings {
	s := serve.Settings{Config: c.Serve}
	for _, one := range c.Sources {
		if one.CSV != nil {
			s.Files = append(s.Files, one.CSV.Path)
		}
	}
	return s
}

// Run makes one run with the configuration that is in force now.
func (w *worker) Run(ctx context.Context, why serve.Trigger) {
	w.renew()
	one := *w.env // what a run leaves behind is its own
	one.result, one.run, one.kept = result{}, 0, false
	w.log.Info("a run begins", zap.String("why", string(why)))
	w.beginQuarantine(ctx, why)
	started := time.Now()
	err := one.locked(ctx, w.session, sync.Run{Apply: true}, journal.Run{Verb: "serve"})
	if locked, ok := errors.AsType[*lockedError](err); ok {
		w.metrics.Skipped(exit(result{err: err}).word)
		w.log.Warn("this run is left out", zap.Error(locked))
		return
	}
	if err != nil && one.result.err == nil {
		one.result.err = err
	}
	one.summarize(why, time.Since(started))
}

// renew puts the configuration that was read last in force.
func (w *worker) renew() {
	select {
	case cfg := <-w.reloaded:
		w.env.close(w.session) // its sends are kept, for the next client
		s, err := w.openConfig(cfg)
		if err != nil { // it could be opened when it was read
			w.log.Error("the configuration cannot be used, and the old one stays in force", zap.Error(err))
			return
		}
		w.session = s
		w.metrics.Budget(s.clerk.BudgetUsed)
	default:
	}
}

// Reload reads the configuration, and the secrets that it names, for the runs
// from now on.
func (w *worker) Reload(_ context.Context) (serve.Settings, error) {
	cfg, err := config.Load(w.flags.config, w.lookup)
	if err != nil {
		return serve.Settings{}, err
	}
	if err := serviceable(cfg); err != nil {
		return serve.Settings{}, err
	}
	trial, err := w.openConfig(cfg)
	if err != nil {
		return serve.Settings{}, err
	}
	trial.clerk.Close()
	if state, err := w.stateDirectory(cfg.State); err != nil || state != w.state {
		return serve.Settings{}, errors.New("the state directory cannot change while the service works: start it anew")
	}
	select {
	case <-w.reloaded: // an older one that no run has used
	default:
	}
	w.reloaded <- cfg
	return settingsOf(cfg), nil
}

// Panicked tells of a run that ended in a panic outside of what RunOnce does.
func (w *worker) Panicked(ctx context.Context, fault *serve.PanicError) {
	w.log.Error("run ended", zap.String("outcome", "failed"), zap.Error(fault), zap.ByteString("stack", fault.Stack))
	w.metrics.Skipped("failed")
	notify.New(w.session.config.Notify, w.state, notify.WithLogger(w.log)).
		Notice(ctx, notify.Notice{Title: "a run broke off in a panic", Lines: []string{fault.Error()}})
}

// Changed shows in the figures when the service runs next.
func (w *worker) Changed(now *serve.Now) {
	w.metrics.NextRun(now.Next)
	if now.Schedule != nil {
		w.metrics.Interval(now.Schedule.Longest(now.Started))
	}
}

// lastRun is what the history knows of the last run.
func (w *worker) lastRun(ctx context.Context) serve.Last {
	if w.state == "" {
		return serve.Last{}
	}
	db, err := journal.Open(ctx, w.state, journal.Options{ReadOnly: true})
	if err != nil {
		return serve.Last{} // that it cannot be read is for the run to say
	}
	defer func() { _ = db.Close() }() // nothing was written
	const enough = 100
	runs, err := db.Runs(ctx, enough)
	if err != nil {
		return serve.Last{}
	}
	return lastOf(runs)
}

// lastOf looks at the newest runs, newest first. What takes runs back, or
// rewrites markers, is no run of the schedule.
func lastOf(runs []journal.Run) serve.Last {
	var last serve.Last
	seen := 0
	for i := range runs {
		r := &runs[i]
		if r.Undoes != 0 || r.Verb != "apply" && r.Verb != "serve" {
			continue
		}
		open := r.Finished.IsZero() || r.ExitCode == exitInterrupted
		if seen++; seen == 1 {
			last = serve.Last{Started: r.Started, Unfinished: open}
			continue
		}
		last.Unfinished = last.Unfinished && !open
		break
	}
	return last
}

// shown is what the status page says of the service.
func (w *worker) shown() statuspage.Service {
	now := w.runner.Now()
	s := statuspage.Service{Started: now.Started, Next: now.Next, Running: now.Running}
	if now.Schedule != nil {
		s.Schedule = now.Schedule.String()
	}
	if now.Refused != nil {
		s.Trouble = "The configuration as it was at " + now.RefusedAt.UTC().Format("2006-01-02 15:04:05 MST") +
			" is refused, and an older one is in force: " + now.Refused.Error()
	}
	for _, f := range w.service.quarantine.Waiting() {
		s.Quarantined = append(s.Quarantined, statuspage.Quarantine{What: string(f.Kind), Name: f.Label, Reason: f.Reason, Until: f.Until})
	}
	return s
}

func (w *worker) alive() error { return w.runner.Alive() }

// ready says why no run could do its work.
func (w *worker) ready(context.Context) error {
	if w.runner.Now().Stopping {
		return errors.New("the service is stopping")
	}
	if w.state == "" {
		return nil
	}
	if info, err := os.Stat(w.state); err == nil && !info.IsDir() {
		return errors.New("the state directory is none")
	} else if err == nil && !journal.Writable(w.state) {
		return errors.New("the state directory cannot be written")
	}
	return nil
}

// summarize is the one line of the log that says how a run went.
func (e *env) summarize(why serve.Trigger, took time.Duration) {
	row := exit(e.result)
	fields := []zap.Field{zap.Int64("run", e.run), zap.String("outcome", row.word), zap.Int("exit_code", row.code),
		zap.String("why", string(why)), zap.Duration("took", took.Round(time.Millisecond))}
	if r := e.result.report; r != nil {
		fields = append(fields, zap.Int("done", r.Tally(sync.Done)), zap.Int("held", r.Plan.Count(sync.Held)),
			zap.Int("skipped", r.Plan.Count(sync.Skipped)), zap.Int("failed", r.Tally(sync.Failed)), zap.Int("not_sent", r.NotTried))
	}
	if fault, ok := errors.AsType[*serve.PanicError](e.result.err); ok {
		fields = append(fields, zap.ByteString("stack", fault.Stack))
	}
	switch row.code {
	case 0, exitInterrupted:
		e.log.Info("run ended", fields...)
	case exitHeld:
		e.log.Warn("run ended", fields...)
	default:
		e.log.Error("run ended", append(fields, zap.Error(e.result.err))...)
	}
}
