package main

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/sync/journal/powercut"
)

// mutating is how a request begins that changes something.
var mutating = regexp.MustCompile(`^(POST|PATCH|DELETE) /v1/organizations/\S+`)

// whoseCall is what a request names somebody by.
var whoseCall = regexp.MustCompile(`orginv_user_\w+|user_[ab]_[a-z_]+_\d|[ab]-invite-\d@corp`)

// tracedRun applies the crash's plan under strace, and gives what it wrote to
// its state directory, what it synced, and what it sent that changes something.
func tracedRun(t *testing.T, c *crash) []powercut.Event {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := powercut.Command(t, trace, c.binary, "apply", "--config", "rollcall.yaml", "--state", "state", "--log-level", "error")
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), "CLERK_SECRET_KEY="+sandbox.DefaultSecretKey)
	c.works(cmd)
	powercut.Run(t, cmd)
	state := filepath.Join(c.dir, "state")
	events := powercut.Events(t, trace, func(e *powercut.Event) bool {
		return strings.HasPrefix(e.Path, state+"/journal.db") || e.Path == state || mutating.Match(e.Data)
	})
	requests := 0
	for _, e := range events {
		if mutating.Match(e.Data) {
			requests++
		}
	}
	if want := 2 * crashPeople() * len(crashActions); requests != want {
		t.Fatalf("%d requests in the trace, want %d", requests, want)
	}
	return events
}

// intentsAreSynced wants the intent of each request that changes something on the disk
// before the request leaves: written to the journal, and synced since (S32).
func intentsAreSynced(t *testing.T, events []powercut.Event) {
	t.Helper()
	var written, synced strings.Builder
	if !slices.ContainsFunc(events, func(e powercut.Event) bool { return mutating.Match(e.Data) }) {
		t.Error("no request changes anything")
	}
	for _, e := range events {
		switch {
		case mutating.Match(e.Data):
			user := whoseCall.Find(e.Data)
			if user == nil || !strings.Contains(synced.String(), string(user)) {
				t.Errorf("no intent on disk before %.90q", e.Data)
			}
		case strings.HasSuffix(e.Call, "sync"):
			synced.WriteString(written.String())
			written.Reset()
		default:
			written.Write(e.Data)
		}
	}
}

// The power is cut around each request of a run: its state directory holds
// what was synced by then, or that and some of the rest, and Clerk has had the
// requests that had left. The next run finds its way, nobody is invited twice,
// and undo brings the first state back (S32).
func TestS32PowerCutAroundEachRequest(t *testing.T) {
	t.Parallel()
	anotherProcess(t)
	binary := buildRollcall(t)
	whole := newCrash(t, binary)
	state := filepath.Join(whole.dir, "state")
	disk := powercut.NewDisk(state)
	before, err := os.ReadFile(filepath.Join(state, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	disk.Keep("journal.db", before)
	events := tracedRun(t, whole)
	intentsAreSynced(t, events)
	want := whole.memberships()
	var sent []powercut.Event
	cuts, near, short := 0, 0, suite.Short(t)
	for i, e := range events {
		if mutating.Match(e.Data) {
			sent = append(sent, e)
		} else {
			disk.Do(t, e)
		}
		if !mutating.Match(e.Data) && (i+1 == len(events) || !mutating.Match(events[i+1].Data)) {
			continue
		}
		if near++; !short && i%5 > 0 || short && near != 20 {
			continue
		}
		for try := range 2 {
			var chance *rand.Rand
			if try > 0 {
				chance = rand.New(rand.NewPCG(uint64(i), 1))
			}
			cuts++
			t.Run(fmt.Sprintf("after call %d, %d", i, try), func(t *testing.T) {
				c := newCrash(t, binary, whole.invitationsOf(sent)...)
				c.first = whole.first
				c.lose(disk, chance)
				for _, s := range sent {
					c.replay(s.Data)
				}
				t.Parallel() // disk and requests go on changing until here
				c.does("apply")
				c.ended(want)
			})
		}
	}
	t.Logf("%d power cuts around %d requests", cuts, len(sent))
}

// lose leaves in the state directory what a power cut does.
func (c *crash) lose(disk *powercut.Disk, chance *rand.Rand) {
	c.t.Helper()
	state := filepath.Join(c.dir, "state")
	if err := os.RemoveAll(state); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Mkdir(state, 0o700); err != nil {
		c.t.Fatal(err)
	}
	disk.Cut(c.t, state, chance)
}

// invitationsOf are the invitations that requests made, under the ids that
// Clerk gave them.
func (c *crash) invitationsOf(requests []powercut.Event) []sandbox.Invitation {
	var out []sandbox.Invitation
	for _, i := range c.server.Snapshot().Invitations {
		for _, e := range requests {
			if i.Status != "revoked" && invites(e.Data) && bytes.Contains(e.Data, []byte(`"`+i.Email+`"`)) {
				out = append(out, i)
			}
		}
	}
	return out
}

func invites(request []byte) bool {
	line, _, _ := bytes.Cut(request, []byte(" HTTP/"))
	return bytes.HasSuffix(line, []byte("/invitations"))
}

// replay lets Clerk have a request of the traced run, unless it begins with it.
func (c *crash) replay(request []byte) {
	c.t.Helper()
	if invites(request) {
		return
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
	if err != nil {
		c.t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	c.server.ServeHTTP(answer, r)
	if answer.Code/100 != 2 {
		c.t.Fatalf("%s %s: %d %s", r.Method, r.URL, answer.Code, answer.Body)
	}
}
