package disk

import (
	"os"

	"golang.org/x/sys/windows"
)

// Rename gives a file its name, and fails with [os.ErrExist] when it is taken. The
// name is on the disk when the call returns.
func Rename(from, to string) error {
	old, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	name, err := windows.UTF16PtrFromString(to)
	if err == nil {
		err = windows.MoveFileEx(old, name, windows.MOVEFILE_WRITE_THROUGH)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}
