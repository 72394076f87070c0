package statuspage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
	"golang.org/x/net/netutil"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report"
)

// Server listens for readers of the page.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// The bounds of what readers may take.
const (
	maxConnections = 256
	maxHeader      = 16 << 10
	headerTime     = 5 * time.Second
	readTime       = 10 * time.Second
	writeTime      = 30 * time.Second
	idleTime       = 30 * time.Second
	// farewell is how long answers may take once the service ends.
	farewell = 3 * time.Second
)

// Listen takes an address, host:port, so that what is wrong with it is known
// before the first run.
func Listen(ctx context.Context, address string, p *Page, log *zap.Logger) (*Server, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for readers of the status page: %w; choose another address, or none", err)
	}
	complaints, err := zap.NewStdLogAt(log.Named("http"), zap.DebugLevel)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &Server{netutil.LimitListener(l, maxConnections), &http.Server{
		Handler: p.Handler(l.Addr()), ErrorLog: complaints, MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
	}}, nil
}

// Address is where the server listens.
func (s *Server) Address() net.Addr { return s.listener.Addr() }

// Serve answers until the context ends.
func (s *Server) Serve(ctx context.Context) error {
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer cancel()
		ended <- s.http.Shutdown(ctx)
	})
	err := s.http.Serve(s.listener)
	if stop() { // nobody asked for the end
		return fmt.Errorf("serve the status page: %w", err)
	}
	return errors.Join(<-ended, s.http.Close())
}

// Handler answers readers who came to that address.
func (p *Page) Handler(at net.Addr) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", p.serveAlive)
	mux.HandleFunc("GET /readyz", p.serveReady)
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.config.Metrics, promhttp.HandlerOpts{MaxRequestsInFlight: 16}))
	mux.HandleFunc("GET /{$}", p.servePage)
	return guarded(at, mux)
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text) // whoever asked may have left
}

func (p *Page) serveAlive(w http.ResponseWriter, _ *http.Request) {
	if err := p.config.Alive(); err != nil {
		answer(w, http.StatusServiceUnavailable, "stuck: "+report.Escape(err.Error()))
		return
	}
	answer(w, http.StatusOK, "ok")
}

func (p *Page) serveReady(w http.ResponseWriter, r *http.Request) {
	if err := p.ready(r.Context()); err != nil {
		answer(w, http.StatusServiceUnavailable, "not ready: "+report.Escape(err.Error()))
		return
	}
	answer(w, http.StatusOK, "ok")
}

func (p *Page) servePage(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	if err := page.Execute(&b, p.view(r.Context(), time.Now())); err != nil {
		answer(w, http.StatusInternalServerError, "the page cannot be shown")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = b.WriteTo(w) // whoever asked may have left
}

// guarded sets what every answer says to browsers, and refuses foreign names
// on loopback.
func guarded(at net.Addr, next http.Handler) http.Handler {
	local := clerkapi.IsLoopback(hostOf(at.String()))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if local && !clerkapi.IsLoopback(hostOf(r.Host)) {
			answer(w, http.StatusMisdirectedRequest, "this address answers to localhost, 127.0.0.1 and [::1] only")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostOf is the host of host:port, or of a host alone.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	if n := len(address); n > 2 && address[0] == '[' && address[n-1] == ']' {
		return address[1 : n-1]
	}
	return address
}
