package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/cmd/rollcall/internal/runner"
)

// As root, a rollcall.yaml of the working directory counts only where nobody
// else could have written it; one that is named always does (S34).
func TestS34RootTrustsNoConfigurationOfOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		suite.Skip(t, "root", "only root can give files away")
	}
	give := func(file string) error { return os.Chown(file, nobody, nobody) }
	mode := func(m os.FileMode) func(string) error { return func(file string) error { return os.Chmod(file, m) } }
	for name, x := range map[string]struct {
		change func(file string) error
		taken  bool
	}{
		"root's own":              {func(string) error { return nil }, true},
		"root's group may write":  {mode(0o660), true},
		"of somebody else":        {give, false},
		"everybody may write":     {mode(0o666), false},
		"another group may write": {func(file string) error { return errors.Join(os.Chown(file, 0, nobody), os.Chmod(file, 0o660)) }, false},
		"a stranger's link": {func(file string) error {
			return errors.Join(os.Rename(file, file+".old"), os.Symlink(file+".old", file), os.Lchown(file, nobody, nobody))
		}, false},
		"root's link to a stranger's": {func(file string) error {
			return errors.Join(os.Rename(file, file+".old"), os.Symlink(file+".old", file), os.Chown(file+".old", nobody, nobody))
		}, false},
		"root's link": {func(file string) error {
			return errors.Join(os.Rename(file, file+".old"), os.Symlink(file+".old", file))
		}, true},
		"not there": {os.Remove, true}, // reading it says more
	} {
		file := filepath.Join(t.TempDir(), "rollcall.yaml")
		if err := errors.Join(os.WriteFile(file, []byte("{}"), 0o600), x.change(file)); err != nil {
			t.Fatal(err)
		}
		if err := runner.RefuseAsRoot(file, 0); (err == nil) != x.taken || err != nil && !strings.Contains(err.Error(), "if you trust it, use --config") {
			t.Errorf("%s: %v", name, err)
		}
		if err := runner.RefuseAsRoot(file, 1000); err != nil {
			t.Errorf("%s, and not as root: %v", name, err)
		}
	}
}
