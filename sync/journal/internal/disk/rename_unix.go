//go:build unix

package disk

import (
	"io/fs"
	"os"
)

// renameFree looks first whether the name is taken, for want of a call that
// does both.
func renameFree(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	}
	return os.Rename(from, to)
}
