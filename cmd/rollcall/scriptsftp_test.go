package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"io"
	"net"
	"os"
	"strconv"
	"sync/atomic"

	"github.com/pkg/sftp"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// sftpd is an SFTP server of a script. It lets everybody in who has a key; a
// real sshd, which looks at the key, is in the tests of package source.
type sftpd struct {
	net.Listener
	config atomic.Pointer[ssh.ServerConfig]
	cut    atomic.Int64 // bytes of a connection that the client gets; 0 is all
}

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
		s.sftpd.cut.Store(n)
	case "rekey":
		s.sftpd.config.Store(withKey(newSigner(ts)))
	case "stop":
		ts.Check(s.sftpd.Close())
	default:
		ts.Fatalf("sftp: no such word: %s", args[0])
	}
}

func startSFTP(ts *testscript.TestScript, dir string) *sftpd {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	s := &sftpd{Listener: listener}
	ts.Defer(func() { _ = s.Close() }) // the script may have stopped it
	host := newSigner(ts)
	s.config.Store(withKey(host))
	line := knownhosts.Line([]string{listener.Addr().String()}, host.PublicKey())
	ts.Check(os.WriteFile(ts.MkAbs("known_hosts"), []byte(line+"\n"), 0o600))
	_, key, err := ed25519.GenerateKey(rand.Reader)
	ts.Check(err)
	block, err := ssh.MarshalPrivateKey(key, "")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("sftp-key"), pem.EncodeToMemory(block), 0o600))
	ts.Setenv("SFTP_URL", "sftp://rollcall@"+listener.Addr().String()+dir)
	go s.serve()
	return s
}

// withKey configures a server that shows a key, and lets everybody in.
func withKey(host ssh.Signer) *ssh.ServerConfig {
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }}
	config.AddHostKey(host)
	return config
}

func newSigner(ts *testscript.TestScript) ssh.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	ts.Check(err)
	signer, err := ssh.NewSignerFromSigner(key)
	ts.Check(err)
	return signer
}

func (s *sftpd) serve() {
	for {
		conn, err := s.Accept()
		if err != nil {
			return // stopped
		}
		go s.session(&cutConn{conn, s.cut.Load()})
	}
}

// session serves the files of one connection, and ends with it.
func (s *sftpd) session(conn net.Conn) {
	defer func() { _ = conn.Close() }() // the client may have closed it
	_, channels, requests, err := ssh.NewServerConn(conn, s.config.Load())
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, asked, err := c.Accept()
		if err != nil {
			return
		}
		for r := range asked {
			_ = r.Reply(r.Type == "subsystem", nil) // a client that has gone wants no answer
			if r.Type == "subsystem" {
				break
			}
		}
		go ssh.DiscardRequests(asked)
		server, err := sftp.NewServer(channel, sftp.ReadOnly())
		if err != nil {
			return
		}
		go func() { _ = server.Serve() }() // until the client goes
	}
}

// cutConn breaks off behind so many bytes; 0 is never.
type cutConn struct {
	net.Conn
	left int64
}

func (c *cutConn) Write(p []byte) (int, error) {
	if c.left == 0 {
		return c.Conn.Write(p)
	}
	if int64(len(p)) < c.left {
		c.left -= int64(len(p))
		return c.Conn.Write(p)
	}
	_, _ = c.Conn.Write(p[:c.left]) // it breaks off either way
	_ = c.Close()
	return 0, io.ErrClosedPipe
}
