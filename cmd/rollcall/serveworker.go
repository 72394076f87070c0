package main

import (
	"context"
	"errors"
	"sync/atomic"
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
	// inForce is the session's configuration, for those who may ask during a run.
	inForce atomic.Pointer[config.Config]
	// refused is the last reason that everybody was told of.
	refused string
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
	w.inForce.Store(w.session.config)
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
		w.inForce.Store(cfg)
		w.metrics.Budget(s.clerk.BudgetUsed)
	default:
	}
}

// Reload reads the configuration, and the secrets that it names, for the runs
// from now on. Each reason for which it is refused is told once.
func (w *worker) Reload(ctx context.Context) (serve.Settings, error) {
	cfg, err := w.reread()
	if err != nil {
		if w.refused != err.Error() {
			w.refused = err.Error()
			go w.notifier().Notice(ctx, notify.Notice{Title: "the configuration is refused, and an older one stays in force", Lines: []string{refusal(err)}})
		}
		return serve.Settings{}, err
	}
	w.refused = ""
	select {
	case <-w.reloaded: // an older one that no run has used
	default:
	}
	w.reloaded <- cfg
	return settingsOf(cfg), nil
}

func (w *worker) notifier() *notify.Notifier {
	return notify.New(w.inForce.Load().Notify, w.state, notify.WithLogger(w.log))
}

// reread reads the configuration and tries whether a run could use it.
func (w *worker) reread() (*config.Config, error) {
	cfg, err := config.Load(w.flags.config, w.lookup)
	if err != nil {
		return nil, err
	}
	if err := serviceable(cfg); err != nil {
		return nil, err
	}
	trial, err := w.openConfig(cfg)
	if err != nil {
		return nil, err
	}
	trial.clerk.Close()
	if state, err := w.stateDirectory(cfg.State); err != nil || state != w.state {
		return nil, errors.New("the state directory cannot change while the service works: start it anew")
	}
	return cfg, nil
}

// Panicked tells of a run that ended in a panic outside of what RunOnce does.
func (w *worker) Panicked(ctx context.Context, fault *serve.PanicError) {
	w.log.Error("run ended", zap.String("outcome", "failed"), zap.Error(fault), zap.ByteString("stack", fault.Stack))
	w.metrics.Skipped("failed")
	w.notifier().Notice(ctx, notify.Notice{Title: "a run broke off in a panic", Lines: []string{fault.Error()}})
}

// Changed shows in the figures when the service runs next.
func (w *worker) Changed(now *serve.Now) {
	w.metrics.NextRun(now.Next)
	w.metrics.Refused(now.Refused != nil)
	if now.Schedule != nil {
		w.metrics.Interval(now.Schedule.Longest(now.Started))
	}
}
