package main

import (
	"context"
	"errors"
	"io"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/source"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// session is a configuration made into what a run works with.
type session struct {
	config  *config.Config
	sources []source.Source
	clerk   *clerkapi.Client
	state   string      // the state directory; empty when there is none
	history sync.Option // nil without one
}

// open reads the configuration and makes sources and client of it. It sends
// nothing and reads no source.
func (e *env) open() (*session, error) {
	cfg, err := config.Load(e.flags.config, e.lookup)
	if err != nil {
		return nil, usageError{err}
	}
	s, err := e.openConfig(cfg)
	if err != nil {
		return nil, err
	}
	e.metrics.Budget(s.clerk.BudgetUsed)
	return s, nil
}

// openConfig makes sources and client of a configuration.
func (e *env) openConfig(cfg *config.Config) (*session, error) {
	s := &session{config: cfg}
	var err error
	if s.state, err = e.stateDirectory(cfg.State); err != nil {
		s.state = "" // only apply needs one, and asks for itself
	}
	for _, c := range cfg.Sources {
		one, err := source.Open(c, source.WithStdin(e.stdin), source.WithLogger(e.log), source.WithSettleNotice(e.settling), source.WithCache(s.state, ownedByState))
		if err != nil {
			return nil, usageError{err}
		}
		s.sources = append(s.sources, one)
	}
	options := []clerkapi.Option{clerkapi.WithLogger(e.log), clerkapi.WithUserAgent("rollcall/" + version()),
		clerkapi.WithEarlierSends(readSends(s.state)), clerkapi.WithObserver(e.metrics.Request)}
	if e.service != nil {
		options = append(options, e.service.clerkOptions(e.metrics.Request)...)
	}
	s.clerk, err = clerkapi.New(cfg.Clerk, options...)
	if err != nil {
		return nil, usageError{err}
	}
	return s, nil
}

// ownedByState gives a file to the owner of the state directory (S34).
func ownedByState(dir, name string) error { return journal.AsOwner(dir, name) }

// close ends what open began.
func (e *env) close(s *session) {
	e.keepSends(s)
	s.clerk.Close()
}

// reading opens a session that knows the history and changes nothing, and
// closes it after do.
func (e *env) reading(ctx context.Context, do func(*session) error) error {
	s, err := e.open()
	if err != nil {
		return err
	}
	defer e.close(s)
	done, err := e.readHistory(ctx, s)
	if err != nil {
		return err
	}
	defer done()
	return do(s)
}

// settling tells about a wait (S11): silence would look like a hang.
func (e *env) settling(sentence string) {
	e.log.Info("waiting for a file to settle", zap.String("why", sentence))
}

// once makes one run of the session and renders its report.
func (e *env) once(ctx context.Context, s *session, run sync.Run) (err error) {
	defer e.service.survive(&err)
	r, err := e.reconcile(ctx, s, run)
	if err != nil {
		return err
	}
	e.keepHeld(ctx, s, r)
	return e.render(r)
}

// reconcile makes one run of the session.
func (e *env) reconcile(ctx context.Context, s *session, run sync.Run) (*sync.Report, error) {
	run.Organization, run.Only = e.flags.organization, e.flags.only
	progress := report.NewProgress(e.terminal(), e.log)
	options := []sync.Option{sync.WithProgress(e.service.watched(progress.Step)), sync.WithLogger(e.log)}
	if s.history != nil {
		options = append(options, s.history)
	}
	if e.service != nil {
		options = append(options, sync.WithFinishIn(s.config.Serve.StopWithin))
	}
	sources, clerk := e.service.guarded(s)
	reconciler, err := sync.New(s.config.Sync, s.config.Rules, sources, clerk, options...)
	if err != nil {
		return nil, usageError{err}
	}
	r, err := reconciler.RunOnce(ctx, run)
	progress.Close()
	if err != nil {
		return nil, e.located(err, s.config)
	}
	return r, nil
}

// located gives what a run found wrong with the configuration its place in the
// file, and what Clerk refused a hint.
func (e *env) located(err error, cfg *config.Config) error {
	if _, bad := errors.AsType[*sync.FieldError](err); bad {
		return usageError{config.Locate(e.flags.config, e.lookup, err)}
	}
	return config.Advise(err, config.PlacesOf(cfg.Clerk))
}

// keepHeld keeps the held sets that are about to be shown, if it can, so that
// approve can show them again (S23).
func (e *env) keepHeld(ctx context.Context, s *session, r *sync.Report) {
	sets := r.Plan.HeldSets()
	if len(sets) == 0 || s.history == nil {
		return
	}
	db, err := journal.Open(context.WithoutCancel(ctx), s.state, journal.Options{})
	if err == nil {
		err = errors.Join(db.Hold(context.WithoutCancel(ctx), 0, sets), db.Close())
	}
	if err != nil {
		e.log.Debug("the held changes are not kept, so only apply --approve can let them pass", zap.Error(err))
	}
	e.kept = err == nil
}

// terminal is where progress bars go, or nil.
func (e *env) terminal() io.Writer {
	if isTerminal(e.stderr) {
		return e.stderr
	}
	return nil
}
