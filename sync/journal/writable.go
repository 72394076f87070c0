package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Writable reports whether a state directory can be written, or made where it
// is not there yet: not on a disk that is read-only, nor where the directories
// belong to somebody else. It writes nothing to find out.
func Writable(dir string) bool {
	for {
		_, err := os.Stat(dir)
		if err == nil {
			return unix.Access(dir, unix.W_OK|unix.X_OK) == nil
		}
		above := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) || above == dir {
			return false
		}
		dir = above
	}
}
