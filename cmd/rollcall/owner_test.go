package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
	"rollcall/source/platform"
)

const nobody = 65534

// yields runs the program, which may give the rights of root away, in a process
// of its own.
func yields(t *testing.T, want int, args ...string) string {
	t.Helper()
	cmd := exec.Command("rollcall", args...)
	cmd.Env = append(os.Environ(), "CLERK_SECRET_KEY="+sandbox.DefaultSecretKey)
	out, _ := cmd.CombinedOutput() // the exit code says more
	if code := cmd.ProcessState.ExitCode(); code != want {
		t.Fatalf("%v: exit code %d, want %d\n%s", args, code, want, out)
	}
	return string(out)
}

// share lets everybody read the files of a test's directory.
func share(t *testing.T, dir string) {
	t.Helper()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // all directories of the test lie in it
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.Chmod(filepath.Join(dir, f.Name()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A run by root leaves nothing that locks the service's own user out.
func TestS34RootWorksForTheOwnerOfTheState(t *testing.T) {
	if os.Geteuid() != 0 {
		suite.Skip(t, "root", "only root can give files away")
	}
	_, config := twoOrganizations(t)
	share(t, filepath.Dir(config))
	dir := t.TempDir()
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	yields(t, 3, "apply", "--config", config, "--state", dir)
	yields(t, 0, "pause", "big", "--reason", "audit", "--config", config, "--state", dir)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 3 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if uid, _, known := platform.Owner(info); !known || uid != nobody || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, owner %+v", f.Name(), info.Mode(), info.Sys())
		}
	}
}

// As root, rollcall does nothing that the owner of the state directory could
// not do: what that owner cannot read is not read, the configuration apart,
// and a link that the owner put there leads to no file of root's.
func TestS34RootGivesItsRightsAway(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		suite.Skip(t, "root", "only root can give files away")
	}
	for name, x := range map[string]struct {
		plant func(dir, secret string) error
		told  string
	}{
		"a link for the journal":         {func(dir, secret string) error { return os.Symlink(secret, filepath.Join(dir, "journal.db")) }, "not a regular file"},
		"a link for the lock":            {func(dir, secret string) error { return os.Symlink(secret, filepath.Join(dir, "lock")) }, "not a regular file"},
		"a hard link for the lock":       {func(dir, secret string) error { return os.Link(secret, filepath.Join(dir, "lock")) }, "permission denied"},
		"a directory that is not theirs": {func(dir, _ string) error { return os.Symlink("/root", filepath.Join(dir, "deeper")) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, config := twoOrganizations(t)
			share(t, filepath.Dir(config))
			dir, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret")
			if err := errors.Join(os.Chown(dir, nobody, nobody), os.WriteFile(secret, []byte("precious"), 0o600), x.plant(dir, secret)); err != nil {
				t.Fatal(err)
			}
			if x.told != "" {
				if out := yields(t, 1, "apply", "--config", config, "--state", dir); !strings.Contains(out, x.told) {
					t.Errorf("got %s", out)
				}
			} else {
				yields(t, 3, "apply", "--config", config, "--state", filepath.Join(dir, "new"))
			}
			if text, err := os.ReadFile(secret); err != nil || string(text) != "precious" {
				t.Errorf("the file of root's is now %q, %v", text, err)
			}
		})
	}
	t.Run("a directory that its owner cannot reach", func(t *testing.T) {
		_, config := twoOrganizations(t)
		share(t, filepath.Dir(config))
		above := t.TempDir()
		dir := filepath.Join(above, "state")
		if err := errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, nobody, nobody), os.Chmod(above, 0o700)); err != nil {
			t.Fatal(err)
		}
		if withCgo() {
			yields(t, 1, "apply", "--config", config, "--state", dir) // and root's rights are not used
			return
		}
		yields(t, 3, "apply", "--config", config, "--state", dir)
		yields(t, 0, "history", "--config", config, "--state", dir)
	})
	t.Run("a stranger's link to a directory of root's", func(t *testing.T) {
		_, config := twoOrganizations(t)
		share(t, filepath.Dir(config))
		dir, link := t.TempDir(), filepath.Join(t.TempDir(), "state")
		if err := errors.Join(os.Symlink(dir, link), os.Lchown(link, nobody, nobody)); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"apply"}, {"plan"}, {"history"}, {"pause", "big", "--reason", "audit"}} {
			out := yields(t, 1, append(args, "--config", config, "--state", link)...)
			if !strings.Contains(out, "in its path belongs to user 65534") {
				t.Errorf("%v: %s", args, out)
			}
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
			t.Errorf("root left %v, %v", files, err)
		}
		if err := os.Lchown(link, 0, 0); err != nil {
			t.Fatal(err)
		}
		yields(t, 3, "apply", "--config", config, "--state", link)
	})
	t.Run("a source of root's", func(t *testing.T) {
		_, config := twoOrganizations(t)
		share(t, filepath.Dir(config))
		csv, _ := filepath.Glob(filepath.Join(filepath.Dir(config), "*.csv"))
		if len(csv) == 0 || os.Chmod(csv[0], 0o600) != nil || os.Chmod(config, 0o600) != nil {
			t.Fatal("no source to close")
		}
		dir := t.TempDir()
		yields(t, 3, "plan", "--config", config, "--state", dir) // root's own state: as root
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("rollcall", "plan", "--config", config, "--state", dir)
		cmd.Env = append(os.Environ(), "CLERK_SECRET_KEY="+sandbox.DefaultSecretKey)
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "permission denied") {
			t.Errorf("got %v, %s", err, out)
		}
	})
}

// withCgo reports how the program of the tests was built.
func withCgo() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "CGO_ENABLED", Value: "1"})
}
