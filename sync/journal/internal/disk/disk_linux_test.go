package disk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What is there is looked at, and of what is not, each function names the path.
func TestPathsThatAreNotThere(t *testing.T) {
	dir := t.TempDir()
	for name, ask := range map[string]func(path string) error{
		"network name": func(path string) error { _, err := NetworkName(path); return err },
		"free bytes":   func(path string) error { _, _, err := FreeBytes(path); return err },
		"owner":        func(path string) error { _, _, _, err := Owner(path); return err },
	} {
		if err := ask(dir); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		missing := filepath.Join(dir, "missing")
		if err := ask(missing); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), missing) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if uid, gid, known, err := Owner(dir); uid != os.Getuid() || gid < 0 || !known || err != nil {
		t.Errorf("owner of %s: %d, %d, %t, %v", dir, uid, gid, known, err)
	}
}

// Only a regular file with one name is given away. What is missing needs no owner (S34).
func TestS34WhatIsGivenAway(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"file", "other"} {
		if err := os.WriteFile(path(name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink(path("file"), path("link")), os.Link(path("other"), path("second")), syscall.Mkfifo(path("pipe"), 0o600), os.Mkdir(path("dir"), 0o700)); err != nil {
		t.Fatal(err)
	}
	const refused = "it is a link, or not a regular file"
	for name, says := range map[string]string{
		"file": "", "missing": "", "link": refused, "other": refused, "second": refused, "pipe": refused, "dir": refused,
		"file/below": "open " + path("file/below") + ": not a directory",
	} {
		if err := Give(path(name), os.Getuid(), os.Getgid()); (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
	}
	if os.Getuid() != 0 {
		return // nothing of somebody else's can be given
	}
	for range 2 { // whoever has it by now keeps it
		if err := Give(path("file"), 65534, 65533); err != nil {
			t.Fatal(err)
		}
		if uid, gid, _, err := Owner(path("file")); uid != 65534 || gid != 65533 || err != nil {
			t.Errorf("given to %d, %d, %v", uid, gid, err)
		}
	}
	if err := Give(path("file"), 0, 0); err != nil {
		t.Fatal(err)
	}
	if uid, _, _, err := Owner(path("file")); uid != 65534 || err != nil {
		t.Errorf("taken from its owner: %d, %v", uid, err)
	}
}
