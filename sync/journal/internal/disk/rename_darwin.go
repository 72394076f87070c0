package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// Rename gives a file its name, and fails with [os.ErrExist] when it is taken.
func Rename(from, to string) error {
	err := unix.RenamexNp(from, to, unix.RENAME_EXCL)
	if err == unix.ENOTSUP {
		return renameFree(from, to) // not every file system knows how
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}
