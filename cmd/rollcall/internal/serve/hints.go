package serve

import (
	"context"
	"time"
)

// hints are changed files and directories. A hint only starts a run, which reads
// everything, so one run is enough for all hints that came before it began.
type hints struct {
	waiting Trigger // the change for which a run is still due; empty is none
	began   time.Time
	// ended is the end of the last run of this service, and took its length.
	ended time.Time
	took  time.Duration
	timer *time.Timer
}

// newHints has no hint. began is the beginning of the last run before this service, so
// that a service that is restarted again and again keeps the same bound.
func newHints(began time.Time) *hints {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return &hints{began: began, timer: timer}
}

// begin notes that a run begins. It reads everything that a hint was about.
func (h *hints) begin(now time.Time) {
	h.waiting, h.began = "", now
	h.timer.Stop()
}

func (h *hints) end(now time.Time) { h.ended, h.took = now, now.Sub(h.began) }

// wait is the time until the next run for a hint may begin: least after the beginning of
// the last run, and as long after its end as it took. So however often something
// changes, such runs leave half of the rate limit to others. A time in the future comes
// from a clock that was set, and counts as now.
func (h *hints) wait(least time.Duration, now time.Time) time.Duration {
	wait := max(h.began.Add(least).Sub(now), h.ended.Add(h.took).Sub(now))
	return min(wait, max(least, h.took))
}

// hint makes a run for a change, as soon as it may begin.
func (v *Service) hint(ctx context.Context, why Trigger) {
	v.hints.waiting = why
	v.takeHint(ctx)
}

// takeHint begins the run for a change that waits. While a run goes on, its end calls
// takeHint again.
func (v *Service) takeHint(ctx context.Context) {
	if v.hints.waiting == "" || !v.Now().Running.IsZero() {
		return
	}
	if wait := v.hints.wait(v.settings.MinInterval, time.Now()); wait > 0 {
		v.hints.timer.Reset(wait)
		return
	}
	v.begin(ctx, v.hints.waiting)
}

// watchDirectories asks the directories that the settings name.
func (v *Service) watchDirectories(ctx context.Context) {
	directories := v.settings.Directories
	switch {
	case v.settings.WatchDirectory == 0:
		directories = nil
	case len(directories) == 0:
		v.log.Warn("serve.watch_directory has no effect: no source is an LDAP directory")
	}
	v.directories.Watch(ctx, directories, v.settings.WatchDirectory)
}
