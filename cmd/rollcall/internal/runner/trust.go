package runner

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"rollcall/source/platform"
)

// RefuseAsRoot says why root does not take a file of the working directory that
// nobody named: whoever left it there would have root send its key anywhere
// (S34). On Windows nothing tells who may write a file, so an administrator's process
// takes none at all that nobody named.
func RefuseAsRoot(file string, uid int) error {
	if platform.Elevated() {
		return refuseElevated(file)
	}
	if uid != 0 {
		return nil
	}
	for _, look := range []func(string) (fs.FileInfo, error){os.Lstat, os.Stat} {
		info, err := look(file)
		if err != nil {
			return nil //nolint:nilerr // reading it says more
		}
		owner, _, known := platform.Owner(info)
		link := info.Mode()&fs.ModeSymlink != 0 // of which the mode says nothing
		if known && (owner != 0 || !link && writableByOthers(info)) {
			return UsageError{Err: fmt.Errorf("open configuration %s: other users than root can write it (owner %d, mode %04o), so root does not use it by default; if you trust it, use --config ./%s",
				file, owner, info.Mode().Perm(), file)}
		}
	}
	return nil
}

// refuseElevated is the refusal of an administrator's process.
func refuseElevated(file string) error {
	if _, err := os.Lstat(file); err != nil {
		return nil //nolint:nilerr // reading it says more
	}
	return UsageError{Err: fmt.Errorf("open configuration %s: a process with an administrator's rights does not use it by default, because other users may be able to write it; if you trust it, use --config %s",
		file, filepath.Join(".", file))}
}

// RefuseProgram says why root does not run a program: somebody else could write it,
// or put another one in its place (S34). Any other user runs it with no more rights
// than those of that user.
func RefuseProgram(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return refuseOthersProgram(path)
}

func refuseOthersProgram(path string) error {
	var problem error
	err := follow(path, func(step string, info fs.FileInfo) bool {
		owner, _, known := platform.Owner(info)
		link, guarded := info.Mode()&fs.ModeSymlink != 0, info.Mode()&fs.ModeSticky != 0
		if known && (owner != 0 || !link && !guarded && writableByOthers(info)) {
			problem = fmt.Errorf("other users than root can write %s (owner %d, mode %04o), so root does not run the program; give it and its directories to root, or run rollcall as another user",
				step, owner, info.Mode().Perm())
		}
		return problem == nil
	})
	if problem != nil {
		return problem
	}
	return err
}

// writableByOthers reports whether somebody but the owner of a file may write it.
// The group of root is root's own.
func writableByOthers(info fs.FileInfo) bool {
	const all, group fs.FileMode = 0o002, 0o020
	_, gid, known := platform.Owner(info)
	return info.Mode().Perm()&all != 0 || known && gid != 0 && info.Mode().Perm()&group != 0
}
