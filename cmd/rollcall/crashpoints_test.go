package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
)

// A run is killed at random moments; the next one finishes, and nothing shows it (S32).
func TestS32CrashAtRandomMoments(t *testing.T) {
	t.Parallel()
	anotherProcess(t)
	rounds, enough := 100, 100/3
	if suite.Short(t) {
		rounds, enough = 1, 0 // how far a run comes is chance
	}
	binary := buildRollcall(t)
	whole := newCrash(t, binary)
	began := time.Now()
	whole.does("apply")
	took, want := time.Since(began), whole.memberships()
	whole.ended(want)
	random := rand.New(rand.NewPCG(12, 12))
	var cut atomic.Int32
	t.Cleanup(func() { // after the rounds, which go on beside one another
		t.Logf("%d of %d runs were cut off within %s", cut.Load(), rounds, took.Round(time.Millisecond))
		if int(cut.Load()) < enough {
			t.Errorf("only %d of %d runs were cut off", cut.Load(), rounds)
		}
	})
	for round := range rounds {
		after := time.Duration(random.Int64N(int64(took)))
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel()
			c := newCrash(t, binary)
			wait := c.start("apply")
			timer := time.AfterFunc(after, c.kill)
			if code, _ := wait(); code != 0 {
				cut.Add(1)
			}
			timer.Stop()
			c.does("apply")
			c.ended(want)
		})
	}
}

// The points of a call at which a run may be cut off.
const (
	intentWritten  = "intent written"
	requestSent    = "request sent"
	answerReceived = "answer received"
	outcomeWritten = "outcome written"
)

// A run is cut off at each named point of each action (S32).
func TestS32CrashAtEachPoint(t *testing.T) {
	t.Parallel()
	anotherProcess(t)
	binary := buildRollcall(t)
	whole := newCrash(t, binary)
	whole.does("apply")
	crashAtEachPoint(t, crashActions, whole.named(), func(t *testing.T) *crash { return newCrash(t, binary) })
}

// A run that creates users is cut off at each named point, before the user and
// between the user and the membership (S32): nobody gets two users.
func TestS32CrashAtEachPointOfCreating(t *testing.T) {
	t.Parallel()
	anotherProcess(t)
	binary := buildRollcall(t)
	whole := newCreateCrash(t, binary)
	whole.does("apply")
	want := whole.named()
	whole.ended(whole.memberships())
	crashAtEachPoint(t, []string{"create_user", "add"}, want, func(t *testing.T) *crash { return newCreateCrash(t, binary) })
}

// crashAtEachPoint cuts off a run of its own at each point of each action, lets
// the next one finish, and has the end judged. In two of three cells there is a run
// in between that cannot list one of the organizations.
func crashAtEachPoint(t *testing.T, actions []string, want string, begin func(*testing.T) *crash) {
	t.Helper()
	for i, action := range actions {
		for j, point := range []string{intentWritten, requestSent, answerReceived, outcomeWritten} {
			if suite.Short(t) && (j != i%4 || i%3 > 0) {
				continue // one of three actions is cut off, at one point each
			}
			t.Run(action+", "+point, func(t *testing.T) {
				t.Parallel()
				c := begin(t)
				c.at(point, action)
				if code, out := c.start("apply")(); code != -1 {
					t.Fatalf("the run was not cut off: %d\n%s", code, out)
				}
				c.restartWithout([]string{"", "org_a", "org_b"}[(i+j)%3], want)
				c.does("apply")
				if left := c.unfinished(want); len(left) > 0 {
					t.Fatalf("changes left in the end: %v", left)
				}
				c.ended(c.memberships())
			})
		}
	}
}

// restartWithout makes a run that cannot list an organization, and wants all others
// finished and nothing sent there (S40).
func (c *crash) restartWithout(organization, want string) {
	c.t.Helper()
	c.quiet()
	before := c.unfinished(want)
	if organization == "" {
		c.t.Logf("changes left after the crash: %v", before)
		return
	}
	var faults []sandbox.Fault
	for _, path := range []string{"/organizations/" + organization + "/memberships", "/organization_memberships"} {
		faults = append(faults, sandbox.Fault{Method: http.MethodGet, Path: path, Status: http.StatusForbidden})
	}
	if err := c.server.SetFaults(faults...); err != nil {
		c.t.Fatal(err)
	}
	c.hook(func(r *http.Request) {
		if r.Method != http.MethodGet && strings.Contains(r.URL.Path, "/"+organization+"/") {
			c.t.Errorf("%s %s, and the organization cannot be listed", r.Method, r.URL.Path)
		}
	}, nil)
	code, out := c.start("apply")()
	after := c.unfinished(want)
	c.t.Logf("changes left after the crash: %v; after a run without %s: %v", before, organization, after)
	if delete(after, organization); code != 1 || len(after) > 0 {
		c.t.Errorf("a run that cannot list %s exits %d and leaves %v:\n%s", organization, code, after, out)
	}
	if err := c.server.SetFaults(); err != nil {
		c.t.Fatal(err)
	}
}

