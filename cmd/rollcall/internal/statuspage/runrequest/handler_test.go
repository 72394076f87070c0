package runrequest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/serve"
)

const token = "0123456789abcdef0123456789abcdef"

// asked is a service that notes what it is asked for.
type asked struct {
	people []string
	runs   []*serve.Job
	refuse error
}

func (a *asked) run(_ context.Context, person string) (*serve.Job, error) {
	if a.refuse != nil {
		return nil, a.refuse
	}
	a.people = append(a.people, person)
	job := serve.NewJob(serve.Requested, person)
	a.runs = append(a.runs, job)
	return job, nil
}

func newHandler(t *testing.T, a *asked) *Handler {
	t.Helper()
	var known Token
	if err := known.Set(token); err != nil {
		t.Fatal(err)
	}
	return New(&known, a.run, zap.NewNop())
}

// send sends a request with the right token, which change may take away.
func send(h http.Handler, target string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, target, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Nobody without the token learns or starts anything.
func TestRequestsWithoutTheToken(t *testing.T) {
	for name, headers := range map[string][]string{
		"none": nil, "empty": {""}, "another": {"Bearer " + strings.Repeat("0", 32)}, "a part": {"Bearer " + token[:31]}, "more": {"Bearer " + token + "0"},
		"basic": {"Basic " + token}, "bare": {token}, "two": {"Bearer " + token, "Bearer " + token}, "scheme alone": {"Bearer "}, "another case": {"Bearer " + strings.ToUpper(token)},
	} {
		a := &asked{}
		w := send(newHandler(t, a), "/run?person=ann@corp.example&unknown=1", func(r *http.Request) {
			r.Header.Del("Authorization")
			for _, h := range headers {
				r.Header.Add("Authorization", h)
			}
		})
		if w.Code != http.StatusUnauthorized || len(a.people) > 0 || w.Body.String() != `{"error":"unauthorized"}`+"\n" || w.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// Whatever is no plain request for a run is refused and starts none.
func TestRequestsThatAreRefused(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	method := func(m string) func(*http.Request) { return func(r *http.Request) { r.Method = m } }
	for name, c := range map[string]struct {
		query  string
		change func(*http.Request)
		want   int
	}{
		"GET":                {"", method(http.MethodGet), http.StatusMethodNotAllowed},
		"OPTIONS":            {"", method(http.MethodOptions), http.StatusMethodNotAllowed},
		"another site":       {"", header("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		"another origin":     {"", header("Origin", "https://evil.example"), http.StatusForbidden},
		"a large body":       {"", func(r *http.Request) { r.Body = http.NoBody; *r = *bodied(r, maxBody+1) }, http.StatusRequestEntityTooLarge},
		"a misspelt key":     {"?persn=ann@corp.example", nil, http.StatusBadRequest},
		"nobody":             {"?person=", nil, http.StatusBadRequest},
		"two people":         {"?person=ann@corp.example&person=ben@corp.example", nil, http.StatusBadRequest},
		"a wildcard":         {"?person=*", nil, http.StatusBadRequest},
		"an id with a star":  {"?person=user_*", nil, http.StatusBadRequest},
		"a filter":           {"?person=" + "*)(uid=*))(%26(uid=*", nil, http.StatusBadRequest},
		"a broken escape":    {"?person=%zz", nil, http.StatusBadRequest},
		"a newline":          {"?person=ann%0a@corp.example", nil, http.StatusBadRequest},
		"a hidden direction": {"?person=ann%E2%80%AE@corp.example", nil, http.StatusBadRequest},
		"a long one":         {"?person=" + strings.Repeat("a", 4000) + "@corp.example", nil, http.StatusBadRequest},
		"a long wait":        {"?wait=1h", nil, http.StatusBadRequest},
		"no time":            {"?wait=soon", nil, http.StatusBadRequest},
		"a negative time":    {"?wait=-1s", nil, http.StatusBadRequest},
	} {
		a := &asked{}
		if w := send(newHandler(t, a), "/run"+c.query, c.change); w.Code != c.want || len(a.people) > 0 || !strings.Contains(w.Body.String(), `{"error":"`) {
			t.Errorf("%s: %d %s, asked for %q", name, w.Code, w.Body, a.people)
		}
	}
}

func bodied(r *http.Request, size int) *http.Request {
	with := httptest.NewRequest(r.Method, r.URL.String(), strings.NewReader(strings.Repeat("x", size)))
	with.Header = r.Header
	return with
}

// Without a token in the configuration there is nothing to ask.
func TestRequestsWhileThereIsNoToken(t *testing.T) {
	a := &asked{}
	if w := send(New(&Token{}, a.run, zap.NewNop()), "/run", nil); w.Code != http.StatusNotFound || len(a.people) > 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A weak token is refused, and the one before it stays.
func TestWeakTokens(t *testing.T) {
	var known Token
	if err := known.Set(token); err != nil {
		t.Fatal(err)
	}
	for _, weak := range []string{"short", token + "\nsecond line", strings.Repeat(" ", 40), strings.Repeat("ä", 40)} {
		if err := known.Set(weak); err == nil || strings.Contains(err.Error(), weak) {
			t.Errorf("%q: %v", weak, err)
		}
	}
	if w := send(New(&known, (&asked{}).run, zap.NewNop()), "/run", nil); w.Code != http.StatusAccepted {
		t.Errorf("%d", w.Code)
	}
}

// An answer says how far the run is, and at its end how it went.
func TestAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			query string
			after func(*serve.Job)
			code  int
			want  string
		}{
			"waiting":      {"", func(*serve.Job) {}, http.StatusAccepted, `{"state":"waiting"}`},
			"started":      {"", func(j *serve.Job) { j.Begin(12); time.Sleep(time.Minute); j.Finish(serve.Result{Run: 12}) }, http.StatusAccepted, `{"state":"started","run":12}`},
			"not yet over": {"?wait=5s", func(j *serve.Job) { j.Begin(12); time.Sleep(time.Minute); j.Finish(serve.Result{}) }, http.StatusAccepted, `{"state":"started","run":12}`},
			"over": {"?wait=5s&person=Ann@Corp.Example", func(j *serve.Job) {
				j.Begin(12)
				time.Sleep(2 * time.Second)
				j.Finish(serve.Result{Run: 12, Outcome: "done", Done: 1})
			}, http.StatusOK, `{"state":"ended","run":12,"outcome":"done","exit_code":0,"done":1,"failed":0,"waiting":0,"skipped":0}`},
		} {
			a := &asked{}
			h := newHandler(t, a)
			ask := h.ask
			h.ask = func(ctx context.Context, person string) (*serve.Job, error) {
				job, err := ask(ctx, person)
				go c.after(job)
				return job, err
			}
			w := send(h, "/run"+c.query, nil)
			if w.Code != c.code || w.Body.String() != c.want+"\n" || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
			if strings.Contains(c.query, "person") != (a.people[0] == "ann@corp.example") {
				t.Errorf("%s: asked for %q", name, a.people)
			}
			time.Sleep(2 * time.Minute)
		}
	})
}

// A flood is bounded, says when to come back, and wrong tokens use up nothing of it.
func TestFloodOfRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &asked{}
		h := newHandler(t, a)
		refused := 0
		for range 10 * requestsInARow {
			send(h, "/run", func(r *http.Request) { r.Header.Set("Authorization", "Bearer wrong") })
		}
		ask := h.ask
		h.ask = func(ctx context.Context, person string) (*serve.Job, error) {
			job, err := ask(ctx, person)
			job.Begin(1)
			return job, err
		}
		for range 10 * requestsInARow {
			if w := send(h, "/run", nil); w.Code == http.StatusTooManyRequests {
				if refused++; w.Header().Get("Retry-After") != "1" && w.Header().Get("Retry-After") != "2" {
					t.Errorf("come back after %q", w.Header().Get("Retry-After"))
				}
			}
		}
		if len(a.people) != requestsInARow || refused != 9*requestsInARow {
			t.Errorf("%d asked, %d refused", len(a.people), refused)
		}
		time.Sleep(2 * time.Second)
		if w := send(h, "/run", nil); w.Code != http.StatusAccepted {
			t.Errorf("after a pause: %d", w.Code)
		}
	})
}

func TestServiceThatCannotTakeMore(t *testing.T) {
	w := send(newHandler(t, &asked{refuse: serve.ErrTooMany}), "/run?person=user_2abc", nil)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
