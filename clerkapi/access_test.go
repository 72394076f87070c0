package clerkapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// accessCalls are the calls about directories, seats, sessions, API keys and the
// standing of an account.
var accessCalls = map[string]func(context.Context, *Client, string) error{
	"Directories": func(ctx context.Context, c *Client, _ string) error { _, err := c.Directories(ctx); return err },
	"GroupRoleMappings": func(ctx context.Context, c *Client, id string) error {
		_, err := c.GroupRoleMappings(ctx, id)
		return err
	},
	"Seats":          func(ctx context.Context, c *Client, id string) error { _, err := c.Seats(ctx, "org_"+id); return err },
	"ActiveSessions": func(ctx context.Context, c *Client, id string) error { _, err := c.ActiveSessions(ctx, id); return err },
	"RevokeSession":  func(ctx context.Context, c *Client, id string) error { _, err := c.RevokeSession(ctx, id); return err },
	"APIKeys":        func(ctx context.Context, c *Client, id string) error { _, err := c.APIKeys(ctx, id); return err },
	"RevokeAPIKey": func(ctx context.Context, c *Client, id string) error {
		_, err := c.RevokeAPIKey(ctx, id, "left")
		return err
	},
	"BanUser":    func(ctx context.Context, c *Client, id string) error { _, err := c.BanUser(ctx, id); return err },
	"UnbanUser":  func(ctx context.Context, c *Client, id string) error { _, err := c.UnbanUser(ctx, id); return err },
	"LockUser":   func(ctx context.Context, c *Client, id string) error { _, err := c.LockUser(ctx, id); return err },
	"UnlockUser": func(ctx context.Context, c *Client, id string) error { _, err := c.UnlockUser(ctx, id); return err },
}

// Each call returns its refusal, takes no answer of another shape, and sends
// nothing with an argument that could change the path.
func TestAccessCallsHandOnErrors(t *testing.T) {
	for name, call := range accessCalls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				refusing := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { refuse(w, 422, "api_keys_not_enabled") })
				if err := call(t.Context(), refusing, "id"); err == nil || !strings.Contains(err.Error(), "api_keys_not_enabled") {
					t.Errorf("a refusal gave %v", err)
				}
				for _, shape := range []string{`null`, `{}`, `[{}]`, `{"data":[{}],"total_count":1}`, `{"data":[]}`, `{"total_count":null}`, `7`, `{"id":"x","subscription_items":null}`} {
					if strings.HasSuffix(name, "User") && strings.Contains(shape, `"x"`) {
						continue // a user, rightly
					}
					odd := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, shape) })
					if err := call(t.Context(), odd, "id"); err == nil {
						t.Errorf("%s was taken for an answer", shape)
					}
				}
				if name == "Directories" {
					return
				}
				silent := newTestClient(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") })
				for _, bad := range []string{"../x", "a/b", "a b", "+a", strings.Repeat("x", 201)} {
					if err := call(t.Context(), silent, bad); !isArgumentError(err) {
						t.Errorf("%q: %v", bad, err)
					}
				}
			})
		})
	}
}

// A call whose answer was lost is sent again, because each sets what a second call
// leaves as it is.
func TestAccessCallsAreSafeToRepeat(t *testing.T) {
	answers := map[string]string{
		"Directories": pageJSON(nil, 0), "GroupRoleMappings": pageJSON(nil, 0), "ActiveSessions": pageJSON(nil, 0), "APIKeys": pageJSON(nil, 0),
		"Seats": `{"id":"csub_1","subscription_items":[]}`, "RevokeSession": `{"id":"sess_1","user_id":"user_1","status":"revoked"}`,
		"RevokeAPIKey": `{"id":"ak_1","subject":"user_1"}`,
	}
	for name, call := range accessCalls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
					if sent++; sent == 1 {
						reply(w, 500, "")
						return
					}
					answer := answers[name]
					if answer == "" {
						answer = `{"id":"user_1"}`
					}
					reply(w, 200, answer)
				})
				if err := call(t.Context(), c, "id"); err != nil || sent != 2 {
					t.Errorf("sent %d times: %v", sent, err)
				}
			})
		})
	}
}

// Sessions and keys are read whole, of the user that was asked for, or not at all
// (S09, S16). 501 sessions and 101 keys are two pages.
func TestS09SessionsAndKeysAreWholeOrAnError(t *testing.T) {
	session := func(i int, user string) string {
		return fmt.Sprintf(`{"id":"sess_%d","user_id":%q,"status":"active"}`, i, user)
	}
	key := func(i int, user string) string {
		return fmt.Sprintf(`{"id":"ak_%d","subject":%q,"secret":"planted"}`, i, user)
	}
	for _, kind := range []struct {
		name  string
		row   func(int, string) string
		limit int
		read  func(context.Context, *Client) (int, error)
	}{
		{"sessions", session, 500, func(ctx context.Context, c *Client) (int, error) {
			all, err := c.ActiveSessions(ctx, "user_1")
			return len(all), err
		}},
		{"keys", key, 100, func(ctx context.Context, c *Client) (int, error) {
			all, err := c.APIKeys(ctx, "user_1")
			if strings.Contains(fmt.Sprintf("%+v", all), "planted") {
				t.Error("a secret was decoded")
			}
			return len(all), err
		}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			for _, n := range []int{0, 1, kind.limit, kind.limit + 1} {
				rows := make([]string, n)
				for i := range rows {
					rows[i] = kind.row(i, "user_1")
				}
				c := newTestClient(t, func(w http.ResponseWriter, r *http.Request) { slicePage(w, r, rows) })
				got, err := kind.read(t.Context(), c)
				if want := max(1, (n+kind.limit-1)/kind.limit); err != nil || got != n || sum(requests(c)) != want || least(c.Stats()) != want {
					t.Errorf("%d of %d in %v requests, least %d, %v", got, n, requests(c), least(c.Stats()), err)
				}
			}
			for what, answer := range map[string]string{"somebody else's": pageJSON([]string{kind.row(1, "user_2")}, 1), "one is missing": pageJSON([]string{kind.row(1, "user_1")}, 2)} {
				c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, answer) })
				if n, err := kind.read(t.Context(), c); err == nil || n != 0 {
					t.Errorf("%s: read %d, %v", what, n, err)
				}
			}
		})
	}
}

func requests(c *Client) []int {
	var all []int
	for _, n := range c.Stats().Requests {
		all = append(all, n)
	}
	return all
}

// Mappings come in one answer: a shorter one than it says is no answer (S09).
func TestS09MappingsAreWholeOrAnError(t *testing.T) {
	c := newTestClient(t, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, pageJSON([]string{`{"id":"m","directory_group_id":"g"}`}, 2))
	})
	_, err := c.GroupRoleMappings(t.Context(), "dir_1")
	if _, incomplete := errors.AsType[*IncompleteError](err); !incomplete {
		t.Errorf("%v", err)
	}
}

// A migration runs until it is completed; no migration does not run.
func TestRunningMigration(t *testing.T) {
	for status, want := range map[string]bool{"enqueued": true, "in_progress": true, "completed": false} {
		if got := (&RoleMigration{Status: status}).Running(); got != want {
			t.Errorf("%s: %t", status, got)
		}
	}
	if (*RoleMigration)(nil).Running() {
		t.Error("none is said to run")
	}
}
