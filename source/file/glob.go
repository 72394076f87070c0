package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"rollcall/source/platform"
)

// expandPath lists what a path or glob names, sorted. A path that exists is
// itself, whatever characters it has. Unlike filepath.Glob it reports a
// directory that could not be read: what is hidden there would be missing, and
// the people in it would look gone (S09).
func expandPath(pattern string) ([]string, error) {
	if _, err := os.Lstat(pattern); err == nil || !platform.HasGlob(pattern) {
		return []string{pattern}, nil
	}
	paths, err := expandGlob(filepath.Clean(pattern))
	slices.Sort(paths)
	return paths, err
}

func expandGlob(pattern string) ([]string, error) {
	if !platform.HasGlob(pattern) {
		return existing(pattern)
	}
	dir, name := filepath.Split(pattern)
	dirs, err := expandGlob(filepath.Clean(dir))
	if err != nil {
		return nil, err
	}
	var found []string
	for _, d := range dirs {
		in, err := matchIn(d, name)
		if err != nil {
			return nil, err
		}
		found = append(found, in...)
	}
	return found, nil
}

// matchIn lists the entries of one directory whose name the pattern matches.
// As in a shell, a name that begins with a dot must be asked for: programs
// that copy files write under such names first.
func matchIn(dir, pattern string) ([]string, error) {
	if !platform.HasGlob(pattern) {
		return existing(filepath.Join(dir, pattern))
	}
	entries, err := os.ReadDir(dir)
	if absent(err) {
		return nil, nil
	}
	var found []string
	for _, e := range entries {
		if ok, _ := filepath.Match(pattern, e.Name()); ok && (e.Name()[0] != '.' || pattern[0] == '.') {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	return found, err
}

func existing(path string) ([]string, error) {
	_, err := os.Lstat(path)
	if absent(err) {
		return nil, nil
	}
	return []string{path}, err
}

// absent reports that a path is not there, or that a part of it is a file.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
