package worker

import (
	"context"
	"errors"
	"sync/atomic"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/dirwatch"
	"rollcall/cmd/rollcall/internal/metrics"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/statuspage"
	"rollcall/cmd/rollcall/internal/statuspage/runrequest"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
	"rollcall/sync/recent"
)

// worker makes the runs of a service. All its runs share one client, which
// keeps to Clerk's rate limit.
type worker struct {
	configFile string
	lookup     func(string) (string, bool)
	log        *zap.Logger
	deps       runner.Deps
	metrics    *metrics.Metrics
	backoff    *serve.Backoff
	state      string

	session *runner.Session
	// current is the session's configuration, for readers during a run.
	current atomic.Pointer[config.Config]
	// newest is the configuration that was read last: who may approve on the page counts
	// at once, and not from the next run on.
	newest atomic.Pointer[config.Config]
	// known is the Clerk instance of the last run.
	known atomic.Pointer[clerkapi.Instance]
	// refused is the last reason for a refused configuration that the channels
	// were told.
	refused string
	// reloaded holds the configuration of the next run, so that it can be set
	// during a run; empty while nothing changes.
	reloaded chan *config.Config
	// progress is how far the run is.
	progress atomic.Pointer[plan.Progress]
	page     *statuspage.Page
	service  *serve.Service
	// token lets programs ask for a run; its value is of the configuration read last.
	token runrequest.Token
}

// Setup is what a service takes from the process.
type Setup struct {
	ConfigFile string
	Lookup     func(string) (string, bool) // of environment variables
	Log        *zap.Logger
	Version    string
	// Open opens the first session, as any verb does.
	Open func(runner.Deps) (*runner.Session, error)
}

// newWorker opens the first session of the service.
func newWorker(ctx context.Context, set Setup, deps runner.Deps) (*worker, error) {
	w := &worker{configFile: set.ConfigFile, lookup: set.Lookup, log: set.Log, backoff: serve.NewBackoff(),
		metrics: metrics.New(set.Version), reloaded: make(chan *config.Config, 1)}
	w.deps = w.withService(deps)
	var err error
	if w.session, err = set.Open(w.deps); err != nil {
		return nil, err
	}
	if err := runner.ChooseState(ctx, w.session); err != nil {
		return nil, err
	}
	w.current.Store(w.session.Config)
	w.newest.Store(w.session.Config)
	if err := checkServiceable(w.session.Config); err != nil {
		return nil, runner.UsageError{Err: err}
	}
	if w.state, err = w.session.State(); err != nil {
		return nil, err
	}
	if err := checkApprovable(w.session.Config, w.state); err != nil {
		return nil, runner.UsageError{Err: err}
	}
	if err := w.readToken(w.session.Config); err != nil {
		return nil, runner.UsageError{Err: err}
	}
	w.deps.Chosen = w.state
	w.page = statuspage.New(statuspage.Config{State: w.state, Version: set.Version, Metrics: w.metrics.Service(),
		Service: w.status, Alive: w.alive, Ready: w.ready, Log: w.log, Run: runrequest.New(&w.token, w.request, w.log)})
	w.loadBackoff(ctx)
	if w.session.Config.Metrics.Textfile == "" {
		runner.RecallMetrics(ctx, w.metrics, w.state)
	}
	return w, nil
}

// withService adds to the dependencies what differs in the runs of a service.
func (w *worker) withService(deps runner.Deps) runner.Deps {
	service := runner.Service{}
	if deps.Service != nil {
		service = *deps.Service
	}
	service.Backoff = w.backoff
	service.Recent = &recent.Listing{}
	service.Sends = w.nextRun
	service.Progress = func() {
		if w.service != nil { // the state directory may be asked for before
			w.service.Progress()
		}
	}
	service.Watcher = plan.WatchFunc(func(p plan.Progress) { w.progress.Store(&p) })
	deps.Service, deps.Metrics = &service, w.metrics
	deps.Observers = append(deps.Observers, w.keepBackoff, w.keepInstance, func(r *notify.Run) { w.page.Observe(r) })
	return deps
}

// checkServiceable refuses what only a single run can do.
func checkServiceable(c *config.Config) error {
	for _, s := range c.Sources {
		if s.CSV != nil && s.CSV.Path == "-" {
			return errors.New("serve reads its sources in every run, but standard input can be read only once: give the source " + s.Name + " a file")
		}
	}
	return nil
}

// checkApprovable refuses to let people approve where nothing is written down.
func checkApprovable(c *config.Config, state string) error {
	if c.Serve.Approve.IsOn() && state == "" {
		return errors.New("serve.approve needs a state directory, which keeps the approvals: set one with --state (S23)")
	}
	return nil
}

func (w *worker) close() { w.session.Close() }

func settingsOf(opened *runner.Session) serve.Settings {
	c := opened.Config
	s := serve.Settings{Config: c.Serve, Directories: dirwatch.Of(opened.Sources)}
	for _, one := range c.Sources {
		if one.CSV != nil && one.CSV.Path != "" { // servers and programs tell of no change
			s.Files = append(s.Files, one.CSV.Path)
		}
	}
	return s
}

