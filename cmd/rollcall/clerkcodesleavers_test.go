package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/exception"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// ladderCall is a call of the leaver ladder, or of the undo of it, that Clerk answers
// with an error about one of three leavers.
type ladderCall struct {
	column  string
	action  plan.Action
	account policy.AccountStep
	fault   sandbox.Fault
}

// isUndo reports whether the call opens an account again.
func (c *ladderCall) isUndo() bool { return c.action.OpensAccount() }

// The calls about gone1, who comes first, so that what an answer ends would not be sent
// for the others.
var ladderCodes = []ladderCall{
	{"users", plan.Lock, policy.AccountLock, sandbox.Fault{Method: "GET", Path: "/users"}},
	{"memberships", plan.Lock, policy.AccountLock, sandbox.Fault{Method: "GET", Path: "/users/user_gone1/organization_memberships"}},
	{"lock", plan.Lock, policy.AccountLock, sandbox.Fault{Method: "POST", Path: "/users/user_gone1/lock"}},
	{"ban", plan.Ban, policy.AccountBan, sandbox.Fault{Method: "POST", Path: "/users/user_gone1/ban"}},
	{"sessions", plan.EndSessions, policy.AccountLock, sandbox.Fault{Method: "GET", Path: "/sessions", Query: map[string]string{"user_id": "user_gone1"}}},
	{"session", plan.EndSessions, policy.AccountLock, sandbox.Fault{Method: "POST", Path: "/sessions/sess_gone1a/revoke"}},
	{"keys", plan.RevokeAPIKeys, policy.AccountLock, sandbox.Fault{Method: "GET", Path: "/api_keys", Query: map[string]string{"subject": "user_gone1"}}},
	{"key", plan.RevokeAPIKeys, policy.AccountLock, sandbox.Fault{Method: "POST", Path: "/api_keys/ak_gone1a/revoke"}},
	{"unlock", plan.Unlock, policy.AccountLock, sandbox.Fault{Method: "POST", Path: "/users/user_gone1/unlock"}},
	{"unban", plan.Unban, policy.AccountBan, sandbox.Fault{Method: "POST", Path: "/users/user_gone1/unban"}},
}

var (
	codeLeavers = []string{"gone1", "gone2", "gone3"}
	codeStayers = []string{"boss", "stays"}
)

// ladderCodeWorld is an organization with three leavers, in whose accounts every step is
// taken, and a state directory.
type ladderCodeWorld struct {
	t      *testing.T
	call   *ladderCall
	server *sandbox.Server
	client *clerkapi.Client
	db     *journal.DB
	path   string
}

