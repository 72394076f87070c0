package serve

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"
	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/dirwatch"
)

// Trigger says why a run is made.
type Trigger string

// The triggers.
const (
	Scheduled     Trigger = "schedule"
	AtStart       Trigger = "start"
	Missed        Trigger = "missed"    // the schedule had a run while nobody ran
	ByHand        Trigger = "signal"    // somebody sent SIGUSR1
	FileSeen      Trigger = "file"      // a file of a source has changed
	DirectorySeen Trigger = "directory" // a directory server has a new change
	Requested     Trigger = "request"   // a program asked for it over HTTP
)

// Worker is what a service does. Its methods are called by one goroutine at a
// time, but for Reload, which may come while a run goes on and takes effect
// with the next one.
type Worker interface {
	// Run makes one run and tells of it. It ends soon after ctx does.
	Run(ctx context.Context, job *Job) Result
	// Panicked tells of a run that ended in a panic which Run itself did not survive.
	Panicked(ctx context.Context, fault *PanicError)
	// Reload reads the configuration again. The error says why the old one stays.
	Reload(ctx context.Context) (Settings, error)
	// Changed is called when what [Service.Now] says has changed.
	Changed(now *Now)
}

// Settings are the part of the configuration that the service needs.
type Settings struct {
	Config
	// Files are paths and globs; a change of one makes a run.
	Files []string
	// Directories are asked for their newest change; a new one makes a run.
	Directories []dirwatch.Directory
}

// Now is what the service is doing.
type Now struct {
	Started time.Time
	// Running is since when a run goes on, and Why; the zero time is none.
	Running time.Time
	Why     Trigger
	// Next is the next run of the schedule.
	Next     time.Time
	Schedule *Schedule
	// Refused says why the configuration that was read last is not in force.
	Refused   error
	RefusedAt time.Time
	// Stopping is true once the service was told to stop.
	Stopping bool
}

// Signals are the channels of the admin's signals. A nil channel has none.
type Signals struct {
	RunNow, Reload <-chan os.Signal
}

// Service makes runs until its context ends.
type Service struct {
	worker   Worker
	settings Settings
	signals  Signals
	log      *zap.Logger
	system   *System
	watcher  *Watcher
	last     LastRun

	asks  chan *ask
	queue queue
	// stopped is closed once no request is taken any more.
	stopped chan struct{}
	// current is the run that goes on, or the last one.
	current *Job

	directories *dirwatch.Watcher
	answers     *dirwatch.Answers
	hints       *hints

	cron    *cron.Cron
	due     *jitterSchedule
	ticks   chan struct{}
	ended   chan Result
	pending Trigger // the run that begins when this one has ended
	now     atomic.Pointer[Now]
	// pulse is when the loop last went round, progress when the run last got on,
	// in nanoseconds since 1970.
	pulse, progress atomic.Int64
}

// Option replaces a collaborator of a [Service].
type Option func(*Service)

// WithSystem sets the init system that gets the state of the service.
func WithSystem(s *System) Option { return func(v *Service) { v.system = s } }

// WithSignals sets the channels of signals.
func WithSignals(s Signals) Option { return func(v *Service) { v.signals = s } }

// WithLogger sets the logger; without it nothing is logged.
func WithLogger(l *zap.Logger) Option { return func(v *Service) { v.log = l.Named("serve") } }

// WithLastRun sets what is known of the last run before this service.
func WithLastRun(l LastRun) Option { return func(v *Service) { v.last = l } }

// WithAnswers sets the newest changes that directories showed to earlier runs.
func WithAnswers(a *dirwatch.Answers) Option { return func(v *Service) { v.answers = a } }

// New makes a service of valid settings.
func New(w Worker, s Settings, options ...Option) *Service {
	v := &Service{worker: w, settings: s, log: zap.NewNop(), system: &System{}, answers: &dirwatch.Answers{}, ticks: make(chan struct{}), ended: make(chan Result), asks: make(chan *ask), stopped: make(chan struct{})}
	for _, o := range options {
		o(v)
	}
	v.hints, v.directories = newHints(v.last.Started), dirwatch.New(v.answers, v.log)
	began, schedule := time.Now(), s.Plan()
	v.now.Store(&Now{Started: began, Schedule: schedule, Next: schedule.Next(began)})
	v.Progress()
	v.beat()
	return v
}

