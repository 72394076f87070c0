package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gofrs/flock"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// Whoever may write one file into the state directory can have a run refused,
// which says so, but can neither stop it in silence nor write through it.
func TestStateFilesThatAreNoFiles(t *testing.T) {
	e := &env{log: zap.NewNop()}
	other := filepath.Join(t.TempDir(), "other")
	write(t, other, []byte("precious"))
	for name, plant := range map[string]func(file string) error{
		"pipe":          func(file string) error { return syscall.Mkfifo(file, 0o600) },
		"link":          func(file string) error { return os.Symlink(other, file) },
		"dangling link": func(file string) error { return os.Symlink(other+"2", file) },
		"directory":     func(file string) error { return os.Mkdir(file, 0o700) },
	} {
		dir := t.TempDir()
		for _, file := range []string{"lock", sendsFile} {
			if err := plant(filepath.Join(dir, file)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := e.lock(dir, "apply"); err == nil || !strings.Contains(err.Error(), "is no plain file") {
			t.Errorf("%s: lock taken, or no reason: %v", name, err)
		}
		if sends := readSends(dir); sends != nil {
			t.Errorf("%s: read %v", name, sends)
		}
	}
	if text, err := os.ReadFile(other); err != nil || string(text) != "precious" {
		t.Errorf("the linked file is now %q, %v", text, err)
	}
	if _, err := os.Stat(other + "2"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was made through a link: %v", err)
	}
}

func TestS35LockHolderCannotSteerTheTerminal(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "lock")
	held := flock.New(file)
	if ok, err := held.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer func() { _ = held.Unlock() }()
	write(t, file, []byte(`{"pid":1,"verb":"\u001b[2Japply\u202e"}`))
	_, err := (&env{log: zap.NewNop()}).lock(dir, "apply")
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\u202e") || !strings.Contains(err.Error(), "process 1") {
		t.Errorf("%q", err)
	}
}

// Whoever can write to the state directory can approve, so it is said when
// that is not its owner alone.
func TestStateDirectoryThatOthersCanWrite(t *testing.T) {
	for mode, warned := range map[os.FileMode]bool{0o700: false, 0o755: false, 0o770: true, 0o707: true, 0o777 | os.ModeSticky: true} {
		dir := t.TempDir()
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		core, logs := observer.New(zap.WarnLevel)
		release, err := (&env{log: zap.New(core)}).lock(dir, "apply")
		if err != nil {
			t.Fatal(err)
		}
		release()
		if got := logs.FilterMessageSnippet("chmod 700").Len() == 1; got != warned {
			t.Errorf("mode %s: warned %t", mode, got)
		}
	}
}
