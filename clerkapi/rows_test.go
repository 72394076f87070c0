package clerkapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Listings and look-ups tell how far they are, whole in the end.
func TestRowsAreReported(t *testing.T) {
	page := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/users/count":
			_, _ = fmt.Fprint(w, `{"object":"total_count","total_count":2}`)
		case "/v1/users":
			_, _ = fmt.Fprint(w, `[{"object":"user","id":"user_a"},{"object":"user","id":"user_b"}]`)
		default:
			_, _ = fmt.Fprint(w, `{"data":[{"id":"org_a","slug":"a","members_count":1},{"id":"org_b","slug":"b","members_count":2}],"total_count":2}`)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(page))
	defer server.Close()
	client, err := New(Config{SecretKey: NewSecret(testKey), APIURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int64
	ctx := WithRows(t.Context(), func(rows int) { n.Add(int64(rows)) })
	wants := func(what string, want int64, err error) {
		t.Helper()
		if got := n.Swap(0); got != want || err != nil {
			t.Errorf("%s: %d rows, want %d (%v)", what, got, want, err)
		}
	}
	_, err = client.Organizations(ctx)
	wants("a list", 2, err)
	_, err = client.AllUsers(ctx)
	wants("all users", 2, err)
	var ids []string
	for i := range 250 {
		ids = append(ids, fmt.Sprintf("user_%d", i))
	}
	_, err = client.Users(ctx, UserQuery{IDs: ids})
	wants("a look-up", 250, err)
	_, err = client.Users(t.Context(), UserQuery{IDs: ids})
	wants("nobody asked", 0, err)
}

// Whoever asks hears of a wait for the rate limit, with the limit of the budget.
func TestWaitForTheLimitIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, `{"object":"total_count","total_count":2}`)
		})
		var told []string
		config := testConfig
		config.Rate, config.Budget = Rate{Requests: 6, Window: 10 * time.Second}, "50%"
		client, err := New(config, WithTransport(inProcess{handler: handler}), WithWaiting(func(w Wait) {
			told = append(told, fmt.Sprint(w.For.Round(time.Second), w.Limit))
		}))
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			if _, err := client.UsersCount(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.Join(told, "; "); got != "10s {3 10s}" {
			t.Errorf("told %q", got)
		}
	})
}
