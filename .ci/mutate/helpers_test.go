package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository writes files below a new directory and returns it. go.mod and
// empty lists are there unless the files have others.
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"go.mod": "module example\n\ngo 1.26.0\n", ".ci/mutate/quick.txt": "", ".ci/mutate/equivalent.txt": ""}
	maps.Copy(all, files)
	for name, text := range all {
		put(t, root, name, text)
	}
	if out, err := exec.CommandContext(t.Context(), "git", "init", "-q", root).CombinedOutput(); err != nil {
		t.Fatalf("git init: %v\n%s", err, out)
	}
	return root
}

func put(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// mutate calls the program and returns what it prints, and its exit status.
func mutate(t *testing.T, root string, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	code := status(t.Context(), append([]string{"-root", root}, args...), &out, &out)
	return out.String(), code
}

// contains fails for each text that is not in the output.
func contains(t *testing.T, output string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(output, text) {
			t.Errorf("no %q in\n%s", text, output)
		}
	}
}