// pulseTime is how often the loop goes round when nothing happens.
const pulseTime = 10 * time.Second

// Serve makes runs until the context ends. Then it waits for the run that goes
// on to finish its calls. The error says that it did not.
func (v *Service) Serve(ctx context.Context) error {
	defer func() { v.cron.Stop() }()
	v.startSchedule(ctx)
	v.watch(ctx)
	defer func() { v.watcher.Close(); v.directories.Close() }()
	pulse := time.NewTicker(v.system.pulse(pulseTime))
	defer pulse.Stop()
	v.system.ready()
	v.requestFirst(ctx)
	for {
		v.beat()
		select {
		case <-ctx.Done():
			return v.stop()
		case <-v.ticks:
			v.request(ctx, Scheduled)
		case <-v.signals.RunNow:
			v.request(ctx, ByHand)
		case <-v.watcher.Changes():
			v.hint(ctx, FileSeen)
		case <-v.directories.Changes():
			v.hint(ctx, DirectorySeen)
		case <-v.hints.timer.C:
			v.takeHint(ctx)
		case <-v.signals.Reload:
			v.reload(ctx)
		case a := <-v.asks:
			v.accept(ctx, a)
		case result := <-v.ended:
			v.end(ctx, result)
		case <-pulse.C:
			v.checkClock(ctx)
		}
	}
}

// Now is what the service is doing. It does not wait.
func (v *Service) Now() Now { return *v.now.Load() }

func (v *Service) change(f func(*Now)) {
	now := v.Now()
	f(&now)
	v.now.Store(&now)
	v.worker.Changed(&now)
	v.system.status(&now)
}

// startSchedule starts the schedule. The library has one job, which only sends a
// tick: request decides for all triggers whether a run begins, so the library's
// own wrappers against overlap and panics are not needed.
func (v *Service) startSchedule(ctx context.Context) {
	if v.cron != nil {
		v.cron.Stop()
	}
	schedule := v.settings.Plan()
	v.due = &jitterSchedule{Schedule: schedule, most: v.settings.Jitter}
	next := schedule.Next(time.Now()) // without the delay, until the library has asked
	v.due.next.Store(&next)
	v.cron = cron.New(cron.WithLocation(schedule.zone))
	v.cron.Schedule(v.due, cron.FuncJob(func() {
		select {
		case v.ticks <- struct{}{}:
		case <-ctx.Done():
		}
	}))
	for _, w := range schedule.Warnings(time.Now()) {
		v.log.Warn(w, zap.String("schedule", schedule.String()))
	}
	v.cron.Start()
	v.change(func(n *Now) { n.Schedule, n.Next = schedule, next })
}

// requestFirst requests the run that is due at the start, if there is one.
func (v *Service) requestFirst(ctx context.Context) {
	missed := v.settings.CatchUp && v.last.missed(v.Now().Schedule, time.Now())
	switch {
	case missed:
		v.log.Info("a run was missed or cut off while the service was not running; it starts now", zap.Time("last_run", v.last.Started))
		v.request(ctx, Missed)
	case v.settings.RunAtStart:
		v.request(ctx, AtStart)
	}
}

// request begins a run of everything, or makes it begin after the current one. A run of
// the schedule is left out while another run of everything goes on.
func (v *Service) request(ctx context.Context, why Trigger) {
	running := !v.Now().Running.IsZero()
	switch {
	case !running:
		v.begin(ctx, why)
	case why == Scheduled && v.current.Person == "":
		v.log.Warn("the last run is still running, so this scheduled run is skipped", zap.Duration("running", time.Since(v.Now().Running)))
		v.next()
	case v.pending != ByHand:
		v.log.Info("a run is in progress; the next one starts when it has ended", zap.String("why", string(why)))
		v.pending = why
	}
}

// begin begins a run of everything, which is also the run for whatever waits for one.
func (v *Service) begin(ctx context.Context, why Trigger) {
	v.pending = ""
	v.hints.begin(time.Now())
	v.beginJob(ctx, v.queue.everybody(why))
}

