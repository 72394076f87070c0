package runrequest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"rollcall/cmd/rollcall/internal/serve"
)

const (
	// Requests with the right token: a few in a row, then one a second.
	requestsInARow = 30
	requestPause   = time.Second
	maxBody        = 64 << 10
	// beginTime is how long an answer waits for the number of a run that has begun.
	beginTime = time.Second
	// warnPause is the time between two warnings about wrong tokens.
	warnPause = time.Minute
)

// Ask asks the service for a run of one person, or of everybody.
type Ask func(ctx context.Context, person string) (*serve.Job, error)

// Handler answers POST /run.
type Handler struct {
	token *Token
	ask   Ask
	log   *zap.Logger
	limit *rate.Limiter
	warn  rate.Sometimes
}

// New makes a handler. Without a token it answers as if it were not there.
func New(token *Token, ask Ask, log *zap.Logger) *Handler {
	return &Handler{token: token, ask: ask, log: log.Named("request"), limit: rate.NewLimiter(rate.Every(requestPause), requestsInARow), warn: rate.Sometimes{Interval: warnPause}}
}

// reply is the answer in JSON.
type reply struct {
	// State is waiting, started or ended.
	State string `json:"state,omitempty"`
	Run   int64  `json:"run,omitempty"`
	*counts
	Error string `json:"error,omitempty"`
}

// counts are there once the run has ended.
type counts struct {
	Outcome  string `json:"outcome"`
	ExitCode int    `json:"exit_code"`
	Done     int    `json:"done"`
	Failed   int    `json:"failed"`
	Waiting  int    `json:"waiting"`
	Skipped  int    `json:"skipped"`
}

// ServeHTTP asks for a run. It looks at nothing else before it has seen the token.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if status, err := h.check(w, r); err != nil {
		write(w, status, reply{Error: err.Error()})
		return
	}
	q, err := parse(r.URL.RawQuery)
	if err != nil {
		write(w, http.StatusBadRequest, reply{Error: err.Error()})
		return
	}
	job, err := h.ask(r.Context(), q.person)
	if err != nil {
		w.Header().Set("Retry-After", "10")
		write(w, http.StatusServiceUnavailable, reply{Error: err.Error()})
		return
	}
	h.log.Info("a program has asked for a run", zap.Bool("one_person", q.person != ""), zap.String("from", r.RemoteAddr))
	h.log.Debug("the run is about one person", zap.String("person", q.person))
	answer(r.Context(), w, job, q.wait)
}

// check refuses whoever may not ask, and what is no request for a run.
func (h *Handler) check(w http.ResponseWriter, r *http.Request) (int, error) {
	switch {
	case !h.token.isSet():
		return http.StatusNotFound, errors.New("not found")
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, errors.New("only POST is allowed")
	case !h.token.isIn(r):
		h.warn.Do(func() {
			h.log.Warn("refused a request for a run without the right token", zap.String("from", r.RemoteAddr))
		})
		w.Header().Set("WWW-Authenticate", "Bearer")
		return http.StatusUnauthorized, errors.New("unauthorized")
	case http.NewCrossOriginProtection().Check(r) != nil:
		return http.StatusForbidden, errors.New("a browser has sent this for another site")
	}
	if left := h.limit.Reserve(); left.Delay() > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(left.Delay()/time.Second)+1))
		left.Cancel()
		return http.StatusTooManyRequests, errors.New("too many requests")
	}
	if _, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		return http.StatusRequestEntityTooLarge, errors.New("the body cannot be read, or is too large; it needs none")
	}
	return 0, nil
}

// answer waits for the end of the run as long as the program wants, and for its beginning
// a moment.
func answer(ctx context.Context, w http.ResponseWriter, job *serve.Job, wait time.Duration) {
	begun := job.Begun()
	if wait > 0 {
		begun = nil
	}
	timer := time.NewTimer(cmp.Or(wait, beginTime))
	defer timer.Stop()
	select {
	case <-begun:
	case <-job.Ended():
	case <-timer.C:
	case <-ctx.Done():
	}
	a := reply{State: "waiting"}
	select {
	case <-job.Begun():
		a.State, a.Run = "started", job.Run()
	default:
	}
	select {
	case <-job.Ended():
		result := job.Result()
		a.State, a.Run = "ended", result.Run
		a.counts = &counts{result.Outcome, result.ExitCode, result.Done, result.Failed, result.Waiting, result.Skipped}
		write(w, http.StatusOK, a)
	default:
		write(w, http.StatusAccepted, a)
	}
}

func write(w http.ResponseWriter, status int, a reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a) // whoever asked may have left
}
