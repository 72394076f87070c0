package filetest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"sync/atomic"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// SFTP is an SFTP server in this process. It lets everybody in who has a key;
// a real sshd, which looks at the key, is [SSHD].
type SFTP struct {
	net.Listener
	// Host is the public key of the server, Key a private key of a user.
	Host ssh.PublicKey
	Key  []byte

	config  atomic.Pointer[ssh.ServerConfig]
	cut     atomic.Int64
	refuses atomic.Bool
}

// NewSFTP starts a server on loopback. The caller closes it.
func NewSFTP() (*SFTP, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &SFTP{Listener: listener}
	host, err := newSigner()
	if err != nil {
		return nil, err
	}
	s.Host = host.PublicKey()
	s.config.Store(s.withKey(host))
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return nil, err
	}
	s.Key = pem.EncodeToMemory(block)
	go s.serve()
	return s, nil
}

// KnownHosts is the line of the server for a known_hosts file.
func (s *SFTP) KnownHosts() string {
	return knownhosts.Line([]string{s.Addr().String()}, s.Host) + "\n"
}

// Cut has each further connection break off behind so many bytes; 0 is never.
func (s *SFTP) Cut(bytes int64) { s.cut.Store(bytes) }

// Rekey gives the server another key.
func (s *SFTP) Rekey() error {
	host, err := newSigner()
	if err == nil {
		s.config.Store(s.withKey(host))
	}
	return err
}

// Refuse has the server refuse the key of every user, or none.
func (s *SFTP) Refuse(all bool) { s.refuses.Store(all) }

// withKey configures a server that shows a key, and lets everybody in until
// Refuse says otherwise.
func (s *SFTP) withKey(host ssh.Signer) *ssh.ServerConfig {
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
		if s.refuses.Load() {
			return nil, errors.New("no such key")
		}
		return nil, nil
	}}
	config.AddHostKey(host)
	return config
}

func newSigner() (ssh.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromSigner(key)
}

func (s *SFTP) serve() {
	for {
		conn, err := s.Accept()
		if err != nil {
			return // stopped
		}
		go s.session(&cutConn{conn, s.cut.Load()})
	}
}

// session serves the files of one connection, and ends with it.
func (s *SFTP) session(conn net.Conn) {
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
