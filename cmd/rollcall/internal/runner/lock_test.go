package runner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"rollcall/.ci/suite"
)

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Whoever may write one file into the state directory can have a run refused,
// which says so, but can neither stop it in silence nor write through it.
func TestStateFilesThatAreNoFiles(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other")
	write(t, other, []byte("precious"))
	for name, plant := range map[string]func(file string) error{
		"pipe":          func(file string) error { return suite.NamedPipe(file) },
		"link":          func(file string) error { return os.Symlink(other, file) },
		"dangling link": func(file string) error { return os.Symlink(other+"2", file) },
		"directory":     func(file string) error { return os.Mkdir(file, 0o700) },
	} {
		dir := t.TempDir()
		for _, file := range []string{"lock", requestsFile} {
			if err := plant(filepath.Join(dir, file)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := takeLock(zap.NewNop(), dir, "apply"); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
			t.Errorf("%s: lock taken, or no reason: %v", name, err)
		}
		if sends := readRequests(dir); sends != nil {
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

// Without a lock the error says who may not write where, and never to remove a file that
// cannot be seen.
func TestLockThatCannotBeOpened(t *testing.T) {
	for err, want := range map[error]string{
		&fs.PathError{Op: "open", Path: "lock", Err: syscall.EACCES}: "run rollcall as the owner of the state directory, or name another one with --state",
		&fs.PathError{Op: "open", Path: "lock", Err: syscall.EROFS}:  "name another state directory with --state",
		notPlain("lock"): "remove it, and check who may write to the state directory",
	} {
		if got := lockRemedy(err); !strings.HasSuffix(got, want) {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

func TestS35LockHolderCannotSteerTheTerminal(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "lock")
	release, err := takeLock(zap.NewNop(), dir, "apply")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	write(t, file, []byte(`{"pid":1,"verb":"\u001b[2Japply\u202e"}`))
	_, err = takeLock(zap.NewNop(), dir, "apply")
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
		release, err := takeLock(zap.New(core), dir, "apply")
		if err != nil {
			t.Fatal(err)
		}
		release()
		if got := logs.FilterMessageSnippet("chmod 700").Len() == 1; got != warned {
			t.Errorf("mode %s: warned %t", mode, got)
		}
	}
}

// What takes the lock's place after it was opened is not written to.
func TestS34LockIsWrittenThroughItsDescriptor(t *testing.T) {
	dir := t.TempDir()
	file, other := filepath.Join(dir, "lock"), filepath.Join(t.TempDir(), "other")
	write(t, other, []byte("precious"))
	f, err := openPlain(file, os.O_RDWR|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := errors.Join(os.Remove(file), os.Symlink(other, file)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tryLock(f), writeHolder(f, holder{PID: 7, Verb: "apply"})); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(other); err != nil || string(text) != "precious" {
		t.Errorf("the linked file is now %q, %v", text, err)
	}
	if h := readHolder(f); h == nil || h.PID != 7 {
		t.Errorf("holder %v", h)
	}
}
