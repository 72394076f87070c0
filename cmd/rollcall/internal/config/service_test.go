package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What somebody types beside a packaged service is replaced by the command that has the
// secrets, and only where nothing else is wrong.
func TestServiceAdvice(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, asService), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	unset, other := &Problem{Unset: "CREDENTIALS_DIRECTORY"}, &Problem{Unset: "HOME"}
	for name, x := range map[string]struct {
		err   error
		path  string
		names bool
	}{
		"the secrets are missing":  {Problems{unset, unset}, dir, true},
		"there is no package":      {Problems{unset}, t.TempDir(), false},
		"another variable":         {Problems{unset, other}, dir, false},
		"another problem":          {Problems{unset, {Text: "missing"}}, dir, false},
		"an error of another kind": {errors.New("no such file"), dir, false},
	} {
		t.Setenv("PATH", x.path)
		got := ServiceAdvice(x.err, "rollcall.yaml", "plan")
		if named := strings.HasSuffix(got.Error(), "as root, run rollcall-as-service plan"); named != x.names {
			t.Errorf("%s: %v", name, got)
		}
	}
}
