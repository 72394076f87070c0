package clerkapi

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi/internal/limit"
	"rollcall/clerkapi/internal/transport"
)

// Client calls the Clerk Backend API. Make it with [New]; it is safe for
// concurrent use. A process should have one client per instance, because the
// client keeps to the rate limit.
type Client struct {
	memberships
	invitations
	users
	organizations
	roles
	instance
	enrollCalls
	accountCalls

	sender *sender
}

// instanceSize is how many memberships the instance has at least, by the last
// list of organizations.
type instanceSize struct{ atomic.Int64 }

// Option changes how [New] makes a [Client].
type Option func(*options)

type options struct {
	transport    http.RoundTripper
	log          *zap.Logger
	userAgent    string
	observe      Observer
	earlierSends []time.Time
	evenPacing   bool
	waiting      func(Wait)
	random       func() float64
}

// WithTransport replaces the default transport.
func WithTransport(t http.RoundTripper) Option { return func(o *options) { o.transport = t } }

// WithLogger sets the logger; without it nothing is logged.
func WithLogger(log *zap.Logger) Option { return func(o *options) { o.log = log } }

// WithUserAgent sets the User-Agent header, such as "rollcall/1.2.0".
func WithUserAgent(agent string) Option { return func(o *options) { o.userAgent = agent } }

// WithEarlierSends counts the requests that another process sent on the same
// key, as [Client.Sends] listed them. A plan and an apply right after it are one
// run for the rate limit.
func WithEarlierSends(sends []time.Time) Option { return func(o *options) { o.earlierSends = sends } }

// WithEvenPacing spreads requests evenly over the window, for a daemon that
// leaves headroom to the website at every moment. Without it, a run that fits
// the window sends its requests at once.
func WithEvenPacing() Option { return func(o *options) { o.evenPacing = true } }

// WithRandom sets the source of the numbers from 0 to 1 by which the delays between
// retries differ, so that a test can repeat them. Several goroutines call it at once.
func WithRandom(random func() float64) Option { return func(o *options) { o.random = random } }

// Observer gets each request that was sent, retries included: its method, the
// template of its path ("/organizations/{organization_id}/memberships"), and the
// status of its answer, 0 when there was none. Several goroutines call it at
// once.
type Observer func(method, route string, status int)

// WithObserver sets the observer of requests.
func WithObserver(observe Observer) Option { return func(o *options) { o.observe = observe } }

// Wait is a wait for the rate limit: how long until the next request may be sent,
// and the limit.
type Wait struct {
	For   time.Duration
	Limit Rate
}

// WithWaiting sets what is called when requests wait a second or longer for the
// rate limit, once a window. Without it, a run that has used up the limit looks
// like a hang. The function must not call the client.
func WithWaiting(waiting func(Wait)) Option { return func(o *options) { o.waiting = waiting } }

// New makes a client. The key must have been read into config.SecretKey.
// The problems of the configuration are joined errors with a method YAMLPath.
func New(config Config, with ...Option) (*Client, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if config.SecretKey.IsZero() {
		return nil, &fieldError{"secret_key_file", "the key is empty"}
	}
	base, err := config.baseURL()
	if err != nil {
		return nil, &fieldError{"api_url", err.Error()}
	}
	o := options{userAgent: "rollcall", observe: func(string, string, int) {}, random: rand.Float64}
	for _, option := range with {
		option(&o)
	}
	if o.log == nil {
		o.log = zap.NewNop()
	}
	if o.transport == nil {
		way, err := config.Way()
		if err != nil {
			return nil, err
		}
		o.transport = transport.NewTransport(way)
	}
	s, size := &sender{
		http: transport.New(base, config.SecretKey.Reveal, o.userAgent, o.transport), log: o.log.Named("clerkapi"), observe: o.observe, random: o.random,
		limiter: newLimiter(limit.Rate(config.Allowed()), &o), stats: Stats{Requests: map[string]int{}, Least: map[string]int{}},
	}, new(instanceSize)
	return &Client{
		memberships: memberships{s, size}, invitations: invitations{s}, users: users{s},
		organizations: organizations{sender: s, size: size}, roles: roles{s}, instance: instance{s, config.Address()},
		enrollCalls: enrollCalls{Sender: s}, accountCalls: accountCalls{Sender: s}, sender: s,
	}, nil
}

func newLimiter(allowed limit.Rate, o *options) *limit.Limiter {
	l := limit.New(allowed)
	if o.evenPacing {
		l.PaceEvenly(allowed)
	}
	l.Restore(o.earlierSends)
	if o.waiting != nil {
		l.Announce(func(wait time.Duration, allowed limit.Rate) { o.waiting(Wait{wait, Rate(allowed)}) })
	}
	return l
}

// Stats counts the requests since the client was made.
func (c *Client) Stats() Stats {
	c.sender.mu.Lock()
	defer c.sender.mu.Unlock()
	s := c.sender.stats
	s.Requests, s.Least = maps.Clone(s.Requests), maps.Clone(s.Least)
	return s
}

// Sends lists the end times of the requests that still count against the rate
// limit, for [WithEarlierSends] of the next process.
func (c *Client) Sends() []time.Time { return c.sender.limiter.Sends() }

// BudgetUsed is the used share of [Config.Allowed] in the window that ends now,
// from 0 to 1.
func (c *Client) BudgetUsed() float64 { return c.sender.limiter.Used() }

// ClockOffset is how far Clerk's clock is ahead of this machine's, to the
// second, by the Date header of the last answer. ok is false before the first
// answer (S28).
func (c *Client) ClockOffset() (offset time.Duration, ok bool) {
	r := c.sender.clock.Load()
	if r == nil {
		return 0, false
	}
	return r.offset, true
}

// Close drops idle connections.
func (c *Client) Close() { c.sender.http.Close() }
