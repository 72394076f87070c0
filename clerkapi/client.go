package clerkapi

import (
	"maps"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/time/rate"
)

// Client calls the Clerk Backend API. Make it with [New]; it is safe for
// concurrent use. One process should have one per instance, since the client
// is what keeps to the rate limit.
type Client struct {
	config    Config
	base      *url.URL
	http      *http.Client
	transport http.RoundTripper
	log       *zap.Logger
	userAgent string
	admission *admission
	pacing    bool
	observe   Observer
	earlier   []time.Time
	clock     atomic.Pointer[clockReading]
	// known is how many memberships the instance has at least, by the last
	// list of organizations.
	known atomic.Int64

	mu    sync.Mutex
	stats Stats
}

type clockReading struct{ offset time.Duration }

// Option replaces a collaborator of a [Client].
type Option func(*Client)

// WithTransport sets what carries requests instead of the tuned default.
func WithTransport(t http.RoundTripper) Option { return func(c *Client) { c.transport = t } }

// WithLogger sets the logger; without it nothing is logged.
func WithLogger(log *zap.Logger) Option { return func(c *Client) { c.log = log } }

// WithUserAgent sets the User-Agent header, such as "rollcall/1.2.0".
func WithUserAgent(agent string) Option { return func(c *Client) { c.userAgent = agent } }

// WithEarlierSends tells of requests that another process sent on the same
// key, as [Client.Sends] listed them: a plan followed at once by an apply is
// one run for the rate limit.
func WithEarlierSends(sends []time.Time) Option { return func(c *Client) { c.earlier = sends } }

// WithEvenPacing spreads requests evenly over the window, for a daemon that
// leaves headroom to the website at every moment. Without it a run that fits
// the window goes at once.
func WithEvenPacing() Option { return func(c *Client) { c.pacing = true } }

// Observer is told of each request that was sent, retries included: its method,
// the template of its path ("/organizations/{organization_id}/memberships"),
// and the status of its answer, 0 when there was none. It is called by many at
// once.
type Observer func(method, route string, status int)

// WithObserver sets who is told of requests.
func WithObserver(o Observer) Option { return func(c *Client) { c.observe = o } }

// New makes a client. The key must have been read into config.SecretKey.
// Problems of the configuration are joined *FieldError values.
func New(config Config, options ...Option) (*Client, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if config.SecretKey.IsZero() {
		return nil, &FieldError{"secret_key_file", "the key is empty"}
	}
	base, err := config.baseURL()
	if err != nil {
		return nil, &FieldError{"api_url", err.Error()}
	}
	allowed := config.Allowed()
	c := &Client{
		config: config, base: base, userAgent: "rollcall", log: zap.NewNop(), observe: func(string, string, int) {},
		admission: newAdmission(allowed), stats: Stats{Requests: map[string]int{}, Least: map[string]int{}},
	}
	for _, o := range options {
		o(c)
	}
	c.assemble(allowed)
	return c, nil
}

// assemble makes what the options left open.
func (c *Client) assemble(allowed Rate) {
	if c.transport == nil {
		c.transport = newTransport()
	}
	if c.log == nil {
		c.log = zap.NewNop()
	}
	c.log = c.log.Named("clerkapi")
	c.http = &http.Client{Transport: c.transport, CheckRedirect: noRedirects}
	if c.pacing {
		c.admission.even = rate.NewLimiter(rate.Limit(float64(allowed.Requests)/allowed.Window.Seconds()), 1)
	}
	c.admission.window.restore(c.earlier)
	c.earlier = nil
}

// noRedirects hands a redirect back as the answer. Clerk never redirects, and
// a key that follows one could end up anywhere (S38).
func noRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// newTransport is net/http's with as many connections kept as requests can be
// in flight, and no wait without an end. Compression is on and the proxy
// comes from the environment.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           2 * maxFlow,
		MaxIdleConnsPerHost:    maxFlow,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  45 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
		ReadBufferSize:         32 << 10,
	}
}

// Stats counts what was sent since the client was made.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Requests, s.Least = maps.Clone(s.Requests), maps.Clone(s.Least)
	return s
}

// Sends lists when the requests ended that still count against the rate
// limit, for [WithEarlierSends] of the next process.
func (c *Client) Sends() []time.Time { return c.admission.window.sends() }

// BudgetUsed is the share of what [Config.Allowed] permits that the window
// which ends now has used, from 0 to 1.
func (c *Client) BudgetUsed() float64 { return c.admission.window.used() }

// ClockOffset is how far Clerk's clock is ahead of ours, to the second, by
// the Date header of the last answer; ok is false before there was one (S28).
func (c *Client) ClockOffset() (offset time.Duration, ok bool) {
	r := c.clock.Load()
	if r == nil {
		return 0, false
	}
	return r.offset, true
}

// MaxInFlight is how many requests a client has in flight at most. Callers
// with that many workers never leave the rate limit unused.
const MaxInFlight = maxFlow

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }
