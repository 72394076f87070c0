package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// Rename gives a file its name, and fails with [os.ErrExist] when it is taken.
func Rename(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if err == unix.EINVAL || err == unix.ENOSYS {
		return renameFree(from, to) // not every file system knows how
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}
