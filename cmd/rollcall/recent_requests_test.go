package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
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
	write(t, filepath.Join(dir, "key"), []byte(sandbox.DefaultSecretKey+"\n"))
	text := strings.NewReplacer("path: people.csv", "path: "+filepath.Join(dir, "people.csv"),
		"secret_key_env: ROLLCALL_SCENARIO_KEY", "secret_key_file: "+filepath.Join(dir, "key")).
		Replace(string(configText(listener.URL, "100%", "", ", rate: {requests: 30, window: 2s}")))
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

// keptRequests are the times that the state directory has for the next run.
func keptRequests(t *testing.T, state string) []time.Time {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(state, "sends"))
	if err != nil {
		t.Fatal(err)
	}
	var all []time.Time
	for line := range strings.FieldsSeq(string(text)) {
		at, err := strconv.ParseInt(line, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, time.Unix(0, at))
	}
	return all
}

// TestPlanThenApplyIsOneRunForTheLimit: each fits the window, both together do not.
func TestPlanThenApplyIsOneRunForTheLimit(t *testing.T) {
	t.Parallel()
	for _, fixed := range []bool{false, true} {
		t.Run(fmt.Sprintf("fixed windows %t", fixed), func(t *testing.T) {
			t.Parallel()
			clerk, yaml := limitedClerk(t, fixed)
			state := filepath.Join(t.TempDir(), "state")
			rollcall(t, 0, "plan", "--config", yaml, "--state", state)
			if n := len(keptRequests(t, state)); n != len(clerk.Requests()) || n == 0 {
				t.Fatalf("%d sends are kept of %d", n, len(clerk.Requests()))
			}
			text := rollcall(t, 0, "apply", "--config", yaml, "--state", state)
			if !strings.Contains(text, "Memberships: 25 added") {
				t.Errorf("the second plan was another: %s", text)
			}
			sent := len(clerk.Requests())
			if stats := clerk.Stats(); sent != 45 || stats.Statuses[429] != 0 {
				t.Errorf("%d requests, answers %v; want 45 (10 reads, and the same with 25 writes) and no 429", sent, stats.Statuses)
			}
		})
	}
}

// TestDamagedRequestsFileIsNoMoreThanAHint: whatever the file holds, and wherever it cannot be, a plan is a plan.
func TestDamagedRequestsFileIsNoMoreThanAHint(t *testing.T) {
	_, yaml := limitedClerk(t, false)
	now := time.Now()
	state := t.TempDir()
	file := filepath.Join(state, "sends")
	write(t, file, fmt.Appendf(nil, "garbage\n\x00\n99999999999999999999\n-1\n%d\n%d\n", now.Add(time.Hour).UnixNano(), now.Add(-time.Hour).UnixNano()))
	rollcall(t, 0, "plan", "--config", yaml, "--state", state)
	for _, at := range keptRequests(t, state) {
		if at.Before(now.Add(-time.Minute)) || at.After(now.Add(time.Minute)) {
			t.Errorf("%v was kept", at)
		}
	}
	rollcall(t, 0, "plan", "--config", yaml, "--state", yaml+"/below-a-file")
	rollcall(t, 0, "plan", "--config", yaml, "--state", "none")
	if _, err := os.Stat("none"); err == nil {
		t.Error("a directory was made of the word none")
	}
}
