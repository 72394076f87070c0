package check

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"rollcall/clerkapi"
	"rollcall/source/platform"
)

// othersMayWrite warns of a file, or its directory, that every user may write:
// what stands in it decides who is let in.
func (c *Checkup) othersMayWrite(file string) {
	const all fs.FileMode = 0o002
	if info, err := os.Stat(file); err == nil && permits(info, all) {
		c.warn("%s can be written by every user of this machine: chmod o-w %s", file, file)
	}
	dir := filepath.Dir(file)
	if info, err := os.Stat(dir); err == nil && permits(info, all) && info.Mode()&fs.ModeSticky == 0 {
		c.warn("%s can be replaced by every user of this machine: chmod o-w %s", file, dir)
	}
}

// permits reports whether a file has one of these permission bits, where they count.
func permits(info fs.FileInfo, bits fs.FileMode) bool {
	return platform.HasModes && info.Mode().Perm()&bits != 0
}

// listener warns of a status page that the network may read: it asks nobody for
// a password.
func (c *Checkup) listener() {
	host, _, err := net.SplitHostPort(c.config.Serve.Listen)
	open := err == nil && !clerkapi.IsLoopback(host)
	switch a := c.config.Serve.Approve; {
	case !a.IsOn():
	case open:
		c.warn("serve.approve: the header %s is sent unencrypted from the proxy to %s, so anybody who can read that network can approve; run both on one machine and listen on 127.0.0.1", a.Header, c.config.Serve.Listen)
	default:
		c.warn("serve.approve: every account on this machine can send the header %s and approve as anybody on the list: allow only approvers to log in here", a.Header)
	}
	if open {
		c.warn("serve.listen: %s is open to the network, and the status page has no password: it shows organizations, files and what waits; listen on 127.0.0.1, or allow only probes and Prometheus", c.config.Serve.Listen)
	}
}
