package filetest

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// Relay stands between and can cut the connection behind so many bytes of the
// server's.
type Relay struct {
	net.Listener
	to string
	// After is the number of bytes.
	After atomic.Int64
}

// StartRelay stands between the test and an address.
func StartRelay(t testing.TB, to string) *Relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	r := &Relay{Listener: listener, to: to}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				go r.pass(c)
			}
		}
	}()
	return r
}

func (r *Relay) pass(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", r.to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := client.Read(buf)
			if n > 0 {
				_, _ = server.Write(buf[:n])
			}
			if err != nil {
				_ = server.Close()
				return
			}
		}
	}()
	left := r.After.Load()
	buf := make([]byte, 256)
	for left > 0 {
		n, err := server.Read(buf[:min(int64(len(buf)), left)])
		left -= int64(n)
		if _, werr := client.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

// Known is a known_hosts file with the server behind the relay.
func (r *Relay) Known(t testing.TB, s *SSHD) string {
	t.Helper()
	_, from, _ := net.SplitHostPort(s.Address)
	_, to, _ := net.SplitHostPort(r.Addr().String())
	file := filepath.Join(t.TempDir(), "known_hosts")
	must(t, os.WriteFile(file, []byte(strings.Replace(string(s.Read(t, "known_hosts")), ":"+from+" ", ":"+to+" ", 1)), 0o600))
	return file
}
