package main

import (
	"os"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"rollcall/source/file/filetest"
)

// scriptSFTP starts an SFTP server, has it cut what it sends, gives it another
// key, or ends it.
func scriptSFTP(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: sftp start DIR | cut BYTES | rekey | stop")
	}
	s := serverOf(ts)
	switch args[0] {
	case "start":
		s.sftpd = startSFTP(ts, ts.MkAbs(args[1]))
	case "cut":
		n, err := strconv.ParseInt(args[1], 10, 64)
		ts.Check(err)
		s.sftpd.Cut(n)
	case "rekey":
		ts.Check(s.sftpd.Rekey())
	case "stop":
		ts.Check(s.sftpd.Close())
	default:
		ts.Fatalf("sftp: no such word: %s", args[0])
	}
}

func startSFTP(ts *testscript.TestScript, dir string) *filetest.SFTP {
	s, err := filetest.NewSFTP()
	ts.Check(err)
	ts.Defer(func() { _ = s.Close() }) // the script may have stopped it
	ts.Check(os.WriteFile(ts.MkAbs("known_hosts"), []byte(s.KnownHosts()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("sftp-key"), s.Key, 0o600))
	ts.Setenv("SFTP_URL", "sftp://rollcall@"+s.Addr().String()+dir)
	return s
}
