package main

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// toJournal reports whether w is what systemd connects to its journal: the
// variable JOURNAL_STREAM names the device and inode of it (systemd.exec(5)).
// The variable alone does not tell, for whoever is redirected inherits it.
func toJournal(w io.Writer, lookup func(string) (string, bool)) bool {
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
