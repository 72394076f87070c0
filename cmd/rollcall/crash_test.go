package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/sync/journal"
)

// crashActions are the actions of the plans that are cut off. Nobody is
// invited where users are created.
var (
	crashActions  = []string{"add", "set_role", "set_metadata", "adopt", "remove", "invite", "revoke_invitation"}
	createActions = []string{"remove", "create_user"}
)

// crash is a sandbox behind a hook that sees each request before it has its
// effect and after its answer is made, a directory that wants every action of
// it, and the binary's own files.
type crash struct {
	t      *testing.T
	binary string
	dir    string
	server *sandbox.Server
	first  string // what Clerk held at the start
	// want is how many changes the history knows in the end.
	want int
	mu   sync.Mutex
	// before and after see each request and may kill the run.
	before, after func(r *http.Request)
	cmd           *exec.Cmd // nil when it was killed
	connections   atomic.Int32
}

// crashPeople is how many people each action concerns in each of two organizations.
func crashPeople() int {
	if suite.All() {
		return 6
	}
	return 2
}

func newCrash(t *testing.T, binary string, more ...sandbox.Invitation) *crash {
	t.Helper()
	seed, csv := crashSeed(crashActions)
	seed.Invitations = append(seed.Invitations, more...)
	return startCrash(t, binary, "invite", seed, csv)
}

// newCreateCrash is one whose newcomers get users. The second organization
// wants those of the first too: each has one user and two memberships.
func newCreateCrash(t *testing.T, binary string) *crash {
	t.Helper()
	seed, csv := crashSeed(createActions)
	csv = strings.ReplaceAll(csv, "staff-a,Sales", "staff-a;staff-b,Sales")
	c := startCrash(t, binary, "create", seed, csv)
	c.want = (2 /* removals */ + 2 /* users */ + 3 /* memberships */) * crashPeople()
	return c
}

// anotherProcess skips a test under the race detector, which sees nothing of
// the program that the test starts.
func anotherProcess(t *testing.T) {
	t.Helper()
	if suite.Race {
		suite.Skip(t, "no race detector", "the program under test is another process")
	}
}

func startCrash(t *testing.T, binary, missing string, seed *sandbox.Seed, csv string) *crash {
	t.Helper()
	c := &crash{t: t, binary: binary, dir: t.TempDir(), want: 2 * crashPeople() * len(crashActions)}
	var err error
	if c.server, err = sandbox.New(sandbox.Options{Seed: seed, Latency: 2 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewUnstartedServer(http.HandlerFunc(c.serve))
	listening.Config.ConnState = c.connection
	listening.Start()
	t.Cleanup(listening.Close)
	writeFiles(t, c.dir, map[string]string{"people.csv": csv, "rollcall.yaml": fmt.Sprintf(`
clerk: {api_url: %q, secret_key_env: CLERK_SECRET_KEY, rate: {requests: 100000, window: 1s}, budget: 100%%}
sources: [{name: hr, csv: {path: people.csv, settle: 0s, columns: {id: id, email: email, groups: {column: teams, separator: ";"}}}}]
rules:
  - {groups: [leads-a], organization: a, role: "org:admin", metadata: {public: {dept: "{dept}"}}}
  - {groups: [staff-a], organization: a, role: "org:member", metadata: {public: {dept: "{dept}"}, private: {desk: {room: "{dept}"}}}}
  - {groups: [leads-b], organization: b, role: "org:admin", metadata: {public: {dept: "{dept}"}}}
  - {groups: [staff-b], organization: b, role: "org:member", metadata: {public: {dept: "{dept}"}, private: {desk: {room: "{dept}"}}}}
sync: {removals: managed, adopt: matched, missing_users: %s, email_domains: [corp.example]}
guards: {removals: {people: 1000, half: 0}, admin_grants: {people: 1000}, admin_losses: {people: 1000, half: 0}}
`, listening.URL, missing)})
	oldState(t, filepath.Join(c.dir, "state"))
	c.first = c.memberships()
	return c
}

// crashSeed is two organizations where each action has something to do.
func crashSeed(actions []string) (*sandbox.Seed, string) {
	seed := &sandbox.Seed{Version: sandbox.SeedVersion}
	var csv strings.Builder
	csv.WriteString("id,email,teams,dept\n")
	for _, slug := range []string{"a", "b"} {
		seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: "org_" + slug, Slug: slug})
		for _, action := range append(slices.Clone(actions), "keep") {
			for i := range crashPeople() {
				id := fmt.Sprintf("%s-%s-%d", slug, strings.ReplaceAll(action, "_", "-"), i)
				user := "user_" + strings.ReplaceAll(id, "-", "_")
				newcomer := strings.Contains(action, "invit") || action == "create_user"
				if !newcomer {
					seed.Users = append(seed.Users, sandbox.User{ID: user, Email: id + "@corp.example"})
				}
				m := sandbox.Membership{OrganizationID: "org_" + slug, UserID: user, Role: "org:member",
					PublicMetadata:  raw(map[string]any{"dept": "Sales", "seen": i}),
					PrivateMetadata: raw(map[string]any{"rollcall": map[string]any{"owner": "rollcall", "source": "hr", "id": id}, "desk": map[string]any{"room": "Sales", "floor": 2}})}
				team := "staff-" + slug
				switch action {
				case "keep":
					team, m.Role = "leads-"+slug, "org:admin"
				case "set_role":
					team = "leads-" + slug
				case "set_metadata":
					m.PublicMetadata = raw(map[string]any{"dept": "Law", "by": map[string]any{"hand": true}})
				case "adopt":
					m.PrivateMetadata = raw(map[string]any{"desk": map[string]any{"room": "Sales"}})
				case "remove":
					team = ""
				case "revoke_invitation":
					team = ""
					seed.Invitations = append(seed.Invitations, sandbox.Invitation{ID: "orginv_" + user, OrganizationID: m.OrganizationID,
						Email: id + "@corp.example", Role: m.Role, PublicMetadata: m.PublicMetadata, PrivateMetadata: m.PrivateMetadata,
						CreatedAt: time.Now().UnixMilli()}) // else it has expired
				}
				if action != "add" && !newcomer {
					seed.Memberships = append(seed.Memberships, m)
				}
				fmt.Fprintf(&csv, "%s,%s@corp.example,%s,Sales\n", id, id, team)
			}
		}
	}
	return seed, csv.String()
}

