package serve

import (
	"context"
	"errors"
	"os"
	"strings"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recorded is a worker whose runs take as long as they are told to.
type recorded struct {
	mutex stdsync.Mutex // the test looks and changes while the service works
	start time.Time
	runs  []string
	takes time.Duration
	// deaf runs do not end with their context.
	deaf     bool
	panics   bool
	panicked int
	settings Settings
	refuse   error
	stepping time.Duration // how often a run says that it gets on; 0 is never
	service  *Service
}

func (r *recorded) Run(ctx context.Context, job *Job) (result Result) {
	r.mutex.Lock()
	r.runs = append(r.runs, strings.TrimSpace(time.Since(r.start).String()+" "+string(job.Why)+" "+job.Person))
	panics, takes, stepping, deaf := r.panics, r.takes, r.stepping, r.deaf
	r.mutex.Unlock()
	if panics {
		panic("planted")
	}
	end := time.After(takes)
	var step <-chan time.Time
	if stepping > 0 {
		ticker := time.NewTicker(stepping)
		defer ticker.Stop()
		step = ticker.C
	}
	done := ctx.Done()
	if deaf {
		done = nil
	}
	for {
		select {
		case <-end:
			return
		case <-done:
			return
		case <-step:
			r.service.Progress()
		}
	}
}

func (r *recorded) Panicked(context.Context, *PanicError) { r.set(func() { r.panicked++ }) }

func (r *recorded) Reload(context.Context) (s Settings, err error) {
	r.set(func() { s, err = r.settings, r.refuse })
	return s, err
}

// set changes or looks at something while the service works.
func (r *recorded) set(change func()) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	change()
}

func (*recorded) Changed(*Now) {}

// stage is a service in a bubble, and what it told the init system.
type stage struct {
	*recorded
	now, reload chan os.Signal
	said        []string
	cancel      context.CancelFunc
	ended       chan error
}

func settings(schedule string) Settings {
	c := DefaultConfig()
	c.Schedule, c.Jitter = schedule, 0
	return Settings{Config: c}
}

func begin(t *testing.T, s Settings, worker *recorded, last LastRun) *stage {
	t.Helper()
	g := &stage{recorded: worker, now: make(chan os.Signal, 1), reload: make(chan os.Signal, 1), ended: make(chan error, 1)}
	g.start = time.Now()
	system := &System{say: func(state string) { g.set(func() { g.said = append(g.said, state) }) }, watchdog: 30 * time.Second}
	g.service = New(g, s, WithSignals(Signals{g.now, g.reload}), WithSystem(system), WithLastRun(last))
	ctx, cancel := context.WithCancel(t.Context())
	g.cancel = cancel
	go func() { g.ended <- g.service.Serve(ctx) }()
	synctest.Wait()
	return g
}

func (g *stage) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (g *stage) stop(t *testing.T) {
	t.Helper()
	g.cancel()
	if err := <-g.ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func (g *stage) want(t *testing.T, runs ...string) {
	t.Helper()
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if diff := cmp.Diff(runs, g.runs); diff != "" {
		t.Error(diff)
	}
}

// fed counts the signs of life since it was last asked.
func (g *stage) fed() int {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	n := 0
	for _, s := range g.said {
		n += strings.Count(s, "WATCHDOG=1")
	}
	g.said = nil
	return n
}

// What somebody asks for during a run is done after it, once; what the schedule
// asks for is not.
func TestRunsNeverOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t, settings("@every 10m"), &recorded{takes: 24 * time.Minute}, LastRun{})
		g.wait(12 * time.Minute)
		for range 3 {
			g.now <- os.Interrupt
			g.wait(time.Minute)
		}
		g.wait(2 * time.Hour)
		g.stop(t)
		g.want(t, "10m0s schedule", "34m0s signal", "1h0m0s schedule", "1h30m0s schedule", "2h0m0s schedule")
	})
}

func TestRunsAtTheStart(t *testing.T) {
	for name, c := range map[string]struct {
		last    func(now time.Time) LastRun
		atStart bool
		catchUp bool
		want    []string
	}{
		"the first start":        {func(time.Time) LastRun { return LastRun{} }, false, true, nil},
		"a run at each":          {func(time.Time) LastRun { return LastRun{} }, true, true, []string{"0s start"}},
		"nothing missed":         {func(now time.Time) LastRun { return LastRun{Started: now.Add(-time.Minute)} }, false, true, nil},
		"one missed":             {func(now time.Time) LastRun { return LastRun{Started: now.Add(-2 * time.Hour)} }, false, true, []string{"0s missed"}},
		"many missed":            {func(now time.Time) LastRun { return LastRun{Started: now.Add(-900 * time.Hour)} }, true, true, []string{"0s missed"}},
		"missed, and unwanted":   {func(now time.Time) LastRun { return LastRun{Started: now.Add(-900 * time.Hour)} }, false, false, nil},
		"cut off a moment ago":   {func(now time.Time) LastRun { return LastRun{Started: now.Add(-time.Minute), Unfinished: true} }, false, true, []string{"0s missed"}},
		"the clock was set back": {func(now time.Time) LastRun { return LastRun{Started: now.Add(5 * time.Hour), Unfinished: true} }, false, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := settings("0 * * * *")
				s.RunAtStart, s.CatchUp = c.atStart, c.catchUp
				time.Sleep(30 * time.Minute)
				g := begin(t, s, &recorded{}, c.last(time.Now()))
				g.wait(time.Minute)
				g.stop(t)
				g.want(t, c.want...)
			})
		})
	}
}

