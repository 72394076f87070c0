package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
)

// A user without a state directory, on a disk that is read-only, gets a dry
// run that says which protections are off.
func TestPlanOnAReadOnlyDisk(t *testing.T) {
	dir := t.TempDir()
	mount := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("mount", args...).CombinedOutput(); err != nil {
			suite.Skip(t, "root", fmt.Sprintf("a read-only disk is mounted: %v %s", err, out))
		}
	}
	mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", dir)
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	c := newCrash(t, "")
	for _, file := range []string{"people.csv", "rollcall.yaml"} {
		writeFiles(t, dir, map[string]string{file: read(t, filepath.Join(c.dir, file))})
	}
	mount("-o", "remount,ro", dir)
	t.Setenv("HOME", dir)
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("STATE_DIRECTORY", "")
	t.Setenv("CLERK_SECRET_KEY", sandbox.DefaultSecretKey)
	c.works(exec.Command(""))
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"plan", "--config", filepath.Join(dir, "rollcall.yaml")}, nil, &stdout, &stderr)
	out := stdout.String()
	if code != 0 || !strings.Contains(out, fmt.Sprintf("%[1]d to add, %[1]d to invite", 2*crashPeople())) {
		t.Errorf("exit %d\n%s%s", code, out, &stderr)
	}
	for _, rule := range []string{"S01", "S10", "S11", "S12", "S14", "S15", "S17", "S18", "S20", "S21", "S22", "S29", "S30", "S32"} {
		if !strings.Contains(out, rule+" (") {
			t.Errorf("the plan does not say that %s is off:\n%s", rule, out)
		}
	}
}
