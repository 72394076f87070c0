package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// DefaultSecretKey is the key of a server without a key in its options.
const DefaultSecretKey = "sk_test_sandbox"

// maxBody is the largest request body that is read; a larger one is a 413.
const maxBody = 1 << 20

// Options says how a server behaves. The zero value serves an empty
// instance without limits and without latency.
type Options struct {
	// SecretKey begins with sk_test_ or sk_live_; empty is DefaultSecretKey.
	SecretKey string
	// Seed is what the instance holds at the start; nil is an empty one.
	// New reads it and never changes it.
	Seed *Seed
	// Limits are off by default.
	Limits Limits
	// Latency passes between a request and its answer, half of it before the
	// effect. A random time from 0 to Jitter is added.
	Latency, Jitter time.Duration
	// Faults are the faults at the start, see SetFaults.
	Faults []Fault
	// Now is the clock; nil is time.Now. The Date header follows it.
	Now func() time.Time
}

// Server is an instance behind the HTTP API. It is safe for concurrent use.
type Server struct {
	traffic
	store

	key     string
	latency time.Duration
	jitter  time.Duration
	mux     *http.ServeMux
	buffers sync.Pool
}

// New checks the options and the seed and returns a server.
func New(o Options) (*Server, error) {
	key := cmp.Or(o.SecretKey, DefaultSecretKey)
	environment, err := environmentOf(key)
	if err != nil {
		return nil, err
	}
	seed := o.Seed
	if seed == nil {
		seed = &Seed{Version: SeedVersion}
	}
	if err := seed.Check(); err != nil {
		return nil, err
	}
	st, err := newState(seed, environment)
	if err != nil {
		return nil, fmt.Errorf("load seed: %w", err)
	}
	s := &Server{
		traffic: traffic{clock: o.Now, limits: newLimiter(o.Limits)},
		store:   store{state: st, environment: environment},
		key:     key, latency: o.Latency, jitter: o.Jitter,
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.store.now = s.traffic.now
	s.buffers.New = func() any { return new([]byte) }
	s.mux = s.routes()
	if err := s.SetFaults(o.Faults...); err != nil {
		return nil, err
	}
	return s, nil
}

func environmentOf(key string) (string, error) {
	switch {
	case strings.HasPrefix(key, "sk_live_"):
		return "production", nil
	case strings.HasPrefix(key, "sk_test_"):
		return "development", nil
	}
	return "", errors.New("start the sandbox: the secret key must begin with sk_test_ or sk_live_")
}

// SecretKey is the key that requests must carry.
func (s *Server) SecretKey() string { return s.key }

// ServeHTTP answers /v1/… as Clerk does and /_sandbox/… for tests.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Serve answers on the listener until the context ends, then lets requests
// in flight finish for up to five seconds. It returns nil after that.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve sandbox on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := server.Shutdown(stop)
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("stop sandbox: %w", err)
	}
	return nil
}

// serve handles one request under /v1.
func (s *Server) serve(route route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{request: request{r: r, kind: route.kind(), write: route.write}}
		if !s.pause(r.Context(), s.delay()/2) {
			return
		}
		f, fault := s.accept(c, s.key)
		if fault != nil && !s.pause(r.Context(), time.Duration(fault.Delay)) {
			return
		}
		c.fault = fault
		buffer, _ := s.buffers.Get().(*[]byte)
		c.out = (*buffer)[:0]
		if f == nil {
			f = s.runEndpoint(c, route)
		}
		status := s.recordRequest(c, f)
		if s.pause(r.Context(), s.delay()/2) {
			c.respond(w, status, f)
		}
		*buffer = c.out
		s.buffers.Put(buffer)
	}
}

// runEndpoint runs the endpoint under the lock of the state.
func (s *Server) runEndpoint(c *call, route route) *failure {
	if f := c.prepare(); f != nil {
		return f
	}
	if c.fault != nil && c.fault.prevents() {
		return nil
	}
	if route.write {
		s.store.mu.Lock()
		defer s.store.mu.Unlock()
	} else {
		s.store.mu.RLock()
		defer s.store.mu.RUnlock()
	}
	c.state = s.state
	if route.organizations && c.instance.OrganizationsDisabled {
		return refuse(http.StatusForbidden, "organization_not_enabled_in_instance",
			"the instance has organizations turned off")
	}
	return route.endpoint(c)
}

func (s *Server) delay() time.Duration {
	if s.jitter <= 0 {
		return s.latency
	}
	return s.latency + rand.N(s.jitter)
}

// pause waits, or reports false when the caller has disconnected.
func (s *Server) pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// readBody reads a body of limited size.
func readBody(r *http.Request) ([]byte, *failure) {
	if r.Body == nil {
		return nil, nil
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "request_body_invalid", "the body could not be read")
	}
	if len(b) > maxBody {
		return nil, refuse(http.StatusRequestEntityTooLarge, "request_body_too_large",
			"the body is larger than "+strconv.Itoa(maxBody)+" bytes")
	}
	return bytes.TrimSpace(b), nil
}
