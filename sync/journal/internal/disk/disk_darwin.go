package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// NeedsFullSync says that fsync(2) leaves data in the disk's own memory: only
// F_FULLFSYNC writes it (S32).
const NeedsFullSync = true

// FreeBytes is what an unprivileged process may still write. A file system
// that does not tell its size has no limit that we know of.
func FreeBytes(dir string) (free uint64, known bool, err error) {
	var s unix.Statfs_t
	for {
		if err = unix.Statfs(dir, &s); err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return 0, false, os.NewSyscallError("statfs "+dir, err)
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks > 0, nil
}
