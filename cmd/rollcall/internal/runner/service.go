package runner

import (
	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/source"
	"rollcall/sync"
	"rollcall/sync/plan"
	"rollcall/sync/recent"
)

// Service is what differs in a run that the service makes. Its methods may be
// called on nil, which is a run by hand.
type Service struct {
	// Progress is called at every sign of progress.
	Progress func()
	// Watcher receives how far the run is; nil is nobody.
	Watcher plan.Watcher
	// Clerk are more options of the client.
	Clerk []clerkapi.Option
	// Recent are the members that earlier runs of the service have listed; nil reads what
	// the last process has saved.
	Recent *recent.Listing
	// Backoff decides what is not tried in this run.
	Backoff *serve.Backoff
	// Sends names the run that sends what somebody approves after this one; nil
	// leaves it to the report's options.
	Sends func() string
}

// withBackoff are the sources and the Clerk of a run, without what the backoff
// leaves alone.
func (v *Service) withBackoff(sources []source.Source, clerk sync.Clerk) ([]source.Source, sync.Clerk) {
	if v == nil {
		return sources, clerk
	}
	return v.Backoff.Sources(sources), v.Backoff.Clerk(clerk)
}

// clerkOptions spread requests evenly, so that other users of the instance keep
// their share of the rate limit at every moment. Each answer is a sign of progress.
func (v *Service) clerkOptions(count clerkapi.Observer) []clerkapi.Option {
	if v == nil {
		return []clerkapi.Option{clerkapi.WithObserver(count)}
	}
	return append([]clerkapi.Option{clerkapi.WithEvenPacing(), clerkapi.WithObserver(func(method, route string, status int) {
		v.Progress()
		count(method, route, status)
	})}, v.Clerk...)
}

// watched takes each event for a sign of progress.
func (v *Service) watched(w plan.Watcher) plan.Watcher {
	if v == nil {
		return w
	}
	return plan.WatchFunc(func(p plan.Progress) {
		v.Progress()
		if v.Watcher != nil {
			v.Watcher.Watch(p)
		}
		w.Watch(p)
	})
}

// recoverRun makes a panic of a run its error. In a run by hand the panic ends
// the process.
func (v *Service) recoverRun(err *error) {
	if v == nil {
		return
	}
	if value := recover(); value != nil {
		*err = serve.NewPanicError(value)
	}
}
