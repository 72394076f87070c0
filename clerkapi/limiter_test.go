package clerkapi

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"rollcall/clerkapi/internal/limit"
)

// seen records the times at which the server sees requests.
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
	g.SetLimit(limit.MaxConcurrency)
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

// These tests use fake time: it passes only as the limits make callers wait.
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
