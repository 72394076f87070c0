package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"rollcall/sync/journal/internal/disk"
)

// Writable reports whether a state directory can be written, or made where it
// is not there yet: not on a disk that is read-only, nor where the directories
// belong to somebody else. It writes nothing to find out.
func Writable(dir string) bool {
	for {
		_, err := os.Stat(dir)
		if err == nil {
			return disk.MayWrite(dir)
		}
		above := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) || above == dir {
			return false
		}
		dir = above
	}
}
