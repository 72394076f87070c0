package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"rollcall/clerkapi/internal/limit"
)

// apiVersion is the version of the Clerk Backend API that this package speaks.
const apiVersion = "2026-05-12"

// ErrAddress is the error of a request whose address is no URL. Nothing was sent.
var ErrAddress = errors.New("build the request: the address is not a valid URL")

// Client sends requests to one server.
type Client struct {
	base      *url.URL
	key       func() string
	userAgent string
	http      *http.Client
}

// New makes a client of the server at base. key reveals the secret key.
func New(base *url.URL, key func() string, userAgent string, trip http.RoundTripper) *Client {
	return &Client{base: base, key: key, userAgent: userAgent, http: &http.Client{Transport: trip, CheckRedirect: refuseRedirects}}
}

// refuseRedirects returns a redirect as the answer. Clerk never redirects, and a
// request that follows a redirect could carry the key anywhere (S38).
func refuseRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Way is how the server is reached.
type Way struct {
	// Proxy chooses the proxy of a request; nil is none. ProxyHeader is sent to it.
	Proxy       func(*http.Request) (*url.URL, error)
	ProxyHeader http.Header
	// Authorities are those that count; nil for those of the system.
	Authorities *x509.CertPool
}

// ErrProxyRefused says that the proxy did not connect to the server.
var ErrProxyRefused = errors.New("the proxy refused the connection")

// NewTransport is the transport of net/http with two changes: it keeps as many
// connections as requests can be in flight, and every wait has an end.
// Compression is on.
func NewTransport(way Way) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  way.Proxy,
		ProxyConnectHeader:     way.ProxyHeader,
		OnProxyConnectResponse: judgeProxy,
		TLSClientConfig:        &tls.Config{RootCAs: way.Authorities, MinVersion: tls.VersionTLS12},
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           2 * limit.MaxConcurrency,
		MaxIdleConnsPerHost:    limit.MaxConcurrency,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  45 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
		ReadBufferSize:         32 << 10,
	}
}

// judgeProxy says by its own error that a proxy has not connected: the server got
// nothing.
func judgeProxy(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("%w: %d %s", ErrProxyRefused, answer.StatusCode, http.StatusText(answer.StatusCode))
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Request is what is sent. It can be sent again.
type Request struct {
	Method  string
	Address string // see [Client.Address]
	Body    []byte // JSON; nil is none
}

// Address fills the placeholders of a path and adds the query. Values are
// escaped, so that no value can change the path.
func (c *Client) Address(path string, args []string, query url.Values) string {
	for _, arg := range args {
		open, end := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
		path = path[:open] + url.PathEscape(arg) + path[end+1:]
	}
	address := c.base.String() + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

// Send sends a request and says how often it went out: net/http sends a request
// again when an idle connection turns out to be closed.
func (c *Client) Send(ctx context.Context, r *Request) (resp *http.Response, sends int, err error) {
	req, count, err := c.request(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	resp, err = c.http.Do(req)
	return resp, max(1, int(count.Load())), err
}

// request builds the HTTP request. The counter says how often the transport sent
// it.
func (c *Client) request(ctx context.Context, r *Request) (*http.Request, *atomic.Int64, error) {
	sends := new(atomic.Int64)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { sends.Add(1) },
	})
	var reader io.Reader
	if r.Body != nil {
		reader = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.Address, reader)
	if err != nil {
		return nil, nil, ErrAddress
	}
	req.Header.Set("Authorization", "Bearer "+c.key())
	req.Header.Set("Clerk-API-Version", apiVersion)
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", "application/json")
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, sends, nil
}
