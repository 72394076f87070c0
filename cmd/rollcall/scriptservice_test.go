package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// service is the rollcall serve of a script.
type service struct {
	cmd *exec.Cmd
	// log is where its stderr goes, read is how much of it was waited for.
	log  string
	read int
	page string
}

const serviceUsage = "usage: service start ARGUMENT... | signal USR1|HUP|TERM | says REGEXP | page PATH [HEADER]... | post PATH [HEADER]... | approve HASH REASON [HEADER]... | ends CODE"

// scriptService runs rollcall serve beside the script.
func scriptService(ts *testscript.TestScript, neg bool, args []string) {
	s := serverOf(ts)
	switch {
	case neg || len(args) == 0:
		ts.Fatalf(serviceUsage)
	case args[0] == "start":
		s.service = startService(ts, args[1:])
	case args[0] == "signal":
		ts.Check(s.service.cmd.Process.Signal(signals[args[1]]))
	case args[0] == "says":
		s.service.says(ts, args[1])
	case args[0] == "page":
		s.service.show(ts, http.MethodGet, args[1], "", args[2:])
	case args[0] == "post":
		s.service.show(ts, http.MethodPost, args[1], "", args[2:])
	case args[0] == "approve":
		form := url.Values{"hash": {args[1]}, "reason": {args[2]}}
		s.service.show(ts, http.MethodPost, "/approve/"+args[1], form.Encode(), args[3:])
	case args[0] == "ends":
		if got := fmt.Sprint(exitOf(ts, s.service.cmd.Wait())); got != args[1] {
			ts.Fatalf("exit code %s, want %s:\n%s", got, args[1], ts.ReadFile(s.service.log))
		}
	default:
		ts.Fatalf(serviceUsage)
	}
}

func startService(ts *testscript.TestScript, args []string) *service {
	path, err := lookPath(ts.Getenv("PATH"), "rollcall")
	ts.Check(err)
	s := &service{log: "serve.log"}
	log, err := os.Create(ts.MkAbs(s.log))
	ts.Check(err)
	defer func() { ts.Check(log.Close()) }()
	s.cmd = exec.CommandContext(context.Background(), path, append([]string{"serve"}, args...)...)
	s.cmd.Dir, s.cmd.Stderr, s.cmd.Stdout = ts.MkAbs("."), log, log
	for _, name := range []string{"HOME", "CLERK_URL", "CLERK_SECRET_KEY", "WEB_URL", "WEB_CA", "LDAP_URL", "LDAP_PASSWORD_FILE", "PATH", "NOTIFY_SOCKET", "WATCHDOG_USEC", "ROLLCALL_COMMAND", "GOGC"} {
		if value := ts.Getenv(name); value != "" {
			s.cmd.Env = append(s.cmd.Env, name+"="+value)
		}
	}
	ts.Check(s.cmd.Start())
	ts.Defer(func() {
		if s.cmd.ProcessState == nil {
			_, _ = s.cmd.Process.Kill(), s.cmd.Wait() // the script has failed
			ts.Logf("%s", ts.ReadFile(s.log))
		}
	})
	return s
}

var pageAddress = regexp.MustCompile(`http://[0-9.:]+/`)

// says waits for a line of the log that comes after the one waited for before.
func (s *service) says(ts *testscript.TestScript, pattern string) {
	line := regexp.MustCompile("(?m)" + pattern)
	until(ts, "the service to say "+pattern, func() bool {
		log := ts.ReadFile(s.log)
		at := line.FindStringIndex(log[s.read:])
		if at == nil {
			return false
		}
		if s.page == "" {
			s.page = pageAddress.FindString(log)
		}
		s.read += at[1]
		return true
	})
}

// show prints an answer of the page. It follows no redirect.
func (s *service) show(ts *testscript.TestScript, method, path, body string, headers []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, s.page+path[1:], strings.NewReader(body))
	ts.Check(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Add(name, value)
		if name == "Host" {
			request.Host = value
		}
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	ts.Check(err)
	text, err := io.ReadAll(answer.Body)
	ts.Check(err)
	ts.Check(answer.Body.Close())
	_, err = fmt.Fprintf(ts.Stdout(), "%s\n%s", answer.Status, text)
	ts.Check(err)
}
