package platform

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"rollcall/.ci/suite"
)

func TestMain(m *testing.M) { suite.Run(m) }

func TestSwitch(t *testing.T) { suite.Known(t) }

// The names below the root lead to the file again.
func TestSplit(t *testing.T) {
	file, err := filepath.Abs("platform_test.go")
	if err != nil {
		t.Fatal(err)
	}
	root, names := Split(file)
	if back := root + filepath.Join(names...); back != file || !filepath.IsAbs(root) || filepath.Dir(root) != root || len(names) < 2 {
		t.Errorf("%s begins at %q and goes on with %q", file, root, names)
	}
}

// A name without a special character is no pattern, and the separator is none.
func TestHasGlob(t *testing.T) {
	plain := filepath.Join("export", "people.csv")
	for _, path := range []string{plain + "*", plain + "?", "[ab]"} {
		if !HasGlob(path) {
			t.Errorf("%s is a pattern", path)
		}
	}
	if HasGlob(plain) {
		t.Errorf("%s is no pattern", plain)
	}
}

// Where permission bits count, owners are known, and a file has a number of its own.
func TestOwnerAndInode(t *testing.T) {
	dir := t.TempDir()
	var seen []uint64
	for _, name := range []string{"a", "b"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if uid, gid, known := Owner(info); known != HasModes || known && (uid != os.Getuid() || gid < 0) {
			t.Errorf("the owner is %d, %d, %t", uid, gid, known)
		}
		seen = append(seen, Inode(info))
	}
	if HasModes && (seen[0] == seen[1] || slices.Contains(seen, 0)) {
		t.Errorf("the files have the numbers %d", seen)
	}
}

// A link is not followed where NoFollow is given (S34).
func TestS34NoFollow(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Skip(err) // Windows lets not everybody make one
	}
	for _, name := range []string{file, link} {
		f, err := os.OpenFile(name, os.O_RDONLY|NoFollow|NonBlock, 0)
		regular := false
		if err == nil {
			info, statErr := f.Stat()
			regular = statErr == nil && info.Mode().IsRegular()
			_ = f.Close() // nothing was written
		}
		if regular != (name == file) {
			t.Errorf("%s: opened as a regular file: %t, %v", name, regular, err)
		}
	}
}
