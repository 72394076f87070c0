package serve

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"rollcall/cmd/rollcall/internal/dirwatch"
	"rollcall/source"
)

// askedDirectory answers what the test says.
type askedDirectory struct {
	asked  atomic.Int64
	answer func(asked int) (source.Revision, error)
}

func (*askedDirectory) Name() string { return "corp" }

func (d *askedDirectory) LastChange(context.Context, func(string) source.Revision) (source.LastChange, error) {
	revision, err := d.answer(int(d.asked.Add(1)))
	return source.LastChange{Server: "ldap://corp", Revision: revision}, err
}

func revisionOf(n int) source.Revision {
	return source.Revision("").With(source.ClockCSN, source.Clock{"000": fmt.Sprintf("%09d", n)})
}

// watching are settings that ask every ten seconds.
func watching(d *askedDirectory) Settings {
	s := settings("@every 1h")
	s.WatchDirectory, s.Directories = 10*time.Second, []dirwatch.Directory{d}
	return s
}

// A change in the directory makes one run, and no change makes none.
func TestDirectoryThatChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &askedDirectory{answer: func(asked int) (source.Revision, error) {
			if asked >= 5 { // 40 seconds after the start
				return revisionOf(2), nil
			}
			return revisionOf(1), nil
		}}
		g := begin(t, watching(d), &recorded{takes: time.Second}, LastRun{})
		g.wait(10 * time.Minute)
		g.stop(t)
		g.want(t, "40s directory")
	})
}

// Whatever a server answers, it makes at most one run in min_interval, and such runs
// take at most half of the time.
func TestServerThatCannotDriveRuns(t *testing.T) {
	down := errors.New("connection refused")
	for name, c := range map[string]struct {
		answer      func(asked int) (source.Revision, error)
		takes       time.Duration
		interval    time.Duration
		least, most int // runs in ten minutes
	}{
		"something new each time":    {func(n int) (source.Revision, error) { return revisionOf(n), nil }, time.Second, time.Minute, 9, 10},
		"and runs that take long":    {func(n int) (source.Revision, error) { return revisionOf(n), nil }, 30 * time.Second, 10 * time.Second, 9, 10},
		"back and forth":             {func(n int) (source.Revision, error) { return revisionOf(n % 2), nil }, time.Second, 10 * time.Second, 0, 1},
		"backwards":                  {func(n int) (source.Revision, error) { return revisionOf(1000 - n), nil }, time.Second, 10 * time.Second, 0, 0},
		"nothing but errors":         {func(int) (source.Revision, error) { return "", down }, time.Second, 10 * time.Second, 0, 0},
		"an error every second time": {func(n int) (source.Revision, error) { return revisionOf(1), []error{nil, down}[n%2] }, time.Second, 10 * time.Second, 0, 0},
		"new clocks each time": {func(n int) (source.Revision, error) {
			return source.Revision("").With(source.ClockUSN, source.Clock{fmt.Sprint("id", n): "1"}), nil
		}, time.Second, time.Minute, 9, 10},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &askedDirectory{answer: c.answer}
				s := watching(d)
				s.MinInterval = c.interval
				g := begin(t, s, &recorded{takes: c.takes}, LastRun{})
				g.wait(10 * time.Minute)
				g.stop(t)
				if n, asked := len(g.runs), d.asked.Load(); n < c.least || n > c.most || asked < 5 || asked > 61 {
					t.Errorf("%d questions made %d runs in ten minutes: %v", asked, n, g.runs)
				}
			})
		})
	}
}