// The watchdog is fed while nothing is due, and while a run gets on, however
// long it takes. A run that does not starves it, and is not alive.
func TestWatchdogIsFedByProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := settings("@every 24h")
		s.StuckAfter = 10 * time.Minute
		g := begin(t, s, &recorded{takes: 3 * time.Hour, stepping: 5 * time.Minute}, LastRun{})
		g.wait(23 * time.Hour)
		if n := g.fed(); n < 23*60*4 {
			t.Errorf("idle, it was fed %d times in 23 hours", n)
		}
		g.wait(4 * time.Hour)
		if n := g.fed(); n < 4*60*4 || g.service.Alive() != nil {
			t.Errorf("a long run fed it %d times in 4 hours; %v", n, g.service.Alive())
		}
		g.set(func() { g.stepping = 0 })
		g.wait(21*time.Hour + 15*time.Minute)
		g.fed()
		g.wait(time.Hour)
		if err := g.service.Alive(); g.fed() > 0 || err == nil || !strings.Contains(err.Error(), "the run has made no progress for 1h") {
			t.Errorf("a run that hangs feeds it, and is alive: %v", err)
		}
		g.stop(t)
	})
}

// The status page may be asked before the service has begun: the next run is known then.
func TestTheNextRunIsKnownFromTheBeginning(t *testing.T) {
	if at := New(&recorded{}, settings("0 3 * * *")).Now().Next; at.IsZero() || at.After(time.Now().Add(25*time.Hour)) {
		t.Errorf("the next run is at %s", at)
	}
}

// A loop that does not go round is not alive.
func TestLoopThatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := New(&recorded{}, settings("@every 24h"))
		time.Sleep(2 * time.Minute)
		if err := v.Alive(); err == nil || err.Error() != "the service has not responded for 2m0s" {
			t.Errorf("%v", err)
		}
	})
}

// The init system hears the words that systemd knows, in their order.
func TestWhatTheInitSystemHears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &recorded{settings: settings("@every 2h"), takes: time.Minute}
		g := begin(t, settings("@every 1h"), w, LastRun{})
		g.set(func() { w.refuse = errors.New("line 3 is wrong") })
		g.reload <- os.Interrupt
		g.wait(time.Second)
		g.set(func() { w.refuse = nil })
		g.reload <- os.Interrupt
		g.wait(time.Second)
		g.now <- os.Interrupt
		g.wait(time.Second)
		g.stop(t)
		var heard []string
		for _, s := range g.said {
			word, rest, _ := strings.Cut(s, "\n")
			if word == "WATCHDOG=1" || len(heard) > 0 && heard[len(heard)-1] == word {
				continue
			}
			if word == "RELOADING=1" && !strings.HasPrefix(rest, "MONOTONIC_USEC=") {
				t.Errorf("without the time that systemd wants: %q", s)
			}
			heard = append(heard, word)
		}
		want := []string{
			"STATUS=next run 2000-01-01T01:00:00Z", "READY=1",
			"RELOADING=1", "STATUS=next run 2000-01-01T01:00:00Z; the configuration file has problems, so an older configuration is used", "READY=1",
			"RELOADING=1", "STATUS=next run 2000-01-01T01:00:00Z", "STATUS=next run 2000-01-01T02:00:01Z", "READY=1",
			"STATUS=running since 2000-01-01T00:00:02Z", "STOPPING=1", "STATUS=stopping",
		}
		if diff := cmp.Diff(want, heard); diff != "" {
			t.Error(diff)
		}
	})
}

// A run that ignores the end of the service is left behind after its deadline.
func TestRunThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := settings("@every 1h")
		g := begin(t, s, &recorded{takes: 10 * time.Hour, deaf: true}, LastRun{})
		g.wait(90 * time.Minute)
		asked := time.Now()
		g.cancel()
		if err := <-g.ended; err == nil || time.Since(asked) != s.StopWithin+notifyTime {
			t.Errorf("after %s: %v", time.Since(asked), err)
		}
		time.Sleep(10 * time.Hour) // the run ends after all, and finds nobody
		<-g.service.ended
	})
}

// A panic ends neither the service nor the runs to come.
func TestPanicIsOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t, settings("@every 1h"), &recorded{panics: true}, LastRun{})
		g.wait(2*time.Hour + time.Minute)
		g.set(func() { g.panics = false })
		g.wait(time.Hour)
		g.stop(t)
		g.want(t, "1h0m0s schedule", "2h0m0s schedule", "3h0m0s schedule")
		if g.panicked != 2 {
			t.Errorf("told of %d panics", g.panicked)
		}
	})
}

// Timers stand still while a machine sleeps, and the clock may be set: then a
// run is overdue, and is made once.
func TestOverdueRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t, settings("0 3 * * *"), &recorded{}, LastRun{})
		g.wait(time.Hour)
		past := time.Now().Add(-5 * time.Minute)
		g.service.due.next.Store(&past) // as if three o'clock had come and no timer with it
		g.wait(time.Minute)
		g.want(t, "1h0m10s missed")
		g.wait(25 * time.Hour)
		g.stop(t)
		g.want(t, "1h0m10s missed", "3h0m0s schedule")
	})
}
