package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"rollcall/.ci/suite"
)

// programDir holds the program that the tests share; it is made when a test
// asks for the program.
var programDir string

// program builds the real program once. The checkout may belong to another
// user, of whose repository git tells nothing: the build takes no revision.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "rollcall-test")
	if err != nil {
		return "", err
	}
	programDir = dir
	binary := filepath.Join(dir, "rollcall")
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
})

// buildRollcall is the real program. In short, tests have the one in their own binary,
// which scripts run too: it need not be built and linked.
func buildRollcall(t testing.TB) string {
	t.Helper()
	if _, benchmark := t.(*testing.B); !benchmark && !suite.All() {
		binary, err := exec.LookPath("rollcall")
		if err != nil {
			t.Fatal(err)
		}
		return binary
	}
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// withProgram removes the program after the tests.
type withProgram struct{ suite.Main }

func (w withProgram) Run() int {
	code := w.Main.Run()
	if programDir != "" {
		_ = os.RemoveAll(programDir) // the directory of temporary files is the system's
	}
	return code
}
