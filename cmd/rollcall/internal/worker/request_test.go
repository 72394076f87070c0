package worker

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/metrics"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/statuspage/runrequest"
	"rollcall/source"
	"rollcall/source/ldap"
)

// A token whose file is empty or gone counts no more.
func TestARevokedTokenCountsNoMore(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	c := &config.Config{Serve: serve.Config{RunTokenFile: file}}
	w := &worker{}
	asked := 0
	h := runrequest.New(&w.token, func(context.Context, string) (*serve.Job, error) { asked++; return nil, serve.ErrStopping }, zap.NewNop())
	token := strings.Repeat("0a", 16)
	for i, x := range []struct {
		content, problem string
		status           int
	}{
		{token + "\n", "", http.StatusServiceUnavailable},
		{"\n", "the file is empty", http.StatusNotFound},
		{token, "", http.StatusServiceUnavailable},
		{token + "\n" + token, "must hold one line", http.StatusServiceUnavailable}, // the old one counts
		{"", "the file is empty", http.StatusNotFound},
		{token, "", http.StatusServiceUnavailable},
		{"gone", "no such file", http.StatusNotFound},
	} {
		err := os.WriteFile(file, []byte(x.content), 0o600)
		if x.content == "gone" {
			err = os.Remove(file)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err = w.readToken(c); (err == nil) != (x.problem == "") || err != nil && !strings.Contains(err.Error(), x.problem) {
			t.Errorf("%d: %v", i, err)
		}
		r := httptest.NewRequest(http.MethodPost, "/run", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+token)
		got := httptest.NewRecorder()
		if h.ServeHTTP(got, r); got.Code != x.status {
			t.Errorf("%d: %d", i, got.Code)
		}
	}
}

// restarting is a server that does not answer at the moment.
type restarting struct{ source.Source }

func (restarting) Name() string { return "hr" }

func (restarting) Read(context.Context, source.Request) (*source.Snapshot, error) {
	return nil, &ldap.Error{Op: "connect to", Server: "dc1", Code: 81, Meaning: "down"}
}

// Only runs of the schedule bring a source into backoff, which keeps leavers in.
func TestRequestedRunsStartNoBackoff(t *testing.T) {
	t.Parallel()
	for why, waiting := range map[serve.Trigger]int{serve.Requested: 0, serve.DirectorySeen: 0, serve.Scheduled: 1} {
		w := &worker{backoff: serve.NewBackoff(), metrics: metrics.New("v1"), session: &runner.Session{Config: &config.Config{Serve: serve.Config{Schedule: "*/15 * * * *"}}}}
		for range 5 {
			w.beginBackoff(t.Context(), why)
			_, _ = w.backoff.Sources([]source.Source{restarting{}})[0].Read(t.Context(), source.Request{})
			w.backoff.End(nil)
		}
		if n := len(w.backoff.Waiting()); n != waiting {
			t.Errorf("%s: %d wait", why, n)
		}
	}
}
