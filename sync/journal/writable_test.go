package journal

import (
	"os"
	"path/filepath"
	"testing"
)

// A state directory can be written where it is, or made where the next one
// above it that exists can be written; nothing is made to find out.
func TestWritable(t *testing.T) {
	dir := t.TempDir()
	file, shut := filepath.Join(dir, "file"), filepath.Join(dir, "shut")
	write(t, file, nil)
	must(t, os.Mkdir(shut, 0o500))
	root := os.Geteuid() == 0 // whom no mode keeps out
	for name, x := range map[string]struct {
		dir  string
		want bool
	}{
		"there":               {dir, true},
		"not there yet":       {filepath.Join(dir, "state"), true},
		"nor the one above":   {filepath.Join(dir, "a", "b", "state"), true},
		"below a file":        {filepath.Join(file, "state"), false},
		"of somebody else":    {shut, root},
		"below one of theirs": {filepath.Join(shut, "state"), root},
	} {
		if got := Writable(x.dir); got != x.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
