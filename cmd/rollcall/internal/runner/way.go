package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"rollcall/source/platform"
)

// refuseOthersWay refuses a directory of root's that somebody else could put
// another one in the place of: a link to it, or a directory above it, is theirs
// (S34).
func refuseOthersWay(dir string) error {
	step, uid, err := othersStep(dir)
	switch {
	case err != nil:
		return fmt.Errorf("find the owner of the state directory: %w", err)
	case step == "":
		return nil
	}
	return fmt.Errorf("use the state directory %s: it belongs to root, but %s in its path belongs to user %d, who could replace it; give the state directory to that user, or use a directory with --state whose whole path belongs to root",
		dir, step, uid)
}

// way is how far a path was followed.
type way struct {
	at    string   // the directory that was reached
	rest  []string // the steps from there
	links int
}

// othersStep is the first link or directory on the way to a directory that is not
// root's; empty if there is none, or the way ends before.
func othersStep(dir string) (step string, uid int, err error) {
	err = follow(dir, func(at string, info fs.FileInfo) bool {
		owner, _, known := platform.Owner(info)
		if known && owner != 0 {
			step, uid = at, owner
		}
		return step == ""
	})
	return step, uid, err
}

// follow shows every link, directory and file on the way to a path, as long as see
// wants more; the way may end before.
func follow(path string, see func(step string, info fs.FileInfo) bool) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	var w way
	w.at, w.rest = platform.Split(abs)
	for len(w.rest) > 0 {
		step := filepath.Join(w.at, w.rest[0])
		info, err := os.Lstat(step)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			return nil
		}
		if err != nil {
			return err
		}
		if !see(step, info) {
			return nil
		}
		if err := w.take(step, info); err != nil {
			return err
		}
	}
	return nil
}

// take goes one step, which may be a link.
func (w *way) take(step string, info fs.FileInfo) error {
	const mostLinks = 40 // as for the kernel
	w.rest = w.rest[1:]
	if info.Mode()&fs.ModeSymlink == 0 {
		w.at = step
		return nil
	}
	if w.links++; w.links > mostLinks {
		return syscall.ELOOP
	}
	target, err := os.Readlink(step)
	names := strings.Split(target, string(filepath.Separator))
	if filepath.IsAbs(target) {
		w.at, names = platform.Split(target)
	}
	w.rest = append(names, w.rest...)
	return err
}
