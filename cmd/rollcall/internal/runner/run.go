package runner

import (
	"context"
	"errors"
	"time"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/source"
	"rollcall/sync"
)

// Request is what a verb asks of a session.
type Request struct {
	// Verb names the run in the lock, the history, and the log.
	Verb string
	// Trigger says why a service makes the run; empty otherwise.
	Trigger string
	Run     sync.Run
	// Undoes is the run that this one takes back; 0 is none.
	Undoes int64
	// Strict makes skipped changes count as held.
	Strict bool
	// Begun is called with the number that the history gives the run; nil is nobody.
	Begun func(run int64)
	// Show writes the report; nil writes nothing. Its error fails the run.
	Show func(*sync.Report, facts.Options) error
}

// Run makes one run that may change Clerk, with every step that such a run
// needs. Metrics, observers and notifications change nothing about how it ended.
func (s *Session) Run(ctx context.Context, r Request) Outcome {
	out := Outcome{Verb: r.Verb, Trigger: r.Trigger, Strict: r.Strict}
	if out.Err = checkOrganization(ctx, s, r.Run); out.Err != nil {
		return out
	}
	release, err := s.Lock(r.Verb)
	if err != nil {
		out.Err = err
		return out
	}
	defer release()

	notifier := notify.New(s.Config.Notify, s.state, notify.WithLogger(s.log), notify.WithPage(s.Config.Serve.PublicURL))
	restoreMetrics(ctx, s)
	out.Started = time.Now()
	if !r.isPart() {
		notifier.Begin(ctx)
	}

	history, err := s.beginHistory(ctx, r)
	if err == nil {
		if out.Run = history.run; r.Begun != nil {
			r.Begun(history.run)
		}
		lists := openLists(s, r.Run)
		s.reconcileInto(ctx, &out, r, history, sync.WithRecent(lists))
		saveLists(s, lists)
		// The end is written also when the run was interrupted.
		err = history.end(context.WithoutCancel(ctx), &out)
		noteKey(context.WithoutCancel(ctx), s)
	}
	out.Err, out.Finished, out.Instance = errors.Join(out.Err, err), time.Now(), s.Instance()

	run := s.notifyRun(r, &out)
	keepMetrics(s, &run)
	for _, observe := range s.deps.Observers {
		observe(&run)
	}
	notifier.End(ctx, run)
	if !s.deps.Attended {
		out.Log(s.log)
	}
	return out
}

// Plan makes one run that changes nothing. It takes no lock, and writes nothing
// but the changes that wait for approval, the times of its requests and which key
// the directory belongs to, if it can: it works beside a run that changes Clerk, and on a read-only disk.
func (s *Session) Plan(ctx context.Context, r Request) Outcome {
	out := Outcome{Verb: r.Verb, Strict: r.Strict}
	if out.Err = checkOrganization(ctx, s, r.Run); out.Err != nil {
		return out
	}
	history, err := s.readHistory(ctx)
	if err != nil {
		out.Err = err
		return out
	}
	defer history.close()
	history.warnOfBackoff()
	s.reconcileInto(ctx, &out, r, history)
	out.Instance = s.Instance()
	noteKey(context.WithoutCancel(ctx), s)
	return out
}

// Read makes one run that changes nothing, and returns its report without
// showing it.
func (s *Session) Read(ctx context.Context, run sync.Run) (*sync.Report, error) {
	history, err := s.readHistory(ctx)
	if err != nil {
		return nil, err
	}
	defer history.close()
	history.warnOfBackoff()
	return s.Reconcile(ctx, run, history.options()...)
}

// PlanOf makes the plan of another configuration, for the state directory of the session.
// It writes nothing, and shows how far it is.
func (s *Session) PlanOf(ctx context.Context, cfg *config.Config, from []source.Source, clerk sync.Clerk) (*sync.Report, error) {
	history, err := s.readHistory(ctx)
	if err != nil {
		return nil, err
	}
	defer history.close()
	defer CloseScreen(s)
	reconciler, err := sync.New(cfg.Sync, cfg.Rules, from, namedClerk{clerk, s}, append(history.options(), ScreenOptions(s)...)...)
	if err != nil {
		return nil, UsageError{Err: err}
	}
	return reconciler.RunOnce(ctx, sync.Run{})
}

// ReportOptions are how the reports of the session are shown.
func (s *Session) ReportOptions() facts.Options { return s.reportOptions(false) }

// isPart reports whether the run is not about everything, for those who are told of it.
func (r *Request) isPart() bool {
	return r.Run.Organization != "" || r.Run.Only != "" || r.Undoes != 0
}

// notifyRun describes the run for metrics, observers and notifications.
func (s *Session) notifyRun(r Request, out *Outcome) notify.Run {
	return notify.Run{
		ID: out.Run, Verb: r.Verb, Instance: out.Instance, Started: out.Started, Finished: out.Finished, Outcome: out.Word(), ExitCode: out.Code(),
		Part: r.isPart(),
		Err:  out.Err, Report: out.Report, Options: s.reportOptions(out.Kept),
	}
}

func (s *Session) reportOptions(kept bool) facts.Options {
	options := s.deps.Report
	options.Kept, options.At, options.Key, options.State = kept, time.Now(), config.PlacesOf(s.Config.Clerk).Key, s.state
	if service := s.deps.Service; service != nil && service.Sends != nil {
		options.Sends = service.Sends()
	}
	return options
}