func (c *crash) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c.mu.Lock()
	before, after := c.before, c.after
	c.mu.Unlock()
	if before != nil {
		before(r)
	}
	if r.Context().Err() != nil || c.dead() {
		panic(http.ErrAbortHandler) // nobody waits: what was not read was never sent
	}
	answer := httptest.NewRecorder()
	c.server.ServeHTTP(answer, r.WithContext(context.WithoutCancel(r.Context())))
	if after != nil {
		after(r)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // a run that was killed reads nothing
}

// connection counts the connections of the runs.
func (c *crash) connection(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateActive, http.StateIdle:
	case http.StateNew:
		c.connections.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.connections.Add(-1)
	}
}

// quiet waits until the server has closed the connections of a run that has ended:
// until then a request that it had sent may still have its effect.
func (c *crash) quiet() {
	c.t.Helper()
	for range 1000 {
		if c.connections.Load() == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.t.Fatalf("%d connections of an ended run are open after 10 s", c.connections.Load())
}

// dead reports whether the run at work was killed.
func (c *crash) dead() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cmd == nil
}

// works says that a run is at work: its requests are answered.
func (c *crash) works(cmd *exec.Cmd) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cmd = cmd
}

// kill ends the run as a power cut would.
func (c *crash) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd != nil {
		_ = c.cmd.Process.Kill() // it may have ended by itself
		c.cmd = nil
	}
}

// start begins a verb.
func (c *crash) start(args ...string) (wait func() (int, string)) {
	c.t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(c.binary, append(args, "--config", "rollcall.yaml", "--state", "state", "--log-level", "error")...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, &out, &out
	cmd.Env = append(os.Environ(), "CLERK_SECRET_KEY="+sandbox.DefaultSecretKey)
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.works(cmd)
	return func() (int, string) {
		err := cmd.Wait()
		if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
			c.t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), out.String()
	}
}

// does runs a verb to its end.
func (c *crash) does(args ...string) string {
	c.t.Helper()
	c.hook(nil, nil)
	code, out := c.start(args...)()
	if code != 0 {
		c.t.Fatalf("%v exits %d:\n%s", args, code, out)
	}
	return out
}

func (c *crash) hook(before, after func(r *http.Request)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before, c.after = before, after
}

