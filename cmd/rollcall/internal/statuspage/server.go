package statuspage

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/listen"
	"rollcall/cmd/rollcall/internal/statuspage/crowd"
	"rollcall/cmd/rollcall/internal/statuspage/signin"
)

// Server listens for readers of the page.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// The bounds of what readers may take.
const (
	maxConnections = 256
	maxEach        = 128 // of one address
	maxHeader      = 16 << 10
	headerTime     = 5 * time.Second
	readTime       = 10 * time.Second
	writeTime      = 30 * time.Second
	// refreshSeconds is after how long a browser asks for the page again. A header says
	// so, and a link turns it off: whoever reads a list of names, or hears it, is not
	// thrown back to its beginning (WCAG 2.2.1).
	refreshSeconds = "30"
	// closeTime is how long answers may take once the service ends.
	closeTime = 3 * time.Second
)

// Listen takes an address, host:port, so that what is wrong with it is known
// before the first run.
func Listen(ctx context.Context, address string, p *Page, log *zap.Logger) (*Server, error) {
	l, err := listen.On(ctx, "serve.listen", address)
	if err != nil {
		return nil, err
	}
	complaints, err := zap.NewStdLogAt(log.Named("http"), zap.DebugLevel)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	server := &http.Server{
		Handler: p.Handler(l.Addr()), ErrorLog: complaints, MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime,
	}
	server.SetKeepAlivesEnabled(false) // each reader asks once in a while
	return &Server{&crowd.Listener{Listener: l, MostEach: maxEach, Most: maxConnections}, server}, nil
}

// Address is where the server listens.
func (s *Server) Address() net.Addr { return s.listener.Addr() }

// Serve answers until the context ends.
func (s *Server) Serve(ctx context.Context) error {
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
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
	local := clerkapi.IsLoopback(hostOf(at.String()))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { p.servePage(w, r, local) })
	for path, handle := range map[string]pageHandler{
		"/runs/{id}": p.runPage, "/organizations/{id}": p.organizationPage, "/people/{id}": p.personPage, "/search": p.searchPage, "/groups": p.groupsPage,
		"/approve": p.approvalsPage, "/approve/{hash}": p.approvalPage,
	} {
		mux.HandleFunc("GET "+path, p.serve(local, handle))
	}
	mux.HandleFunc("POST /approve/{hash}", p.serveApproval)
	if p.config.Run != nil {
		mux.Handle("/run", p.config.Run)
	}
	return refuseForeignHosts(at, mux)
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text) // whoever asked may have left
}

func (p *Page) serveAlive(w http.ResponseWriter, _ *http.Request) {
	if err := p.config.Alive(); err != nil {
		answer(w, http.StatusServiceUnavailable, "stuck: "+escape.Text(err.Error()))
		return
	}
	answer(w, http.StatusOK, "ok")
}

func (p *Page) serveReady(w http.ResponseWriter, r *http.Request) {
	if err := p.ready(r.Context()); err != nil {
		answer(w, http.StatusServiceUnavailable, "not ready: "+escape.Text(err.Error()))
		return
	}
	answer(w, http.StatusOK, "ok")
}

// servePage shows the page. It names people where only this machine can ask.
func (p *Page) servePage(w http.ResponseWriter, r *http.Request, local bool) {
	v := p.view(r.Context(), time.Now(), local)
	if name, err := signin.Approver(r, p.config.Service().Approve); err == nil {
		v.offerApproval(name)
	}
	if v.Refreshes = !r.URL.Query().Has("still"); v.Refreshes {
		w.Header().Set("Refresh", refreshSeconds)
	}
	write(w, http.StatusOK, "status", v)
}

// refuseForeignHosts sets what every answer says to browsers, and refuses foreign names
// on loopback.
func refuseForeignHosts(at net.Addr, next http.Handler) http.Handler {
	local := clerkapi.IsLoopback(hostOf(at.String()))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		// With no-referrer a browser would not say where a form comes from.
		h.Set("Referrer-Policy", "same-origin")
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
