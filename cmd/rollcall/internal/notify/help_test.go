package notify

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report/facts"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const whsec = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0123456789ab"

// receiver is an HTTP server that keeps what it gets.
type receiver struct {
	*httptest.Server
	mutex    stdsync.Mutex
	requests []request
	// statuses are answered in turn, then 200.
	statuses []int
}

type request struct {
	path, body string
	header     http.Header
}

func newReceiver(t *testing.T, statuses ...int) *receiver {
	t.Helper()
	r := &receiver{statuses: statuses}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, got *http.Request) {
	body, err := io.ReadAll(got.Body)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if err != nil {
		return
	}
	r.requests = append(r.requests, request{got.URL.Path, string(body), got.Header})
	if len(r.statuses) > 0 {
		w.Header().Set("Location", "/elsewhere") // for those that are redirects
		w.WriteHeader(r.statuses[0])
		r.statuses = r.statuses[1:]
	}
}

// take gives what has come since it was last asked.
func (r *receiver) take() []request {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	taken := r.requests
	r.requests = nil
	return taken
}

func (r *receiver) answer(statuses ...int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.statuses = statuses
}

// secret is the receiver's address; its path is what must never be shown.
func (r *receiver) secret() clerkapi.Secret {
	return clerkapi.NewSecret(r.URL + "/services/T0/s3cret-path")
}

func (r *receiver) paths() []string {
	var paths []string
	for _, one := range r.take() {
		paths = append(paths, one.path)
	}
	return paths
}

// observed is a Notifier whose log can be read.
func observed(config Config, state string) (*Notifier, *observer.ObservedLogs) {
	core, logs := observer.New(zap.DebugLevel)
	return New(config, state, WithLogger(zap.New(core))), logs
}

// complaints are the warnings, one line each. None may show a secret.
func complaints(t *testing.T, logs *observer.ObservedLogs) []string {
	t.Helper()
	var lines []string
	for _, entry := range logs.TakeAll() {
		fields := entry.ContextMap()
		line, ok := fields["error"].(string)
		if entry.Level != zap.WarnLevel || !ok {
			t.Errorf("logged %v %v", entry.Entry, fields)
		}
		if strings.Contains(line, "s3cret") || strings.Contains(line, "whsec_") {
			t.Errorf("a secret is shown: %s", line)
		}
		lines = append(lines, strings.TrimSpace(entry.Message+": "+line))
	}
	slices.Sort(lines)
	return lines
}

var errBroken = errors.New("list memberships of org_1: 503")

// fine, heldRun and failedRun are ends of runs.
func fine() Run { return Run{Verb: "apply", Started: noon, Finished: noon, Outcome: "done"} }

func failedRun(err error) Run {
	return Run{Verb: "apply", Started: noon, Finished: noon, Outcome: "failed", ExitCode: 1, Err: err}
}

func (r Run) after(d time.Duration) Run {
	r.Finished = noon.Add(d)
	return r
}

func (r Run) with(o facts.Options) Run {
	r.Options = o
	return r
}
