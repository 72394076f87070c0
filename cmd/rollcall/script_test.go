package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/source/file/filetest"
	"rollcall/source/ldap/ldaptest"
)

func TestMain(m *testing.M) {
	testscript.Main(withProgram{suite.Counted(m)}, map[string]func(){"rollcall": mainWatched})
}

func TestSwitch(t *testing.T) { suite.Known(t) }

// The scripts in testdata/script test the command line as an admin meets it.
// What they can say beyond testscript's own words is in the README there.
func TestScripts(t *testing.T) {
	t.Parallel()
	suite.Short(t) // says so: scriptCondition leaves out the long stories
	testscript.Run(t, testscript.Params{
		Files:               scriptFiles(t),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("GOGC", os.Getenv("GOGC")) // as package suite sets it
			e.Setenv("CLERK_SECRET_KEY", sandbox.DefaultSecretKey)
			s := &served{}
			e.Values[serverKey{}] = s
			watchLeftBehind(e, s)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox": scriptSandbox, "exits": scriptExits, "hash": scriptHash,
			"await": scriptAwait, "interrupt": scriptSignal(os.Interrupt, 130), "killed": scriptSignal(os.Kill, -1), "slapd": scriptSlapd, "receiver": scriptReceiver, "web": scriptWeb, "sftp": scriptSFTP, "settled": scriptSettled, "dates": scriptDates, "passed": scriptPassed, "decide": scriptDecide,
			"service": scriptService, "terminal": scriptTerminal,
		},
		Condition: scriptCondition,
	})
}

// beside is how a script has something go on beside a run.
var beside = regexp.MustCompile(`(?m)^(service|interrupt|killed) |&$`)

// scriptFiles are the scripts that run. Under the race detector those do in which
// something goes on beside a run, and one in four of the others, which are alike to it.
func scriptFiles(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(all) < 100 {
		t.Fatalf("%d scripts, %v", len(all), err)
	}
	if !suite.Race {
		return all
	}
	var files []string
	for i, file := range all {
		if i%4 == 0 || beside.MatchString(read(t, file)) {
			files = append(files, file)
		}
	}
	return files
}

type serverKey struct{}

// served is the sandbox of one script, and its directory.
type served struct {
	*sandbox.Server
	http     *httptest.Server // of the address, which serves the instance in current
	current  atomic.Pointer[sandbox.Server]
	slapd    *ldaptest.Slapd
	receiver *receiver
	service  *service
	web      *web
	sftpd    *filetest.SFTP
}

func serverOf(ts *testscript.TestScript) *served {
	s, ok := ts.Value(serverKey{}).(*served)
	if !ok {
		ts.Fatalf("no place for a sandbox")
	}
	return s
}

func scriptSandbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: sandbox start SEED.json | faults FILE.json | clear | requests | writes | forget | members | accounts | invitations | accept ADDRESS | add ORGANIZATION USER ROLE")
	}
	s := serverOf(ts)
	if args[0] == "start" {
		s.start(ts, args[1:])
		return
	}
	if s.Server == nil {
		ts.Fatalf("sandbox: not started")
	}
	switch args[0] {
	case "faults":
		var faults []sandbox.Fault
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &faults))
		ts.Check(s.SetFaults(faults...))
	case "clear":
		ts.Check(s.SetFaults())
	case "requests":
		printRequests(ts, s.Requests())
	case "writes":
		printRequests(ts, s.Writes())
	case "forget":
		s.ForgetRequests()
	case "members":
		s.printMembers(ts)
	case "accounts":
		s.printAccounts(ts)
	case "invitations":
		s.printInvitations(ts)
	case "accept":
		s.accept(ts, args[1:])
	case "add":
		s.add(ts, args[1:])
	default:
		ts.Fatalf("sandbox: no such word: %s", args[0])
	}
}

func (s *served) start(ts *testscript.TestScript, args []string) {
	seed, err := sandbox.LoadSeed(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	options := sandbox.Options{Seed: seed}
	if len(args) > 1 {
		options.SecretKey = args[1]
		ts.Setenv("CLERK_SECRET_KEY", args[1])
	}
	s.Server, err = sandbox.New(options)
	ts.Check(err)
	s.current.Store(s.Server)
	if s.http != nil { // the next instance has the same address, as Clerk's have
		return
	}
	s.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.current.Load().ServeHTTP(w, r) }))
	ts.Defer(s.http.Close)
	ts.Setenv("CLERK_URL", s.http.URL)
	ts.Setenv("PORT", s.http.URL[strings.LastIndex(s.http.URL, ":")+1:])
	ts.Setenv("STATE", defaultState(s.http.URL))
	if settled := ts.MkAbs(".local/state/settled"); !missing(settled) {
		ts.Check(os.Rename(settled, ts.MkAbs(".local/state/"+defaultState(s.http.URL))))
	}
}

