package journal

import (
	"fmt"
	"os"
	"path/filepath"

	"rollcall/sync/journal/internal/disk"
)

// fileName is the journal's file in the state directory; SQLite appends the
// suffixes.
const fileName = "journal.db"

var suffixes = []string{"", "-wal", "-shm", "-journal"}

// AsOwner gives the journal's files in a state directory, and the further files
// that are named, to the owner of the directory (S34): else a run by root, once,
// would lock out the service that runs as somebody else. Only root can do so,
// and only files of root's are given; for everybody else it does nothing. A
// name that is a link is refused. [Open] calls it for the journal's own files,
// and SQLite gives the files that it adds to the journal's owner.
func AsOwner(dir string, names ...string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid, known, err := disk.Owner(dir)
	if err != nil {
		return fmt.Errorf("find the owner of the state directory: %w", err)
	}
	if !known || uid == 0 {
		return nil
	}
	for _, suffix := range suffixes {
		names = append(names, fileName+suffix)
	}
	for _, name := range names {
		if err := disk.Give(filepath.Join(dir, name), uid, gid); err != nil {
			return err
		}
	}
	return nil
}