func (v *Service) beginJob(ctx context.Context, job *Job) {
	v.current = job
	v.Progress()
	at := v.due.due()
	v.change(func(n *Now) { n.Running, n.Why, n.Next = time.Now(), job.Why, at })
	go func() { v.ended <- v.attempt(ctx, job) }()
}

// attempt makes a run; a panic is one failed run.
func (v *Service) attempt(ctx context.Context, job *Job) (result Result) {
	defer func() {
		if value := recover(); value != nil {
			result = Result{Outcome: "failed", ExitCode: 1}
			v.worker.Panicked(ctx, NewPanicError(value))
		}
	}()
	return v.worker.Run(ctx, job)
}

// end begins the run that was asked for meanwhile.
func (v *Service) end(ctx context.Context, result Result) {
	if v.current.Person == "" {
		v.hints.end(time.Now())
	}
	v.current.Finish(result)
	v.Progress()
	v.change(func(n *Now) { n.Running, n.Why, n.Next = time.Time{}, "", v.due.due() })
	v.watcher.Refresh()
	v.beginNext(ctx)
}

// next shows when the next run is.
func (v *Service) next() {
	if at := v.due.due(); !at.Equal(v.Now().Next) {
		v.change(func(n *Now) { n.Next = at })
	}
}

// reload puts the configuration in force that the file has now. The run that
// goes on ends with the old one.
func (v *Service) reload(ctx context.Context) {
	v.system.reloading()
	defer v.system.ready()
	settings, err := v.worker.Reload(ctx)
	if err != nil {
		v.log.Error("the configuration has problems, so the old one is still used", zap.Error(err))
		v.change(func(n *Now) { n.Refused, n.RefusedAt = err, time.Now() })
		return
	}
	if settings.Listen != v.settings.Listen {
		v.log.Warn("serve.listen takes effect after a restart of the service", zap.String("listening", v.settings.Listen))
	}
	v.settings = settings
	v.change(func(n *Now) { n.Refused, n.RefusedAt = nil, time.Time{} })
	v.startSchedule(ctx)
	v.watch(ctx)
	v.log.Info("the configuration was reloaded", zap.Stringer("schedule", v.Now().Schedule), zap.Time("next", v.Now().Next))
}

// watch looks at the directories and files that the settings name.
func (v *Service) watch(ctx context.Context) {
	v.watchDirectories(ctx)
	v.watcher.Close()
	v.watcher = nil
	if !v.settings.WatchFiles || len(v.settings.Files) == 0 {
		return
	}
	watcher, err := NewWatcher(v.settings.Files, v.log)
	if err != nil {
		v.log.Warn("file changes are not noticed; the schedule is still followed", zap.Error(err))
		return
	}
	v.watcher = watcher
}

// lateAfter is the delay from which on the clock must have been set, or the
// machine must have slept: timers do not run then.
const lateAfter = time.Minute

// checkClock makes the run that a sleeping machine has missed, once.
func (v *Service) checkClock(ctx context.Context) {
	v.next()
	due := v.Now().Next
	if due.IsZero() || !v.Now().Running.IsZero() || time.Until(due) > -lateAfter {
		return
	}
	v.log.Warn("a run is overdue: the clock was set, or the machine slept", zap.Time("due", due))
	v.startSchedule(ctx)
	v.request(ctx, Missed)
}

// notifyTime is the time for notifications after the calls of a run have ended.
const notifyTime = 45 * time.Second

// stop waits for the run that goes on.
func (v *Service) stop() error {
	close(v.stopped)
	v.system.stopping()
	v.change(func(n *Now) { n.Stopping = true })
	v.queue.stop()
	if v.Now().Running.IsZero() {
		return nil
	}
	v.log.Info("stopping: the calls in flight finish first", zap.Duration("within", v.settings.StopWithin))
	late := time.NewTimer(v.settings.StopWithin + notifyTime)
	defer late.Stop()
	select {
	case result := <-v.ended:
		v.current.Finish(result)
		return nil
	case <-late.C:
		return errors.New("the run did not end in time; the next run checks its unfinished changes")
	}
}