// printRequests writes one line for each request, and how many there are: a
// word that writes nothing would leave the output of the word before it.
func printRequests(ts *testscript.TestScript, requests []sandbox.Request) {
	for _, r := range requests {
		_, err := fmt.Fprintln(ts.Stdout(), strings.TrimSpace(fmt.Sprintf("%d %s %s %s", r.Status, r.Kind, r.Path, r.Query)))
		ts.Check(err)
	}
	_, err := fmt.Fprintf(ts.Stdout(), "%d requests\n", len(requests))
	ts.Check(err)
}

// printMembers writes one line for each membership, sorted: organization,
// user, role, both metadata objects.
func (s *served) printMembers(ts *testscript.TestScript) {
	for _, m := range s.Snapshot().Memberships {
		_, err := fmt.Fprintf(ts.Stdout(), "%s %s %s %s %s\n", m.OrganizationID, m.UserID, m.Role, orEmpty(m.PublicMetadata), orEmpty(m.PrivateMetadata))
		ts.Check(err)
	}
}

// add adds a membership as somebody does it in Clerk's dashboard: without a marker.
func (s *served) add(ts *testscript.TestScript, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: sandbox add ORGANIZATION USER ROLE")
	}
	ts.Check(s.AddMembership(sandbox.Membership{OrganizationID: args[0], UserID: args[1], Role: args[2]}))
}

func orEmpty(object json.RawMessage) string {
	if len(object) == 0 {
		return "{}"
	}
	return string(object)
}

// scriptExits runs a command and wants exactly this exit code; testscript's
// own ! takes any failure for the right one.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if neg || err != nil || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT]...")
	}
	if got := exitOf(ts, ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func exitOf(ts *testscript.TestScript, err error) int {
	if err == nil {
		return 0
	}
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		ts.Fatalf("%v", err)
	}
	return exit.ExitCode()
}

var hashes = regexp.MustCompile(`(?:To approve(?: for the .*)?: .*approve |href="\./approve/)([0-9a-f]{32,64})\b`)

// scriptHash puts the hashes that a text plan, or the status page, offers for
// approval into variables, in their order: hash FILE NAME...
func scriptHash(ts *testscript.TestScript, neg bool, args []string) {
	found := hashes.FindAllStringSubmatch(ts.ReadFile(args[0]), -1)
	if neg || len(found) != len(args)-1 {
		ts.Fatalf("%s offers %d hashes for approval, want %d", args[0], len(found), len(args)-1)
	}
	for i, name := range args[1:] {
		ts.Setenv(name, found[i][1])
	}
}

const patience = 30 * time.Second

// scriptAwait waits until a file is there.
func scriptAwait(ts *testscript.TestScript, _ bool, args []string) {
	until(ts, "file "+args[0], func() bool {
		_, err := os.Stat(ts.MkAbs(args[0]))
		return err == nil
	})
}

func until(ts *testscript.TestScript, what string, met func() bool) {
	for end := time.Now().Add(patience); !met(); {
		if time.Now().After(end) {
			ts.Fatalf("waited %s for %s", patience, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// scriptSignal runs a program, sends it a signal when the sandbox has seen a
// request of a kind, and wants an exit code, -1 for death: WORD KIND COMMAND...
func scriptSignal(signal os.Signal, want int) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		path, err := lookPath(ts.Getenv("PATH"), args[1])
		ts.Check(err)
		cmd := exec.CommandContext(ctx, path, args[2:]...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), ts.Stdout(), ts.Stderr()
		for _, name := range []string{"HOME", "CLERK_URL", "CLERK_SECRET_KEY", "PATH", "GOGC"} {
			cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
		}
		ts.Check(cmd.Start())
		until(ts, args[0], func() bool {
			return slices.ContainsFunc(serverOf(ts).Requests(), func(r sandbox.Request) bool { return strings.HasPrefix(r.Kind, args[0]) })
		})
		ts.Check(cmd.Process.Signal(signal))
		if got := exitOf(ts, cmd.Wait()); got != want {
			ts.Fatalf("exit code %d, want %d", got, want)
		}
	}
}

func lookPath(path, name string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && !info.IsDir() {
			return file, nil
		}
	}
	return "", fmt.Errorf("no %s in PATH", name)
}
