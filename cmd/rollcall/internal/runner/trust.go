package runner

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// RefuseAsRoot says why root does not take a file of the working directory that
// nobody named: whoever left it there would have root send its key anywhere
// (S34).
func RefuseAsRoot(file string, uid int) error {
	if uid != 0 {
		return nil
	}
	for _, look := range []func(string) (fs.FileInfo, error){os.Lstat, os.Stat} {
		info, err := look(file)
		if err != nil {
			return nil //nolint:nilerr // reading it says more
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		link := info.Mode()&fs.ModeSymlink != 0 // of which the mode says nothing
		if ok && (stat.Uid != 0 || !link && writableByOthers(info)) {
			return UsageError{Err: fmt.Errorf("open configuration %s: other users than root can write it (owner %d, mode %04o), so root does not use it by default; if you trust it, use --config ./%s",
				file, stat.Uid, info.Mode().Perm(), file)}
		}
	}
	return nil
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
		stat, ok := info.Sys().(*syscall.Stat_t)
		link, guarded := info.Mode()&fs.ModeSymlink != 0, info.Mode()&fs.ModeSticky != 0
		if ok && (stat.Uid != 0 || !link && !guarded && writableByOthers(info)) {
			problem = fmt.Errorf("other users than root can write %s (owner %d, mode %04o), so root does not run the program; give it and its directories to root, or run rollcall as another user",
				step, stat.Uid, info.Mode().Perm())
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
	stat, ok := info.Sys().(*syscall.Stat_t)
	return info.Mode().Perm()&all != 0 || ok && stat.Gid != 0 && info.Mode().Perm()&group != 0
}
