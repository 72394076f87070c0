package disk

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A name that is taken stays with the file that has it.
func TestANameIsTakenOnce(t *testing.T) {
	for name, rename := range renames {
		dir := t.TempDir()
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		for _, text := range []string{"a", "new"} {
			if err := os.WriteFile(a, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := rename(a, b); (text == "a") != (err == nil) || err != nil && !errors.Is(err, os.ErrExist) {
				t.Error(name, text, err)
			}
		}
		if got, err := os.ReadFile(b); string(got) != "a" || err != nil {
			t.Error(name, "overwrote the file with", string(got), err)
		}
		if err := rename(filepath.Join(dir, "c"), filepath.Join(dir, "d")); !errors.Is(err, os.ErrNotExist) {
			t.Error(name, err)
		}
	}
}