// unfinished counts by organization in how many memberships and invitations Clerk
// differs from the end.
func (c *crash) unfinished(want string) map[string]int {
	subjects := map[string]string{} // their organization
	has, wanted := strings.SplitAfter(c.named(), "\n"), strings.SplitAfter(want, "\n")
	for _, line := range slices.Concat(has, wanted) {
		if !slices.Contains(has, line) || !slices.Contains(wanted, line) {
			organization, rest, _ := strings.Cut(line, " ")
			who, _, _ := strings.Cut(rest, " ")
			subjects[organization+" "+who] = organization
		}
	}
	left := map[string]int{}
	for _, organization := range subjects {
		left[organization]++
	}
	return left
}

// named is what Clerk holds, with users by their address: their ids differ
// from run to run.
func (c *crash) named() string {
	text := c.memberships()
	for _, u := range c.server.Snapshot().Users {
		text = strings.ReplaceAll(text, u.ID+" ", u.EmailAddresses[0].Address+" ")
	}
	lines := strings.SplitAfter(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// people counts the users of each address.
func (c *crash) people() map[string]int {
	users := map[string]int{}
	for _, u := range c.server.Snapshot().Users {
		for _, e := range u.EmailAddresses {
			users[e.Address]++
		}
	}
	return users
}

// isCall reports whether a request is a call of an action, by whom it is about.
func isCall(r *http.Request, action string) bool {
	switch action {
	case "add":
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/memberships")
	case "create_user":
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/users")
	case "invite":
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/invitations")
	}
	return r.Method != http.MethodGet && strings.Contains(r.URL.Path, "_"+action+"_")
}

// at kills the run at a point of the first call of an action.
func (c *crash) at(point, action string) {
	var once sync.Once
	call := action
	if point == outcomeWritten && action == "create_user" {
		call = "add" // POST /users names no organization; what follows it does
	}
	strike := func(do func()) func(r *http.Request) {
		return func(r *http.Request) {
			if isCall(r, call) {
				once.Do(do)
			}
		}
	}
	switch point {
	case intentWritten: // the request is never read
		c.hook(strike(c.kill), nil)
	case requestSent: // it has its effect, and no answer
		c.hook(nil, strike(c.kill))
	case answerReceived: // the journal cannot be written while the answer arrives
		c.hook(nil, strike(c.killBlocked))
	case outcomeWritten: // of one organization, while the other is still at work
		settled := strike(func() { c.killWhenSettled(action) })
		c.hook(func(r *http.Request) {
			if strings.Contains(r.URL.Path, "/org_b/") {
				settled(r)
			}
		}, nil)
	}
}

// killBlocked keeps outcomes from being written, and kills the run when the
// answer has had time to arrive.
func (c *crash) killBlocked() {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.dir, "state", "journal.db")+"?_pragma=busy_timeout(10000)")
	if err == nil {
		db.SetMaxOpenConns(1)
		_, err = db.ExecContext(c.t.Context(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		c.t.Errorf("block the journal: %v", err)
	}
	time.AfterFunc(50*time.Millisecond, func() {
		c.kill()
		_ = db.Close() // rolls back; nothing was written
	})
}

// killWhenSettled waits until an outcome of the action is on disk. Either
// organization may be the one that creates the users of both.
func (c *crash) killWhenSettled(action string) {
	defer c.kill()
	db, err := sql.Open("sqlite", filepath.Join(c.dir, "state", "journal.db"))
	if err != nil {
		c.t.Error(err)
		return
	}
	defer func() { _ = db.Close() }() // nothing was written
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	for n := 0; n == 0 && !c.dead() && err == nil; time.Sleep(time.Millisecond) {
		err = db.QueryRowContext(ctx, "SELECT count(*) FROM changes WHERE settled > 0 AND action = ? AND (organization = 'org_a' OR action = 'create_user')", action).Scan(&n)
	}
	if err != nil {
		c.t.Error(err)
	}
}
