package disk

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// NeedsFullSync is about a call that Windows does not have: FlushFileBuffers
// writes what is in the disk's own memory too.
const NeedsFullSync = false

// FreeBytes is what this user may still write.
func FreeBytes(dir string) (free uint64, known bool, err error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err == nil {
		err = windows.GetDiskFreeSpaceEx(name, &free, nil, nil)
	}
	if err != nil {
		return 0, false, fmt.Errorf("ask for the free space of %s: %w", dir, err)
	}
	return free, true, nil
}

// MayWrite reports whether there is such a directory. The access control list is
// not read: the first write says what it says.
func MayWrite(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}
