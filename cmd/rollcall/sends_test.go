package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/config"
)

// limitedClerk is a sandbox that allows 30 requests in 2 s, and a directory
// with a configuration that uses all of them to add 25 people.
func limitedClerk(t *testing.T, fixed bool) (clerk *sandbox.Server, file string) {
	t.Helper()
	seed := sandbox.Generate(1, 50)
	var csv strings.Builder
	csv.WriteString("id,email,organization,role\n")
	for i := range seed.Users {
		fmt.Fprintf(&csv, "%s,%s,%s,org:member\n", seed.Users[i].ExternalID, seed.Users[i].Email, seed.Organizations[0].Slug)
		seed.Users[i].ExternalID = ""
	}
	seed.Memberships = seed.Memberships[:25]
	for i := range seed.Memberships {
		seed.Memberships[i].Role = "org:member"
	}
	server, err := sandbox.New(sandbox.Options{Seed: seed, Limits: sandbox.Limits{Requests: 30, Window: 2 * time.Second, FixedWindow: fixed}})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "people.csv"), []byte(csv.String()))
	t.Setenv("ROLLCALL_SCENARIO_KEY", sandbox.DefaultSecretKey)
	text := strings.Replace(string(configText(listener.URL, "100%", "", ", rate: {requests: 30, window: 2s}")),
		"path: people.csv", "path: "+filepath.Join(dir, "people.csv"), 1)
	file = filepath.Join(dir, "rollcall.yaml")
	write(t, file, []byte(text))
	return server, file
}

// rollcall runs a verb in this process.
func rollcall(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(context.Background(), args, strings.NewReader(""), &out, &errs); code != want {
		t.Errorf("%v exits %d, want %d: %s%s", args, code, want, &out, &errs)
	}
	return out.String()
}

// TestPlanThenApplyIsOneRunForTheLimit: each fits the window, both together do not.
func TestPlanThenApplyIsOneRunForTheLimit(t *testing.T) {
	for _, fixed := range []bool{false, true} {
		t.Run(fmt.Sprintf("fixed windows %t", fixed), func(t *testing.T) {
			clerk, yaml := limitedClerk(t, fixed)
			state := filepath.Join(t.TempDir(), "state")
			rollcall(t, 0, "plan", "--config", yaml, "--state", state)
			if n := len(readSends(state)); n != len(clerk.Requests()) || n == 0 {
				t.Fatalf("%d sends are kept of %d", n, len(clerk.Requests()))
			}
			text := rollcall(t, 0, "apply", "--config", yaml, "--state", state)
			if !strings.Contains(text, "25 done") {
				t.Errorf("the second plan was another: %s", text)
			}
			sent := len(clerk.Requests())
			if stats := clerk.Stats(); sent != 36 || stats.Statuses[429] != 0 {
				t.Errorf("%d requests, answers %v; want 36 (the apply asks for its instance too) and no 429", sent, stats.Statuses)
			}
		})
	}
}

// TestSendsAreNoMoreThanAHint: whatever the file holds, and wherever it cannot be, a plan is a plan.
func TestSendsAreNoMoreThanAHint(t *testing.T) {
	_, yaml := limitedClerk(t, false)
	now := time.Now()
	state := t.TempDir()
	file := filepath.Join(state, sendsFile)
	write(t, file, fmt.Appendf(nil, "garbage\n\x00\n99999999999999999999\n-1\n%d\n%d\n", now.Add(time.Hour).UnixNano(), now.Add(-time.Hour).UnixNano()))
	if n := len(readSends(state)); n != 3 {
		t.Errorf("%d sends are read, want 3", n)
	}
	rollcall(t, 0, "plan", "--config", yaml, "--state", state)
	for _, at := range readSends(state) {
		if at.Before(now.Add(-time.Minute)) || at.After(now.Add(time.Minute)) {
			t.Errorf("%v was kept", at)
		}
	}
	write(t, file, bytes.Repeat([]byte("1\n"), 3*maxSends))
	if n := len(readSends(state)); n != maxSends {
		t.Errorf("%d sends are read, want %d at most", n, maxSends)
	}
	if err := writeSends(state, make([]time.Time, maxSends+1)); err != nil || len(readSends(state)) > maxSends {
		t.Errorf("%d sends are kept, %v", len(readSends(state)), err)
	}
	rollcall(t, 0, "plan", "--config", yaml, "--state", yaml+"/below-a-file")
	rollcall(t, 0, "plan", "--config", yaml, "--state", "none")
	if _, err := os.Stat("none"); err == nil {
		t.Error("a directory was made of the word none")
	}
}

// TestSendsOfARunMeanwhileAreKept has the file changed by somebody else
// between open and close; what was known at the start counts once.
func TestSendsOfARunMeanwhileAreKept(t *testing.T) {
	state, now := t.TempDir(), time.Now()
	known, other, old := now.Add(-200*time.Millisecond), now.Add(-100*time.Millisecond), now.Add(-time.Minute)
	c := clerkapi.Config{SecretKey: clerkapi.NewSecret("sk_live_test")}
	client, err := clerkapi.New(c, clerkapi.WithEarlierSends([]time.Time{known, known}))
	if err != nil {
		t.Fatal(err)
	}
	if err := writeSends(state, []time.Time{known, known, other, old, now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	e := &env{log: zap.NewNop()}
	e.close(&session{config: &config.Config{Clerk: c}, clerk: client, state: state})
	if got := readSends(state); !slices.EqualFunc(got, []time.Time{known, known, other}, time.Time.Equal) {
		t.Errorf("kept %v, want %v twice and %v", got, known, other)
	}
}
