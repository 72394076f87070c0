package runner

import (
	"errors"
	"io"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/metrics"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/progress"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/sources"
	"rollcall/source"
	"rollcall/source/file"
	"rollcall/sync"
	"rollcall/sync/policy"
)

// Deps are what a session takes from the process.
type Deps struct {
	Log    *zap.Logger
	Lookup func(string) (string, bool) // of environment variables
	Stdin  io.Reader
	// Display makes the display of runs, which estimates by Clerk's rate limit; nil
	// logs their progress.
	Display func(budget clerkapi.Rate) progress.Display
	// Attended says that somebody reads the report on the screen that the log goes
	// to. The log leaves out what the report says.
	Attended bool
	// Version is that of rollcall, User the account of this machine that started
	// the run. The history keeps both.
	Version string
	User    func() string
	// ConfigFile is the file of the configuration, State the value of --state.
	ConfigFile, State string
	// Chosen is the default state directory that an earlier session of the process
	// has chosen; empty without one.
	Chosen string
	// Report is how the verb shows reports.
	Report facts.Options
	// Metrics count what runs do; nil makes new ones.
	Metrics *metrics.Metrics
	// Observers are called after each run that may change Clerk, in order,
	// before the notifications are sent.
	Observers []func(*notify.Run)
	// Service is what differs when the service makes the run; nil otherwise.
	Service *Service
}

// Session is a configuration made into what a run works with.
type Session struct {
	Config  *config.Config
	Sources []source.Source
	Clerk   *clerkapi.Client

	deps     Deps
	log      *zap.Logger
	display  progress.Display
	metrics  *metrics.Metrics
	place    Place  // what the state directory is chosen from
	state    string // the state directory; empty without one
	chosen   bool   // whether it is known to be the right one for the key
	stateErr error  // why there is no state directory, although there should be one
	// known is the instance, once Clerk has said which it is.
	known atomic.Pointer[clerkapi.Instance]
}

// Open makes sources and client of a configuration. It sends nothing and reads
// no source.
func Open(cfg *config.Config, deps Deps) (*Session, error) {
	s := &Session{Config: cfg, deps: deps, log: deps.Log, metrics: deps.Metrics}
	if s.metrics == nil {
		s.metrics = metrics.New(deps.Version)
	}
	s.display = newDisplay(deps, cfg.Clerk.Allowed())
	if err := findState(s); err != nil {
		return nil, err
	}
	var err error
	if s.Sources, err = OpenSources(cfg, deps, s.showSettling); err != nil {
		return nil, err
	}
	if err := s.openClerk(); err != nil {
		return nil, err
	}
	s.metrics.Budget(s.Clerk.BudgetUsed)
	return s, nil
}

// OpenSources makes the sources of a configuration; it reads none. settle, which may be
// nil, shows a wait for a file that is still written (S11).
func OpenSources(cfg *config.Config, deps Deps, settle func(file string, wait time.Duration)) ([]source.Source, error) {
	options := file.Options{Stdin: deps.Stdin, Logger: deps.Log, Settle: settle, Secrets: cfg.SecretFiles,
		Lookup: deps.Lookup, Trust: RefuseProgram, Cover: cfg.Cover}
	options.Credentials, _ = deps.Lookup("CREDENTIALS_DIRECTORY")
	var list []source.Source
	for _, c := range cfg.Sources {
		opened, err := sources.Open(c, options)
		if err != nil {
			return nil, UsageError{Err: err}
		}
		list = append(list, opened)
	}
	return list, nil
}

func (s *Session) openClerk() (err error) {
	options := []clerkapi.Option{clerkapi.WithLogger(s.log), clerkapi.WithUserAgent("rollcall/" + s.deps.Version),
		clerkapi.WithEarlierSends(readRequests(s.state)), clerkapi.WithWaiting(s.showLimit)}
	options = append(options, s.deps.Service.clerkOptions(s.metrics.Request)...)
	if s.Clerk, err = clerkapi.New(s.Config.Clerk, options...); err != nil {
		return UsageError{Err: err}
	}
	return nil
}

// newDisplay makes the display of runs. The runs of a service have no screen.
func newDisplay(deps Deps, budget clerkapi.Rate) progress.Display {
	if deps.Display == nil || deps.Service != nil {
		return progress.NewLogged(deps.Log, budget)
	}
	return deps.Display(budget)
}

// showSettling shows a wait (S11), which would look like a hang otherwise.
func (s *Session) showSettling(file string, wait time.Duration) {
	s.display.Wait(progress.Wait{For: wait, File: file})
}

// showLimit shows a wait for the rate limit.
func (s *Session) showLimit(w clerkapi.Wait) {
	s.display.Wait(progress.Wait{For: w.For, Limit: w.Limit})
}

// ScreenOptions have a dry run show on a terminal how far it is. CloseScreen ends that.
func ScreenOptions(s *Session) []sync.Option {
	if !s.deps.Attended {
		return nil
	}
	return []sync.Option{sync.WithWatcher(s.display)}
}

// CloseScreen takes what a dry run showed off the screen.
func CloseScreen(s *Session) { s.display.Close() }

// Close ends what Open began, and keeps the times of recent requests for the
// next process.
func (s *Session) Close() {
	s.keepRequests()
	s.Clerk.Close()
}

// State is the state directory; empty is none. The error says why it cannot be
// determined. Where it depends on the instance, ChooseState comes first.
func (s *Session) State() (string, error) { return s.state, s.stateErr }

// Locate adds to an error of a run its place in the configuration file, or a
// hint for an answer with which Clerk refused a request.
func (s *Session) Locate(err error) error {
	if _, bad := errors.AsType[*policy.FieldError](err); bad {
		return UsageError{Err: config.Locate(s.deps.ConfigFile, s.deps.Lookup, err)}
	}
	at := config.PlacesOf(s.Config.Clerk)
	at.Instance = s.Instance()
	return config.Advise(err, at)
}
