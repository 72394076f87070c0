// Package filetest has the file servers of tests: an HTTPS server ([Web]) with
// the pages and directories that it serves, a real OpenSSH server ([SSHD]), an
// SFTP server in the process of the test ([SFTP]), and a relay that cuts a
// connection ([Relay]). The tests of package file and those of cmd/rollcall use
// it. It does not import package file, whose tests import it.
//
// Read web.go first, then sshd.go, sftp.go and relay.go.
package filetest