func newLadderCodeWorld(t *testing.T, call *ladderCall) *ladderCodeWorld {
	t.Helper()
	seed := &sandbox.Seed{Version: sandbox.SeedVersion, Organizations: []sandbox.Organization{{ID: "org_acme", Slug: "acme"}},
		Users: []sandbox.User{{ID: "user_guest", Email: "guest@ext.example"}}}
	for _, id := range slices.Concat(codeStayers, codeLeavers) {
		user, role := "user_"+id, "org:member"
		if id == "boss" {
			role = "org:admin"
		}
		seed.Users = append(seed.Users, sandbox.User{ID: user, Email: id + "@corp.example"})
		seed.Memberships = append(seed.Memberships, sandbox.Membership{OrganizationID: "org_acme", UserID: user, Role: role,
			PrivateMetadata: fmt.Appendf(nil, `{"rollcall":{"owner":"rollcall","source":"hr","id":%q}}`, id)})
		for _, n := range []string{"a", "b"} {
			// One session waits for a task.
			status := map[string]string{"a": "active", "b": "pending"}[n]
			seed.Sessions = append(seed.Sessions, sandbox.Session{ID: "sess_" + id + n, UserID: user, Status: status},
				sandbox.Session{ID: "sess_" + id + n + "_old", UserID: user, Status: "ended"})
			seed.APIKeys = append(seed.APIKeys, sandbox.APIKey{ID: "ak_" + id + n, Subject: user})
		}
	}
	server, err := sandbox.New(sandbox.Options{SecretKey: "sk_live_test", Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	client, err := clerkapi.New(clerkapi.Config{SecretKey: clerkapi.NewSecret(server.SecretKey()), APIURL: "http://127.0.0.1"}, clerkapi.WithTransport(server.RoundTripper()))
	if err != nil {
		t.Fatal(err)
	}
	db, err := journal.Open(t.Context(), t.TempDir(), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	grant := exception.Exception{Kind: exception.Grant, Organization: "org_acme", Role: "org:member", Address: "guest@ext.example", UserID: "user_guest",
		By: "ops", Reason: "incident 4711", Ends: time.Now().Add(24 * time.Hour)}
	if err := errors.Join(db.AddException(t.Context(), &grant), db.Remember(t.Context(), 0, []journal.Fact{{Kind: memory.FactState, Value: []byte(`{"began_with_markers":false}`)}}, nil)); err != nil {
		t.Fatal(err)
	}
	return &ladderCodeWorld{t, call, server, client, db, filepath.Join(t.TempDir(), "people.csv")}
}

// write writes the rows of people.
func (w *ladderCodeWorld) write(people ...string) {
	w.t.Helper()
	var rows strings.Builder
	rows.WriteString("id,email,org,role\n")
	for _, id := range people {
		role := "org:member"
		if id == "boss" {
			role = "org:admin"
		}
		fmt.Fprintf(&rows, "%s,%s@corp.example,acme,%s\n", id, id, role)
	}
	if err := os.WriteFile(w.path, []byte(rows.String()), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// before is what happens until the run that makes the call: the leavers leave, and if an
// undo makes it, their accounts are closed and they are back. want is what their accounts
// are then to be.
func (w *ladderCodeWorld) before() (want string, undo []int64) {
	w.write(codeStayers...)
	if !w.call.isUndo() {
		return "closed", nil
	}
	w.apply()
	w.write(slices.Concat(codeStayers, codeLeavers)...)
	return reopenedAccount, []int64{1}
}

// apply makes a run that can be planned.
func (w *ladderCodeWorld) apply(undo ...int64) *sync.Report {
	w.t.Helper()
	r, err := w.try(undo...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// try makes a run.
func (w *ladderCodeWorld) try(undo ...int64) (*sync.Report, error) {
	w.t.Helper()
	csv := csvfile.Config{Path: w.path, Settle: new(time.Duration)}
	csv.Columns.ID, csv.Columns.Email, csv.Columns.Organization, csv.Columns.Role = "id", "email", "org", "role"
	if err := csv.Validate(); err != nil {
		w.t.Fatal(err)
	}
	config, wide := policy.DefaultConfig(), policy.Limit{Percent: 100, People: 100}
	config.Removals, config.EmailDomains = policy.RemovalsManaged, []string{"corp.example"}
	config.Leavers = policy.Leavers{EndSessions: true, RevokeAPIKeys: true, Account: w.call.account}
	config.Guards = policy.Guards{Removals: wide, AdminLosses: wide, AdminGrants: wide, Adds: wide, RoleChanges: wide, MetadataNulls: wide, SourceShrink: wide,
		EndSessions: wide, RevokeAPIKeys: wide, LockOrBan: wide}
	id, err := w.db.Begin(w.t.Context(), journal.Run{Verb: "apply"})
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := sync.New(config, nil, []source.Source{csvfile.Open("hr", csv, source.Canaries{}, file.Options{})}, w.client, sync.WithJournal(w.db, id))
	if err != nil {
		w.t.Fatal(err)
	}
	once := r.RunOnce
	if undo != nil {
		once = r.Undo
	}
	report, failure := once(w.t.Context(), sync.Run{Apply: true, Undo: undo})
	if err := w.db.Finish(w.t.Context(), id, journal.Run{Outcome: "done"}); err != nil {
		w.t.Fatal(err)
	}
	return report, failure
}

// account says in how far somebody's account is closed: what is left of it, and whether
// they are a member.
func (w *ladderCodeWorld) account(id string) string {
	var left []string
	seed := w.server.Snapshot()
	for _, u := range seed.Users {
		if u.ID == "user_"+id && (u.Locked || u.Banned) {
			left = append(left, "closed")
		}
	}
	for _, s := range seed.Sessions {
		if s.UserID == "user_"+id && (s.Status == "active" || s.Status == "pending") {
			left = append(left, "session")
		}
	}
	for _, k := range seed.APIKeys {
		if k.Subject == "user_"+id && !k.Revoked {
			left = append(left, "key")
		}
	}
	for _, m := range seed.Memberships {
		if m.UserID == "user_"+id {
			left = append(left, "member")
		}
	}
	return strings.Join(left, " ")
}

const (
	untouchedAccount = "session session key key member"
	reopenedAccount  = "member" // its sessions and keys do not come back
)

// due lists whom the state remembers for the ladder.
func (w *ladderCodeWorld) due() int {
	w.t.Helper()
	facts, err := w.db.Facts(w.t.Context(), memory.FactLeaver)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(facts)
}

// steps says what became of the step on gone1.
func (w *ladderCodeWorld) steps(r *sync.Report) string {
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		if o.Change.Action != w.call.action || o.Change.UserID != "user_gone1" {
			continue
		}
		if o.Result == apply.Dropped {
			return "skipped: `" + o.Reason.String() + "`"
		}
		return string(o.Result)
	}
	for _, c := range r.Plan.Changes() {
		if c.Action == w.call.action && c.UserID == "user_gone1" && c.State == plan.Skipped {
			return "skipped: `" + c.SkippedFor().String() + "`"
		}
	}
	return "**not sent**"
}

// ladderCell is what one code does to one call of the ladder. It fails where it does more
// than that: to the other leavers, to people who stay, or to the next run.
func ladderCell(t *testing.T, call *ladderCall, code sandbox.Code) (what string, exit int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newLadderCodeWorld(t, call)
		defer func() { _ = w.db.Close() }()
		want, undo := w.before()
		fault := call.fault
		fault.Code, fault.Status = code.Code, code.Status
		if err := w.server.SetFaults(fault); err != nil {
			t.Fatal(err)
		}
		r, err := w.try(undo...)
		if what, exit = "no plan", (&runner.Outcome{Verb: "apply", Report: r, Err: err}).Code(); err == nil {
			what = w.steps(r)
		}
		w.check(code, "in the same run", call, want)
		if err := w.server.SetFaults(); err != nil {
			t.Fatal(err)
		}
		r = w.apply(undo...)
		for _, id := range codeLeavers {
			if got := w.account(id); got != want && (what != "found" || got != want+" key key") {
				t.Errorf("%s of %s: after the next run the account of %s is %q, want %q; %+v", code.Code, call.column, id, got, want, r.Outcomes)
			}
		}
		if got := w.account("guest"); got != map[bool]string{false: "member"}[call.isUndo()] { // an undo ends the grant (S25)
			t.Errorf("%s of %s: the account that an exception grants a membership is %q", code.Code, call.column, got)
		}
		if n := w.due(); n != 0 {
			t.Errorf("%s of %s: %d people are due after the next run", code.Code, call.column, n)
		}
	})
	return what, exit
}

// check looks at the accounts after a run in which Clerk refused a call about gone1.
func (w *ladderCodeWorld) check(code sandbox.Code, when string, call *ladderCall, want string) {
	w.t.Helper()
	for _, id := range codeStayers {
		if got := w.account(id); got != untouchedAccount {
			w.t.Errorf("%s of %s: %s the account of %s is %q", code.Code, call.column, when, id, got)
		}
	}
	if call.column == "users" {
		for _, id := range codeLeavers {
			if got := w.account(id); got != untouchedAccount {
				w.t.Errorf("%s: nobody knows the accounts, and that of %s is %q", code.Code, id, got)
			}
		}
		return
	}
	if keyRefused(code) || lacksStep(call, code) {
		return // no further call can work
	}
	for _, id := range codeLeavers[1:] {
		if got := w.account(id); got != want {
			w.t.Errorf("%s of %s: %s the account of %s is %q, want %q", code.Code, call.column, when, id, got, want)
		}
	}
	got := w.account("gone1")
	switch call.column {
	case "memberships":
		if got != "session session key key" && got != "session session key key member" {
			w.t.Errorf("%s: an account whose memberships are not known is %q", code.Code, got)
		}
	case "lock", "ban":
		if got != "" && got != "closed" {
			w.t.Errorf("%s of %s: the sessions and keys of gone1 are left: %q", code.Code, call.column, got)
		}
	case "sessions", "session", "keys", "key":
		if !strings.HasPrefix(got, "closed") || strings.Contains(got, "member") || strings.Contains(got, "session") && strings.Contains(got, "key") {
			w.t.Errorf("%s of %s: gone1 keeps %q", code.Code, call.column, got)
		}
		if (call.column == "session" || call.column == "key") && strings.Count(got, call.column) > 1 {
			w.t.Errorf("%s of %s: the other one of gone1 is left too: %q", code.Code, call.column, got)
		}
	case "unban":
		if strings.Contains(got, "closed") && strings.Contains(got, "member") {
			w.t.Errorf("%s: a banned account got a membership (S08)", code.Code)
		}
	}
}

// keyRefused reports whether a code says that the key itself is refused.
func keyRefused(code sandbox.Code) bool { return code.Status == 401 }

// lacksStep reports whether a code says that the instance cannot do the step at all.
func lacksStep(call *ladderCall, code sandbox.Code) bool {
	if code.Code == "api_keys_not_enabled" && call.column == "keys" {
		return true // and there is none to revoke
	}
	return call.column != "memberships" && call.action != plan.EndSessions && errors.Is(&clerkapi.Error{Status: code.Status, Code: code.Code}, clerkapi.ErrPlan)
}

// ladderColumns are the heads of the columns.
func ladderColumns() (names []string) {
	for i := range ladderCodes {
		names = append(names, ladderCodes[i].column)
	}
	return names
}

// ladderRow are the cells of a code in the row of the document.
func ladderRow(t *testing.T, code sandbox.Code) (cells, exits []string) {
	t.Helper()
	for i := range ladderCodes {
		what, exit := ladderCell(t, &ladderCodes[i], code)
		cells, exits = append(cells, what), append(exits, fmt.Sprint(exit))
	}
	return cells, exits
}
