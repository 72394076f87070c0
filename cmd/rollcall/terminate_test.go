package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/sync/journal"
)

// termSize is the size of a run that is told to stop in the middle: how many
// changes it has, and after how many it is told.
func termSize(t *testing.T) (changes, after int) {
	if suite.Short(t) {
		return 200, 73
	}
	return 5000, 1723
}

// SIGTERM in the middle of 5,000 changes, or of 200: the calls in flight are finished, the
// journal says exactly what was done, and the next run does the rest and nothing
// twice. What was approved stays approved for the rest of it (S23).
func TestS32TermInTheMiddle(t *testing.T) {
	t.Parallel()
	anotherProcess(t)
	binary, short := buildRollcall(t), suite.Short(t)
	for _, verb := range []string{"apply", "serve"} {
		if verb == "apply" || !short { // in short, each verb has one of the two
			t.Run(verb, func(t *testing.T) {
				t.Parallel()
				c := newTermCrash(t, binary, 10, "adds: {people: 100000, run: 100000}")
				c.terminated(verb)
				c.finished(verb)
			})
		}
		if verb == "apply" && short {
			continue
		}
		t.Run("S23 approved "+verb, func(t *testing.T) {
			t.Parallel()
			c := newTermCrash(t, binary, 1, "")
			code, out := c.start("plan", "--exit-code")()
			hash := hashes.FindStringSubmatch(out)
			if code != 3 || hash == nil {
				t.Fatalf("plan exits %d:\n%s", code, out)
			}
			c.does("approve", hash[1], "--reason", "they all start today")
			c.terminated(verb)
			c.finished(verb)
		})
	}
}

// newTermCrash is a directory that wants people in some organizations, of
// which each has one so far.
func newTermCrash(t *testing.T, binary string, organizations int, guards string) *crash {
	t.Helper()
	c := &crash{t: t, binary: binary, dir: t.TempDir()}
	seed := &sandbox.Seed{Version: sandbox.SeedVersion}
	var csv strings.Builder
	csv.WriteString("id,email,organization,role\n")
	changes, _ := termSize(t)
	for o := range organizations {
		slug := fmt.Sprintf("o%d", o)
		seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_" + slug, Slug: slug})
	}
	for i := range changes {
		user := fmt.Sprintf("user_%d", i)
		seed.Users = append(seed.Users, sandbox.User{ID: user, Email: user + "@corp.example"})
		fmt.Fprintf(&csv, "%d,%s@corp.example,o%d,org:member\n", i, user, i%organizations)
	}
	var err error
	if c.server, err = sandbox.New(sandbox.Options{Seed: seed, Latency: 2 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(listening.Close)
	writeFiles(t, c.dir, map[string]string{"people.csv": csv.String(), "rollcall.yaml": fmt.Sprintf(`
clerk: {api_url: %q, secret_key_env: CLERK_SECRET_KEY, rate: {requests: 100000, window: 1s}, budget: 100%%}
sources: [{name: hr, csv: {path: people.csv, settle: 0s, columns: {id: id, email: email, organization: organization, role: role}}}]
sync: {removals: managed}
guards: {%s}
serve: {schedule: "@every 24h", run_at_start: true, listen: ""}
`, listening.URL, guards)})
	oldState(t, filepath.Join(c.dir, "state"))
	return c
}

// terminated runs the verb until SIGTERM ends it in the middle.
func (c *crash) terminated(verb string) {
	c.t.Helper()
	changes, after := termSize(c.t)
	wantCode := map[string]int{"apply": runner.ExitInterrupted, "serve": 0}[verb]
	code, out := c.untilAdds(int64(after), verb)
	if code != wantCode {
		c.t.Fatalf("%s exits %d, want %d:\n%s", verb, code, wantCode, tail(out))
	}
	held, done, notSent := c.members(), c.journaled(journal.Done), c.journaled("not_sent")
	if len(held) < after || len(held) > after+500 {
		c.t.Errorf("%d of %d adds had their effect; SIGTERM came after %d", len(held), changes, after)
	}
	for user := range held {
		if !done[user] {
			c.t.Errorf("%s is a member, and the journal does not say that we did it", user)
		}
	}
	if len(done) != len(held) {
		c.t.Errorf("the journal says that %d adds were done, Clerk has %d", len(done), len(held))
	}
	for user := range notSent {
		if held[user] {
			c.t.Errorf("%s is a member, and the journal says that nothing was sent", user)
		}
	}
	c.t.Logf("%s: SIGTERM after %d adds; %d done, %d written down as not sent", verb, after, len(done), len(notSent))
}

// finished has the next run do the rest.
func (c *crash) finished(verb string) {
	c.t.Helper()
	changes, _ := termSize(c.t)
	if verb == "apply" {
		c.does("apply")
	} else if code, out := c.untilAdds(int64(changes), verb); code != 0 {
		c.t.Fatalf("serve exits %d:\n%s", code, tail(out))
	}
	if n := len(c.members()); n != changes {
		c.t.Errorf("%d members after the second run, want %d", n, changes)
	}
	sent := 0
	for _, w := range c.server.Writes() {
		if w.Method == http.MethodPost && w.Status/100 == 2 {
			sent++
		}
	}
	if done := len(c.journaled(journal.Done)); sent != changes || done != changes {
		c.t.Errorf("%d adds were sent and %d are in the history, want %d", sent, done, changes)
	}
	c.does("plan", "--exit-code")
}

// untilAdds runs a verb that gets SIGTERM once so many adds had their effect.
func (c *crash) untilAdds(n int64, verb string) (int, string) {
	var adds atomic.Int64
	adds.Store(int64(len(c.members())))
	c.hook(nil, func(r *http.Request) {
		if r.Method == http.MethodPost && adds.Add(1) == n {
			c.mu.Lock()
			defer c.mu.Unlock()
			if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				c.t.Error(err)
			}
		}
	})
	wait := c.start(verb)
	// Its own deadline is far below; the test's is there so that a hang fails.
	hang := time.AfterFunc(2*time.Minute, func() { c.t.Errorf("%s did not end", verb); c.kill() })
	defer hang.Stop()
	return wait()
}

// members are the users that Clerk holds as members.
func (c *crash) members() map[string]bool {
	users := map[string]bool{}
	for _, m := range c.server.Snapshot().Memberships {
		users[m.UserID] = true
	}
	return users
}

// journaled are the users of whom the history says so.
func (c *crash) journaled(result string) map[string]bool {
	c.t.Helper()
	db, err := journal.Open(c.t.Context(), filepath.Join(c.dir, "state"), journal.Options{ReadOnly: true})
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // nothing was written
	if open, err := db.Unfinished(c.t.Context()); err != nil || len(open) > 0 {
		c.t.Fatalf("%d open intents, %v", len(open), err)
	}
	runs, err := db.Runs(c.t.Context(), 0)
	if err != nil {
		c.t.Fatal(err)
	}
	users := map[string]bool{}
	for _, r := range runs {
		changes, err := db.Changes(c.t.Context(), r.ID)
		if err != nil {
			c.t.Fatal(err)
		}
		for i := range changes {
			if changes[i].Result == result {
				users[changes[i].UserID] = true
			}
		}
	}
	return users
}

// tail is the end of an output.
func tail(out string) string {
	lines := bytes.Split([]byte(out), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-40):], []byte("\n")))
}