// Run makes one run with the newest configuration.
func (w *worker) Run(ctx context.Context, job *serve.Job) serve.Result {
	w.renew()
	w.progress.Store(nil)
	why := string(job.Why)
	w.log.Info("run started", zap.String("why", why), zap.Bool("one_person", job.Person != ""))
	w.beginBackoff(ctx, job.Why)
	outcome := w.session.Run(ctx, runner.Request{Verb: "serve", Trigger: why, Run: sync.Run{Apply: true, Only: job.Person, MayBeUnknown: true}, Begun: job.Begin})
	if locked, ok := errors.AsType[*runner.LockedError](outcome.Err); ok {
		w.metrics.Skipped(outcome.Word())
		w.log.Warn("this run is skipped", zap.Error(locked))
		return resultOf(&outcome)
	}
	if !outcome.Logged {
		outcome.Log(w.log)
	}
	return resultOf(&outcome)
}

// resultOf is the outcome for a program that has asked for the run. It has no text: an
// error may name other people.
func resultOf(o *runner.Outcome) serve.Result {
	r := serve.Result{Run: o.Run, Outcome: o.Word(), ExitCode: o.Code()}
	if o.Report != nil {
		r.Done, r.Failed = o.Report.Tally(apply.Done), o.Report.Tally(apply.Failed)+o.Report.NotTried
		r.Waiting, r.Skipped = o.Report.Plan.Count(plan.Held), o.Report.Plan.Count(plan.Skipped)
	}
	return r
}

// renew opens a session of the configuration that was read last.
func (w *worker) renew() {
	select {
	case cfg := <-w.reloaded:
		w.session.Close() // keeps the times of its requests for the next client
		s, err := runner.Open(cfg, w.deps)
		if err != nil { // Reload has opened it once
			w.log.Error("the configuration cannot be used, so the old one is still used", zap.Error(err))
			return
		}
		w.session = s
		w.current.Store(cfg)
	default:
	}
}

// Reload reads the configuration, and the secrets that it names, for the runs
// from now on. Each reason for a refusal is sent to the channels once.
func (w *worker) Reload(ctx context.Context) (serve.Settings, error) {
	trial, err := w.reread()
	if err != nil {
		if w.refused != err.Error() {
			w.refused = err.Error()
			go w.notifier().Notice(ctx, notify.Notice{Title: "the configuration has problems, so an older one is still used", Lines: []string{refusal(err)}})
		}
		return serve.Settings{}, err
	}
	w.refused = ""
	select {
	case <-w.reloaded: // an older one that no run has used
	default:
	}
	w.reloaded <- trial.Config
	w.newest.Store(trial.Config)
	return settingsOf(trial), nil
}

// instance is the Clerk instance of the service (S41).
func (w *worker) instance() clerkapi.Instance {
	if known := w.known.Load(); known != nil {
		return *known
	}
	return config.InstanceOf(w.current.Load().Clerk)
}

// keepInstance copies the name, so that the run itself is let go.
func (w *worker) keepInstance(r *notify.Run) {
	instance := r.Instance
	w.known.Store(&instance)
}

func (w *worker) notifier() *notify.Notifier {
	return notify.New(w.current.Load().Notify, w.state, notify.WithLogger(w.log), notify.WithInstance(w.instance()))
}

// reread reads the configuration and checks that a run could use it. The session that
// it returns has no client any more.
func (w *worker) reread() (*runner.Session, error) {
	cfg, err := config.Load(w.configFile, w.lookup)
	if err != nil {
		return nil, err
	}
	if err := checkServiceable(cfg); err != nil {
		return nil, err
	}
	deps := w.deps
	deps.Metrics = nil // those of the service stay with the client in use
	trial, err := runner.Open(cfg, deps)
	if err != nil {
		return nil, err
	}
	trial.Clerk.Close()
	if state, err := trial.State(); err != nil || state != w.state {
		return nil, errors.New("the state directory cannot be changed while the service runs: restart the service")
	}
	if err := checkApprovable(cfg, w.state); err != nil {
		return nil, err
	}
	return trial, w.readToken(cfg)
}

// Panicked reports a run that ended in a panic outside of the session's run.
func (w *worker) Panicked(ctx context.Context, fault *serve.PanicError) {
	outcome := runner.Outcome{Verb: "serve", Err: fault}
	outcome.Log(w.log)
	w.metrics.Skipped(outcome.Word())
	w.notifier().Notice(ctx, notify.Notice{Title: "a run ended with a panic", Lines: []string{fault.Error()}})
}

// Changed shows the time of the next run in the metrics.
func (w *worker) Changed(now *serve.Now) {
	w.metrics.NextRun(now.Next)
	w.metrics.Refused(now.Refused != nil)
	if now.Schedule != nil {
		w.metrics.Interval(now.Schedule.Longest(now.Started))
	}
}
