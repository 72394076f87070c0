package everyfault

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	stdsync "sync"
	"time"

	"rollcall/clerkapi/sandbox"
)

// errKilled is what everything answers to a process that was killed.
var errKilled = errors.New("killed")

// request is one request of a run. Its key and its number among those with the same
// key name it in every story of the world.
type request struct {
	method, path, key string
	nth               int
}

func (r request) String() string {
	if r.nth > 1 {
		return fmt.Sprintf("%s (%d)", r.key, r.nth)
	}
	return r.key
}

// wire carries the requests of a story to the sandbox. Each takes its own time, which
// follows from its key, so that requests that are sent together arrive in the same
// order in every story.
type wire struct {
	server *sandbox.Server
	mu     stdsync.Mutex
	seen   map[string]int // of this run
	trace  []request      // of this run
	log    strings.Builder
	faults []*fault // of this run
	struck int
	story  *story
	dead   bool
	chance *rand.Rand
}

// random is the next number of the story's seed.
func (w *wire) random() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.chance.Float64()
}

// begin is a new run.
func (w *wire) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen, w.trace, w.faults, w.dead = map[string]int{}, nil, nil, false
}

func (w *wire) kill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = true
}

func (w *wire) killed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dead
}

// note takes down a request, and returns the fault that strikes it.
func (w *wire) note(method, path, key string) *strike {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[key]++
	r := request{method, path, key, w.seen[key]}
	w.trace = append(w.trace, r)
	fmt.Fprintf(&w.log, "%s %s\n", time.Now().UTC().Format("15:04:05.000000000"), r)
	for _, f := range w.faults {
		if key == f.at.key && r.nth >= f.at.nth && (!f.strike.once || r.nth == f.at.nth) {
			w.struck++
			return f.strike
		}
	}
	return nil
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close() // it is read
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	key := strings.TrimSpace(r.Method + " " + strings.TrimPrefix(r.URL.RequestURI(), "/v1") + " " + string(body))
	h := fnv.New64a()
	_, _ = h.Write([]byte(key)) // a hash takes everything
	time.Sleep(time.Millisecond + time.Duration(h.Sum64()%1_000_000))
	if w.killed() {
		return nil, errKilled
	}
	strike := w.note(r.Method, strings.TrimPrefix(r.URL.Path, "/v1"), key)
	var answer *http.Response
	var err error
	switch {
	case strike != nil:
		answer, err = strike.answer(w, r)
	case r.URL.Path == "/v1"+w.story.world.refused:
		answer = respond(r, http.StatusForbidden, nil, envelope("not_allowed_access"))
	default:
		answer, err = w.pass(r)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		fmt.Fprintf(&w.log, "  %s: %v\n", key, err)
	} else {
		fmt.Fprintf(&w.log, "  %s: %d\n", key, answer.StatusCode)
	}
	return answer, err
}

// pass hands a request to Clerk.
func (w *wire) pass(r *http.Request) (*http.Response, error) {
	return w.server.RoundTripper().RoundTrip(r)
}
