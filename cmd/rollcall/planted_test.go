package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	stdsync "sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"rollcall/clerkapi/sandbox"
	"rollcall/source/ldap/ldaptest"
)

// planted are the secrets that tests give the program, by what they are. None
// may show up in anything that it writes: each run of it by a test is watched,
// and what a script leaves behind is searched.
var planted = map[string]string{
	"Clerk key":            sandbox.DefaultSecretKey,
	"other Clerk key":      "sk_test_wrong",
	"LDAP bind password":   ldaptest.Password,
	"SMTP password":        "planted-smtp-password",
	"webhook secret":       "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0123456789ab",
	"address of a webhook": receiverPath,
	"HTTP bearer":          "hidden-token",
	"query of an address":  "sig=hidden",
	invitationLink:         "accounts.dev/v1/tickets/",
}

// invitationLink is the link of an invitation, which show --links prints and the
// journal keeps.
const invitationLink = "link of an invitation"

// receiverPath is the secret part of the addresses of webhooks, Slack and heartbeats.
const receiverPath = "/services/T0PLANTED/B0SECRET"

// leakCode is the exit code of a program that gave a secret away.
const leakCode = 99

// leaked names the planted secret that a text holds, except for those that may stand
// there; empty for none.
func leaked(text []byte, except ...string) string {
	for name, secret := range planted {
		if !slices.Contains(except, name) && bytes.Contains(text, []byte(secret)) {
			return name
		}
	}
	return ""
}

// watch passes on what the program writes, and ends it at once when that holds
// a secret, also one that is written in pieces.
type watch struct {
	io.Writer
	name   string
	except []string
	mutex  stdsync.Mutex
	tail   []byte
}

// Write searches before it passes on.
func (w *watch) Write(p []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.tail = append(w.tail, p...)
	if secret := leaked(w.tail, w.except...); secret != "" {
		_, _ = fmt.Fprintf(os.Stderr, "LEAK: the %s is in %s\n", secret, w.name) // the exit code tells, too
		os.Exit(leakCode)                                                        //nolint:forbidigo // the program itself would end well
	}
	const longest = 128
	w.tail = slices.Clone(w.tail[max(0, len(w.tail)-longest):])
	return w.Writer.Write(p)
}

// mainWatched is the program as tests run it. The sandbox says its own key on
// purpose, and a terminal is left as it is.
func mainWatched() {
	if len(os.Args) > 1 && (os.Args[1] == "sandbox" || os.Args[1] == "demo") || isTerminal(os.Stdout) || os.Getenv("JOURNAL_STREAM") != "" {
		main()
	}
	spareMemory()
	out, err := &watch{Writer: os.Stdout, name: "stdout"}, &watch{Writer: os.Stderr, name: "stderr"}
	if slices.Contains(os.Args, "--links") {
		out.except = []string{invitationLink}
	}
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, out, err)) //nolint:forbidigo // it stands for main
}

// leftBehind searches what a script's program has left in its directory: state,
// metrics, logs, reports. The files that the script began with, and those that
// hold a secret and nothing else, are where secrets belong.
func leftBehind(dir string, given map[string]bool, skip string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // it went while we looked
		case entry.IsDir() && path == skip:
			return filepath.SkipDir
		case !entry.Type().IsRegular() || given[path]:
			return nil
		}
		var except []string
		if strings.HasPrefix(entry.Name(), "journal.db") {
			except = []string{invitationLink}
		}
		data, err := os.ReadFile(path)
		if secret := leaked(data, except...); err == nil && secret != "" && strings.ContainsAny(strings.TrimSpace(string(data)), " \n") {
			return fmt.Errorf("LEAK: the %s is in %s", secret, path)
		}
		return nil
	})
}

// watchLeftBehind searches the directory of a script when it ends.
func watchLeftBehind(e *testscript.Env, s *served) {
	given := map[string]bool{}
	_ = filepath.WalkDir(e.WorkDir, func(path string, _ fs.DirEntry, _ error) error { // a file that is missed is searched
		given[path] = true
		return nil
	})
	e.Defer(func() {
		skip := ""
		if s.slapd != nil {
			skip = s.slapd.Dir
		}
		if err := leftBehind(e.WorkDir, given, skip); err != nil {
			e.T().Fatal(err)
		}
	})
}

// The watch itself: it sees a secret in one write and over several, in what is
// left behind, and in a program that gives one away.
func TestLeaksAreSeen(t *testing.T) {
	for name, secret := range planted {
		if got := leaked([]byte("before " + secret + " after")); got == "" {
			t.Errorf("the %s is not seen", name)
		}
	}
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"key": sandbox.DefaultSecretKey + "\n"})
	if err := leftBehind(dir, nil, ""); err != nil {
		t.Errorf("a file that is a secret: %v", err)
	}
	writeFiles(t, dir, map[string]string{"state": "the key is " + sandbox.DefaultSecretKey + "\n"})
	if err := leftBehind(dir, nil, ""); err == nil {
		t.Error("a file that holds a secret is not seen")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "plan", "--config", "/nowhere/"+sandbox.DefaultSecretKey)
	cmd.Args[0] = "rollcall" // TestMain then runs the program
	out, err := cmd.CombinedOutput()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != leakCode || !strings.Contains(string(out), "LEAK: the Clerk key is in stderr") {
		t.Errorf("a program that says the key ends with %v:\n%s", err, out)
	}
}

func TestAWatchSeesASecretInPieces(t *testing.T) {
	w := &watch{Writer: io.Discard}
	half := len(receiverPath) / 2
	if _, err := w.Write([]byte(strings.Repeat("x", 300) + receiverPath[:half])); err != nil {
		t.Fatal(err)
	}
	if got := leaked(append(slices.Clone(w.tail), receiverPath[half:]...)); got == "" {
		t.Error("the second half would not be seen")
	}
}
