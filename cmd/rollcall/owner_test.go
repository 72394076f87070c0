package main

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A run by root leaves nothing that locks the service's own user out.
func TestS34RootWorksForTheOwnerOfTheState(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const nobody = 65534
	_, config := threePages(t)
	dir := t.TempDir()
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"apply", "--config", config, "--state", dir}, nil, &out, &out); code != 3 {
		t.Fatalf("exit code %d\n%s", code, &out)
	}
	if code := run(t.Context(), []string{"pause", "big", "--reason", "audit", "--config", config, "--state", dir}, nil, &out, &out); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &out)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 3 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid != nobody || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, owner %+v", f.Name(), info.Mode(), info.Sys())
		}
	}
}
