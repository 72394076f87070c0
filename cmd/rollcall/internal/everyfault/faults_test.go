package everyfault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
)

// strike is one kind of fault of a request.
type strike struct {
	name string
	// once strikes one request; otherwise all that repeat it in the same run fail too.
	once bool
	code sandbox.Code
	// kills ends the process, foreign is a change by somebody else, and hides says that
	// nobody can see the fault.
	kills, foreign, hides bool
	// reads says that only answers to GET can have the fault, writes the opposite.
	reads, writes bool
	// heals is how long the memory of the fault lasts: the state directory remembers it
	// for so long, on purpose.
	heals time.Duration
	answerer
}

// answerer answers a request in Clerk's place.
type answerer interface {
	answer(w *wire, r *http.Request) (*http.Response, error)
}

// answerFunc is a function that does.
type answerFunc func(w *wire, r *http.Request) (*http.Response, error)

func (f answerFunc) answer(w *wire, r *http.Request) (*http.Response, error) { return f(w, r) }

// on reports whether a request of a step can have the fault. What somebody else
// changes during an undo stays so: a pause follows (S25).
func (s *strike) on(r request, x *step) bool {
	if x.undo > 0 && s.foreign && r.method != http.MethodGet {
		return false
	}
	return (!s.reads || r.method == http.MethodGet) && (!s.writes || r.method != http.MethodGet)
}

// stops reports whether the code ends all calls of its kind in the run.
func (s *strike) stops() bool {
	return s.code.Status > 0 && clerkapi.StopsRun(&clerkapi.Error{Status: s.code.Status, Code: s.code.Code})
}

var errNoAnswer = errors.New("connection reset by peer")

// strikes are all faults of a request.
func strikes() []strike {
	out := []strike{
		{name: "no answer before the effect", answerer: answerFunc(lostBefore)},
		{name: "no answer before the effect, once", once: true, answerer: answerFunc(lostBefore)},
		{name: "no answer after the effect", answerer: answerFunc(lostAfter)},
		{name: "no answer after the effect, once", once: true, answerer: answerFunc(lostAfter)},
		{name: "killed before the effect", kills: true, answerer: answerFunc(killBefore)},
		{name: "killed after the effect", kills: true, answerer: answerFunc(killAfter)},
		{name: "429", answerer: tooMany{}},
		{name: "429, once", once: true, answerer: tooMany{}},
		{name: "429 with Retry-After", answerer: tooMany{30}},
		{name: "429 with Retry-After, once", once: true, answerer: tooMany{30}},
		{name: "500, once", once: true, answerer: refused(sandbox.Code{Code: "internal_clerk_error", Status: http.StatusInternalServerError})},
		{name: "a page of a proxy", answerer: answerFunc(proxyPage)},
		{name: "a stale page", reads: true, hides: true, answerer: answerFunc(stale)},
		{name: "a change by somebody else just before", once: true, foreign: true, answerer: answerFunc(otherFirst)},
	}
	for i, place := range []string{"at its first byte", "in the middle", "before its last byte"} {
		out = append(out, strike{name: "an answer cut " + place, answerer: cut(i)}, strike{name: "an answer cut " + place + ", once", once: true, answerer: cut(i)})
	}
	for _, code := range sandbox.Codes() {
		s := strike{name: fmt.Sprint(code.Status, " ", code.Code), code: code, answerer: refused(code)}
		if code.Code == "organization_membership_managed_by_scim" {
			s.heals = 8 * 24 * time.Hour
		}
		out = append(out, s)
	}
	return out
}

func lostBefore(*wire, *http.Request) (*http.Response, error) { return nil, errNoAnswer }

func lostAfter(w *wire, r *http.Request) (*http.Response, error) {
	if answer, err := w.pass(r); err == nil {
		_ = answer.Body.Close() // nobody reads it
	}
	return nil, errNoAnswer
}

func killBefore(w *wire, _ *http.Request) (*http.Response, error) {
	w.kill()
	return nil, errKilled
}

func killAfter(w *wire, r *http.Request) (*http.Response, error) {
	_, _ = lostAfter(w, r) // the process hears of nothing
	w.kill()
	return nil, errKilled
}

// respond makes an answer of Clerk, or of something before it.
func respond(r *http.Request, status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{"Content-Type": {"application/json"}}
	}
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	return &http.Response{Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader([]byte(body))), ContentLength: int64(len(body)), Request: r}
}

func envelope(code string) string {
	return fmt.Sprintf(`{"errors":[{"code":%q,"message":"refused","long_message":"refused by a fault"}],"clerk_trace_id":"trace"}`, code)
}

// refused is a code of Clerk.
type refused sandbox.Code

func (c refused) answer(_ *wire, r *http.Request) (*http.Response, error) {
	return respond(r, c.Status, nil, envelope(c.Code)), nil
}

// tooMany is a 429, with Retry-After unless it is 0.
type tooMany struct{ seconds int }

func (x tooMany) answer(_ *wire, r *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}}
	if x.seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(x.seconds))
	}
	return respond(r, http.StatusTooManyRequests, header, envelope("too_many_requests")), nil
}

func proxyPage(_ *wire, r *http.Request) (*http.Response, error) {
	return respond(r, http.StatusNotFound, http.Header{"Content-Type": {"text/html"}}, "<html><body>Not found</body></html>"), nil
}

// cut breaks the answer off at one of three places.
type cut int

func (place cut) answer(w *wire, r *http.Request) (*http.Response, error) {
	answer, err := w.pass(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	n := []int{min(1, len(body)), len(body) / 2, max(0, len(body)-1)}[place]
	answer.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:n]), broken{}))
	return answer, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// stale answers as Clerk was before the run of the step before.
func stale(w *wire, r *http.Request) (*http.Response, error) {
	past := w.story.past
	old, err := sandbox.New(sandbox.Options{SecretKey: key, Seed: past[max(0, len(past)-2)]})
	if err != nil {
		return nil, err
	}
	return old.RoundTripper().RoundTrip(r)
}

// otherFirst lets somebody else be faster.
func otherFirst(w *wire, r *http.Request) (*http.Response, error) {
	w.story.foreign(r)
	return w.pass(r)
}
