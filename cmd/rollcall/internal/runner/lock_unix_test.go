//go:build unix

package runner

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A child process between fork and exec has a copy of the lock's descriptor.
// The next run does not find the lock taken.
func TestReleasedLockIsFreeBesideACopyOfItsDescriptor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		f, err := openPlain(file, os.O_RDWR|os.O_CREATE)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := open()
	if err := tryLock(f); err != nil {
		t.Fatal(err)
	}
	child, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(child) }()
	next := open()
	defer func() { _ = next.Close() }()
	if err := tryLock(next); !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Errorf("while the first run has it: %v", err)
	}
	if err := releaseLock(f); err != nil {
		t.Fatal(err)
	}
	if err := tryLock(next); err != nil {
		t.Errorf("after the first run: %v", err)
	}
}