// Failures in a row are one warning, their end is said, and a wrong password is tried
// seldom enough not to lock the account.
func TestDirectoryThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, log := observer.New(zap.InfoLevel)
		var fails atomic.Bool
		fails.Store(true)
		d := &askedDirectory{answer: func(int) (source.Revision, error) {
			if fails.Load() {
				return "", errors.New("invalid credentials")
			}
			return revisionOf(1), nil
		}}
		w := dirwatch.New(&dirwatch.Answers{}, zap.New(core))
		defer w.Close()
		w.Watch(t.Context(), []dirwatch.Directory{d}, 10*time.Second)
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		asked := d.asked.Load()
		if asked < 40 || asked > 50 {
			t.Errorf("asked %d times in ten hours", asked)
		}
		fails.Store(false)
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		if warnings, ends := log.FilterLevelExact(zap.WarnLevel).Len(), log.FilterMessage("a directory answers again").Len(); warnings != 1 || ends != 1 || d.asked.Load() < asked+80 {
			t.Errorf("%d warnings, %d ends, asked %d times: %v", warnings, ends, d.asked.Load()-asked, log.All())
		}
	})
}

// A new configuration loses no change: neither one that nobody has taken yet, nor one
// between the last question of the old one and the first of the new one.
func TestReloadLosesNoChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var revision atomic.Int64
		d := &askedDirectory{answer: func(int) (source.Revision, error) { return revisionOf(int(revision.Load())), nil }}
		w := dirwatch.New(&dirwatch.Answers{}, zap.NewNop())
		defer w.Close()
		again := func() {
			w.Watch(t.Context(), []dirwatch.Directory{d}, 10*time.Second)
			synctest.Wait()
		}
		again()
		revision.Store(1)
		time.Sleep(11 * time.Second)
		again()
		select {
		case <-w.Changes():
		default:
			t.Error("a change that nobody had taken is lost")
		}
		revision.Store(2)
		again()
		select {
		case <-w.Changes():
		default:
			t.Error("a change between two configurations is lost")
		}
	})
}

// A change during a run makes another one after it, once, and a run that begins for
// another reason is enough for a change that waits.
func TestHintsJoinRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var revision atomic.Int64
		s := watching(&askedDirectory{answer: func(int) (source.Revision, error) { return revisionOf(int(revision.Load())), nil }})
		s.Schedule, s.WatchDirectory, s.MinInterval = "@every 5m", time.Second, 3*time.Minute
		g := begin(t, s, &recorded{takes: 10 * time.Second}, LastRun{})
		g.wait(5*time.Minute + 2*time.Second)
		for range 3 {
			revision.Add(1)
			g.wait(2 * time.Second)
		}
		g.wait(3*time.Minute + 30*time.Second)
		g.want(t, "5m0s schedule", "8m0s directory")
		revision.Add(1) // its run is due at eleven minutes
		g.wait(6 * time.Minute)
		g.stop(t)
		g.want(t, "5m0s schedule", "8m0s directory", "10m0s schedule")
	})
}

// A service that is restarted again and again keeps the bound.
func TestHintAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := &dirwatch.Answers{}
		answers.Recall("corp", source.LastChange{Server: "ldap://corp", Revision: revisionOf(1)})
		s := watching(&askedDirectory{answer: func(int) (source.Revision, error) { return revisionOf(2), nil }})
		s.MinInterval, s.CatchUp = time.Minute, false
		w := &recorded{start: time.Now()}
		service := New(w, s, WithAnswers(answers), WithLastRun(LastRun{Started: time.Now().Add(-20 * time.Second)}))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		if err := service.Serve(ctx); err != nil {
			t.Error(err)
		}
		if len(w.runs) != 1 || w.runs[0] != "40s directory" {
			t.Errorf("%v", w.runs)
		}
	})
}

// A last run in the future comes from a wrong clock and stops nothing.
func TestHintAfterAWrongClock(t *testing.T) {
	now := time.Now()
	if wait := newHints(now.Add(1000*time.Hour)).wait(time.Minute, now); wait != time.Minute {
		t.Errorf("waits %s", wait)
	}
	if wait := newHints(time.Time{}).wait(time.Minute, now); wait > 0 {
		t.Errorf("waits %s without an earlier run", wait)
	}
}
