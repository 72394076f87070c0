package clerkapi

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"
)

// seen records when the server sees requests.
type seen struct {
	mu sync.Mutex
	at []time.Time
}

func (s *seen) record() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = append(s.at, time.Now())
}

// most is the greatest number of requests in any span.
func (s *seen) most(span time.Duration) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(s.at, time.Time.Compare)
	most, from := 0, 0
	for i := range s.at {
		for s.at[i].Sub(s.at[from]) > span {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

func TestWindowHoldsAsTheServerSeesIt(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.IntRange(1, 40).Draw(rt, "limit")
		requests := rapid.IntRange(1, 160).Draw(rt, "requests")
		jitter := rapid.Int64Range(1, 12_000).Draw(rt, "jitter in ms")
		workers := rapid.IntRange(1, 80).Draw(rt, "workers")
		seed := rapid.Uint64().Draw(rt, "seed")
		s, problem := &seen{}, error(nil)
		// Nothing may fail inside the bubble: rapid has to see it from outside.
		synctest.Test(t, func(t *testing.T) {
			problem = flood(t, s, Rate{Requests: limit}, requests, workers, jittered(seed, jitter))
		})
		if problem != nil {
			rt.Fatal(problem)
		}
		if got := s.most(10 * time.Second); got > limit {
			rt.Fatalf("%d requests within 10 s, %d are allowed", got, limit)
		}
		if len(s.at) != requests {
			rt.Fatalf("%d requests seen, %d sent", len(s.at), requests)
		}
	})
}

func jittered(seed uint64, milliseconds int64) func() time.Duration {
	random := rand.New(rand.NewPCG(seed, 1))
	var mu sync.Mutex
	return func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return time.Duration(random.Int64N(milliseconds)) * time.Millisecond
	}
}

// flood sends requests from several workers to a server that records them.
func flood(t *testing.T, s *seen, r Rate, requests, workers int, delay func() time.Duration) error {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.record()
		reply(w, 200, instanceJSON)
	})
	c, err := New(Config{SecretKey: NewSecret("k"), Budget: "100%", Rate: r}, WithTransport(inProcess{h, delay, delay}))
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(workers)
	for range requests {
		g.Go(func() error { return getInstance(t.Context(), c) })
	}
	return g.Wait()
}

func burst(t *testing.T, c *Client, requests int) time.Duration {
	t.Helper()
	started := time.Now()
	var g errgroup.Group
	g.SetLimit(MaxInFlight)
	for range requests {
		g.Go(func() error { _, err := c.Instance(t.Context()); return err })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	return time.Since(started)
}

func latencyClient(t *testing.T, latency time.Duration, config Config, options ...Option) *Client {
	t.Helper()
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, `{"id":"ins_1"}`) })
	half := func() time.Duration { return latency / 2 }
	c, err := New(config, append(options, WithTransport(inProcess{h, half, half}))...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The times of these tests are fake: they follow from the limits alone.
func TestRunThatFitsTheWindowGoesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := latencyClient(t, 25*time.Millisecond, Config{SecretKey: NewSecret("sk_live_x"), Budget: "100%"})
		if took := burst(t, c, 900); took > 3*time.Second {
			t.Errorf("900 requests took %s", took)
		}
	})
}

func TestLongRunReachesTheFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := latencyClient(t, 25*time.Millisecond, Config{SecretKey: NewSecret("sk_live_x"), Budget: "100%"})
		floor := 40 * time.Second // 10 s × ⌊(5000 − 1) / 1000⌋
		if took := burst(t, c, 5000); took < floor || took > floor*105/100+time.Second {
			t.Errorf("5000 requests took %s, the floor is %s", took, floor)
		}
	})
}

func TestEvenPacingDrips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := latencyClient(t, 0, Config{SecretKey: NewSecret("sk_test_x"), Budget: "100%"}, WithEvenPacing())
		if took := burst(t, c, 11); took < time.Second {
			t.Errorf("11 requests at 10 a second took %s", took)
		}
	})
}

func TestEarlierSendsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := Config{SecretKey: NewSecret("sk_test_x"), Budget: "100%"}
		first := latencyClient(t, 0, config)
		burst(t, first, 100)
		sends := first.Sends()
		if len(sends) != 100 {
			t.Fatalf("%d sends kept, want 100", len(sends))
		}
		time.Sleep(4 * time.Second)
		second := latencyClient(t, 0, config, WithEarlierSends(sends))
		if took := burst(t, second, 1); took < 6*time.Second || took > 7*time.Second {
			t.Errorf("the next process waited %s, want the rest of the window", took)
		}
		time.Sleep(11 * time.Second)
		if left := second.Sends(); len(left) != 0 {
			t.Errorf("%d sends kept after the window", len(left))
		}
		third := latencyClient(t, 0, config, WithEarlierSends([]time.Time{time.Now().Add(time.Hour)}))
		if len(third.Sends()) != 1 || burst(t, third, 1) != 0 {
			t.Error("a send from a clock that was set back must count once")
		}
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(Rate{Requests: 1, Window: time.Hour})
		if err := w.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.take(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting ended with %v", err)
		}
		if err := w.take(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an ended context got %v", err)
		}
		w.done(0, time.Time{})
		if err := w.take(t.Context()); err != nil || len(w.sends()) != 1 {
			t.Errorf("the slot was not given back: %v, %d", err, len(w.sends()))
		}
		f := newFlow(1000)
		for range f.bound() {
			_ = f.take(t.Context())
		}
		if err := f.take(ctx); err == nil {
			t.Error("the flow let one through too many")
		}
	})
}

func TestWaitersGoInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(Rate{Requests: 1, Window: time.Second})
		var order []int
		var g errgroup.Group
		for i := range 5 {
			g.Go(func() error {
				err := w.take(t.Context())
				order = append(order, i) // one slot: one at a time
				w.done(1, time.Time{})
				return err
			})
			synctest.Wait()
		}
		if err := g.Wait(); err != nil || !slices.IsSorted(order) {
			t.Errorf("order %v, %v", order, err)
		}
	})
}

func TestTurnThatCameTooLateIsHandedBack(t *testing.T) {
	l := &line{}
	l.next() // nobody there
	a := l.join()
	l.next()
	if l.leave(a) {
		t.Error("a turn that has come cannot leave the line")
	}
	w := newWindow(Rate{Requests: 1, Window: time.Second})
	w.mu.Lock()
	turn := w.waiting.join()
	w.pump(time.Now())
	w.mu.Unlock()
	w.abandon(turn)
	if w.inFlight != 0 {
		t.Errorf("%d in flight after giving up", w.inFlight)
	}
}

func TestSharedBudgetIsLearnedAndForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(Rate{Requests: 100, Window: 10 * time.Second})
		w.shrink()
		if got := w.allowed(time.Now()); got != 50 {
			t.Errorf("after a 429: %d, want 50", got)
		}
		w.shrink()
		if got := w.allowed(time.Now()); got != 25 {
			t.Errorf("after two: %d, want 25", got)
		}
		time.Sleep(31 * time.Second)
		if got := w.allowed(time.Now()); got != 40 {
			t.Errorf("three windows later: %d, want 40", got)
		}
		time.Sleep(10 * time.Minute)
		if got := w.allowed(time.Now()); got != 100 {
			t.Errorf("much later: %d, want 100", got)
		}
	})
}

func TestFlowFollowsLatencyAndFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		run := func(f *flow, took time.Duration, r result) {
			if err := f.take(t.Context()); err != nil {
				t.Fatal(err)
			}
			sent := time.Now()
			time.Sleep(took)
			f.done(sent, r)
		}
		f := newFlow(1000)
		run(f, 25*time.Millisecond, result{status: 200})
		if got := f.bound(); got != 25 {
			t.Errorf("1000 a window at 25 ms: %d in flight, want 25", got)
		}
		run(f, 25*time.Millisecond, result{status: 503})
		if got := f.bound(); got != 12 {
			t.Errorf("after a 503: %d, want 12", got)
		}
		for range 10 {
			run(f, time.Millisecond, result{status: 503})
		}
		if got := f.bound(); got != minFlow {
			t.Errorf("after many 503: %d, want %d", got, minFlow)
		}
		for range 3 {
			run(f, time.Minute, result{timeout: true})
		}
		if got := f.bound(); got != 1 {
			t.Errorf("after time-outs: %d, want 1", got)
		}
		for range 1000 {
			run(f, 25*time.Millisecond, result{status: 200})
		}
		if got := f.bound(); got < 24 {
			t.Errorf("recovered to %d only", got)
		}
		f.cutAt = time.Now()
		f.cut(time.Now().Add(-time.Second), false)
		if got := f.bound(); got < 24 {
			t.Errorf("what was sent before the last cut cut again: %d", got)
		}
	})
}

// A long body keeps no slot longer than the server does.
func TestSlotIsFreeOneWindowAfterTheAnswerBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow(Rate{Requests: 2, Window: 10 * time.Second})
		start := time.Now()
		for range 2 {
			if err := w.take(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Second)
		w.done(1, time.Now())
		w.done(1, start) // the body of the one that was answered first came last
		for _, want := range []time.Duration{w.span, w.span + 3*time.Second} {
			if err := w.take(t.Context()); err != nil || time.Since(start) != want {
				t.Errorf("a slot was free after %v, want %v (%v)", time.Since(start), want, err)
			}
		}
	})
}
