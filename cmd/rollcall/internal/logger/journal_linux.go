package logger

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// ToJournal reports whether w is what systemd connects to its journal: the
// variable JOURNAL_STREAM names the device and inode of it (systemd.exec(5)).
// The variable alone is no proof, because redirected processes inherit it.
func ToJournal(w io.Writer, lookup func(string) (string, bool)) bool {
	stream, _ := lookup("JOURNAL_STREAM")
	file, ok := w.(*os.File)
	if stream == "" || !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && fmt.Sprintf("%d:%d", stat.Dev, stat.Ino) == stream
}
