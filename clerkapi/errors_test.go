package clerkapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"rollcall/clerkapi/internal/transport"
	"rollcall/clerkapi/internal/wire"
)

func TestMessagesAreCutToSize(t *testing.T) {
	if got := wire.CleanMessage(strings.Repeat("é", wire.MaxMessage)); len(got) > wire.MaxMessage+3 || !strings.HasSuffix(got, "…") {
		t.Errorf("%d bytes: %s", len(got), got)
	}
	h := http.Header{"Clerk-Trace-Id": {"t1"}, "Cf-Ray": {"r1"}}
	if got := transport.TraceID(h); got != "t1" {
		t.Errorf("trace %q", got)
	}
	if got := wire.CleanToken(strings.Repeat("x", 101)); got != "" {
		t.Errorf("a long token was kept: %s", got)
	}
}

func TestNothingSecretOrPersonalIsLoggedOrInErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.DebugLevel)
		body := `{"errors":[{"code":"x y","message":"is bad","long_message":"key ` + testKey + ` of ada@x.example\u001b[2J\u202e is bad","meta":{"param_name":"a\nb"}}]}`
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 503, body, "X-RateLimit-Remaining", "5", "Cf-Ray", "ray-1")
		}, WithLogger(zap.New(core)))
		_, err := c.Users(t.Context(), UserQuery{Emails: []string{"ada@x.example"}})
		if err == nil {
			t.Fatal("no error")
		}
		broken := newTestClient(t, nil, WithLogger(zap.New(core)), WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("proxy says: ada@x.example")
		})))
		_, second := broken.Users(t.Context(), UserQuery{Emails: []string{"ada@x.example"}})
		texts := []string{err.Error(), second.Error()}
		encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
		for _, entry := range logs.All() {
			line, err := encoder.EncodeEntry(entry.Entry, entry.Context)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, line.String())
		}
		if len(texts) < 10 || !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "Ratelimit") }) {
			t.Errorf("%d lines, want requests and retries with rate limit headers", len(texts))
		}
		for _, text := range texts {
			if strings.Contains(text, "abcdefgh") || strings.Contains(text, "ada") || strings.ContainsAny(strings.TrimSpace(text), "\x1b\u202e\n") {
				t.Errorf("shown: %q", text)
			}
		}
		if e, _ := errors.AsType[*Error](err); e.Code != "" || e.Param != "" || e.TraceID != "ray-1" {
			t.Errorf("%+v", e)
		}
	})
}

// Clerk's long message says what is wrong. The short one is shown where there is
// no other.
func TestTheLongMessageIsShown(t *testing.T) {
	for body, want := range map[string]string{
		`{"errors":[{"code":"form_param_value_invalid","message":"is invalid","long_message":"the role org:boss is none of those there are"}]}`: "422 form_param_value_invalid, the role org:boss is none of those there are",
		`{"errors":[{"code":"form_param_value_invalid","message":"is invalid","long_message":""}]}`:                                             "422 form_param_value_invalid, is invalid",
	} {
		c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 422, body) })
		if err := getInstance(t.Context(), c); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestOversizedAnswersAreRefused(t *testing.T) {
	t.Parallel()
	sent := 0
	c := newTestClient(t, nil, WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
		sent++
		endless := io.LimitReader(zeros{}, wire.MaxBody+10)
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(endless)}, nil
	})))
	if err := getInstance(t.Context(), c); !errors.Is(err, wire.ErrTooLarge) || sent != 1 {
		t.Errorf("%v after %d attempts", err, sent)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestBodyThatBreaksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := newTestClient(t, nil, WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			if sent++; sent == 1 {
				broken := io.MultiReader(bytes.NewReader([]byte(`{"id"`)), brokenReader{})
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(broken)}, nil
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(instanceJSON))}, nil
		})))
		if err := getInstance(t.Context(), c); err != nil || sent != 2 {
			t.Errorf("%v after %d attempts", err, sent)
		}
	})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestErrorsAnswerToSentinelsAndSayWhatToKnow(t *testing.T) {
	for code, want := range sentinels {
		if !errors.Is(&Error{Status: 400, Code: code}, want) {
			t.Errorf("%s does not answer to %v", code, want)
		}
	}
	byStatus := map[int]error{404: ErrNotFound, 401: ErrUnauthorized, 429: ErrTooManyRequests}
	for status, want := range byStatus {
		if !errors.Is(&Error{Status: status}, want) || errors.Is(&Error{Status: status}, ErrLastAdmin) {
			t.Errorf("%d does not answer to %v alone", status, want)
		}
	}
	if errors.Is(&Error{Status: 404, Code: "organization_invitation_not_pending"}, ErrNotFound) {
		t.Error("the code decides, not the status")
	}
	e := &Error{Method: "PATCH", Path: "/x", Status: 422, Code: "form_param_missing", Message: "is missing", Param: "role", TraceID: "t1", Attempts: 2}
	if got, want := e.Error(), "PATCH /x: 422 form_param_missing, is missing, parameter role, 2 attempts, trace t1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (&Error{Method: "GET", Path: "/x", Status: 502}).Error(); got != "GET /x: 502 bad gateway" {
		t.Errorf("%q", got)
	}
}

func TestStopsRun(t *testing.T) {
	cases := []struct {
		err  error
		want bool
	}{
		{&Error{Status: 401}, true},
		{&Error{Status: 403, Code: "authorization_missing_scopes"}, true},
		{&Error{Status: 403, Code: "authorization_other"}, true},
		{&Error{Status: 403, Code: "organization_not_enabled_in_instance"}, true},
		{&Error{Status: 403, Code: "organizations_not_enabled_in_instance"}, true},
		{&Error{Status: 403, Code: "organization_membership_quota_exceeded"}, false},
		{&Error{Status: 404}, false},
		{errors.New("other"), false},
		{nil, false},
	}
	for _, tc := range cases {
		if got := StopsRun(tc.err); got != tc.want {
			t.Errorf("%v: %t", tc.err, got)
		}
	}
	if OutcomeUnknown(errors.New("other")) {
		t.Error("a foreign error has no outcome")
	}
}