// memberships is all that undo has to restore.
func (c *crash) memberships() string {
	var lines []string
	for _, m := range c.server.Snapshot().Memberships {
		lines = append(lines, fmt.Sprintf("%s %s %s %s %s\n", m.OrganizationID, m.UserID, m.Role, tidy(m.PublicMetadata), tidy(m.PrivateMetadata)))
	}
	for _, i := range c.server.Snapshot().Invitations {
		if i.Status == "pending" {
			lines = append(lines, fmt.Sprintf("%s %s invited %s %s %s\n", i.OrganizationID, i.Email, i.Role, tidy(i.PublicMetadata), tidy(i.PrivateMetadata)))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// tidy is a JSON object with its keys sorted.
func tidy(object json.RawMessage) string {
	var v map[string]any
	if len(object) > 0 {
		if err := json.Unmarshal(object, &v); err != nil {
			panic(err)
		}
	}
	return string(raw(v))
}

// ended checks, after the run that follows a crash, that all is as if nothing
// had happened: the same end, nothing left to do, nothing sent twice, a history without
// a gap; and that undo brings the first state back.
func (c *crash) ended(want string) {
	c.t.Helper()
	if got := c.memberships(); got != want {
		c.t.Fatalf("Clerk holds:\n%swant:\n%s", got, want)
	}
	c.does("plan", "--exit-code") // 5 if the next run had work
	sent := map[string]int{}
	for _, w := range c.server.Writes() {
		if w.Status/100 == 2 && w.Method != "GET" {
			sent[w.Method+" "+w.Path+" "+w.Query]++
		}
	}
	for call, n := range sent {
		// Adds differ in their bodies: the memberships above tell them apart.
		if n != 1 && !strings.HasPrefix(call, "POST") {
			c.t.Errorf("%s had its effect %d times", call, n)
		}
	}
	for email, n := range c.people() {
		if n != 1 {
			c.t.Errorf("%d users have the address %s", n, email)
		}
	}
	for email, n := range c.mails() {
		if n != 1 {
			c.t.Errorf("%s was invited %d times", email, n)
		}
	}
	undos := c.history()
	for _, run := range undos {
		c.does(append([]string{"undo"}, run...)...)
	}
	if got := c.memberships(); got != c.first {
		c.t.Fatalf("after undo of %v Clerk holds:\n%swant:\n%s", undos, got, c.first)
	}
}

// mails counts the invitations of each address, whatever became of them.
func (c *crash) mails() map[string]int {
	sent := map[string]int{}
	for _, i := range c.server.Snapshot().Invitations {
		sent[i.Email]++
	}
	return sent
}

// history checks that each change was done once, as the journal has it, and
// names the undos that bring the first state back, as arguments.
func (c *crash) history() [][]string {
	c.t.Helper()
	db, err := journal.Open(c.t.Context(), filepath.Join(c.dir, "state"), journal.Options{ReadOnly: true})
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // nothing was written
	open, err := db.Unfinished(c.t.Context())
	if err != nil || len(open) > 0 {
		c.t.Fatalf("open intents %+v, %v", open, err)
	}
	runs, err := db.Runs(c.t.Context(), 0)
	if err != nil {
		c.t.Fatal(err)
	}
	last, done := int64(0), map[string]int{}
	var each [][]string
	for _, r := range runs {
		each = append(each, []string{fmt.Sprint(r.ID)})
		changes, err := db.Changes(c.t.Context(), r.ID)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, x := range changes {
			if x.Result == journal.Done {
				done[x.Action+" "+x.Organization+" "+x.UserID+x.Email]++
				last = max(last, r.ID)
			}
		}
	}
	// A finished run that follows a cut one undoes it as well.
	if i := slices.IndexFunc(runs, func(r journal.Run) bool { return r.ID == last }); runs[i].Finished.IsZero() && i > 0 {
		last = runs[i-1].ID
	}
	for what, n := range done {
		if n != 1 {
			c.t.Errorf("%s was done %d times, the history says", what, n)
		}
	}
	if len(done) != c.want {
		c.t.Errorf("the history knows %d changes, want %d", len(done), c.want)
	}
	if len(runs) > 2 {
		return each // a chain has only the runs that were cut off
	}
	return [][]string{{fmt.Sprint(last), "--chain"}}
}
