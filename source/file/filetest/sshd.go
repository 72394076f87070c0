package filetest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"rollcall/.ci/suite"
)

// SSHD is a real OpenSSH server on a free loopback port, with a host key and a
// user key of its own. It lets in the user of the test.
type SSHD struct {
	Dir, User, Address string
	// Key and Known are the files that a configuration names.
	Key, Known string
}

func findSSHD(t testing.TB) string {
	t.Helper()
	const binary = "/usr/sbin/sshd"
	_, err := os.Stat(binary)
	_, tools := exec.LookPath("ssh-keygen")
	if err == nil && tools == nil {
		return binary
	}
	if os.Getenv("ROLLCALL_REQUIRE_SSHD") == "1" {
		t.Fatal("sshd is not installed, and ROLLCALL_REQUIRE_SSHD=1 asks for it: apt-get install openssh-server")
	}
	suite.Skip(t, "sshd", "the tests against a real SFTP server (apt-get install openssh-server)")
	return ""
}

// StartSSHD serves the files of its directory; more are further lines of its
// configuration.
func StartSSHD(t testing.TB, more string) *SSHD {
	t.Helper()
	binary := findSSHD(t)
	me, err := user.Current()
	must(t, err)
	s := &SSHD{Dir: t.TempDir(), User: me.Username}
	for _, name := range []string{"host", "user", "stranger"} {
		s.KeyGen(t, name, "")
	}
	s.Key, s.Known = s.Path("user"), s.Path("known_hosts")
	must(t, os.WriteFile(s.Path("authorized"), s.Read(t, "user.pub"), 0o600))
	if root := os.Geteuid() == 0; root {
		const privileges = 0o755
		must(t, os.MkdirAll("/run/sshd", privileges)) // what Debian's unit makes for it
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s.Address = listener.Addr().String()
	_ = listener.Close() // sshd listens there next
	must(t, os.WriteFile(s.Path("sshd_config"), []byte(s.config(more)), 0o600))
	s.start(t, binary)
	s.requireLogin(t)
	s.KnowHost(t, "host")
	return s
}

// Path is a file of the server.
func (s *SSHD) Path(name string) string { return filepath.Join(s.Dir, name) }

// Read reads a file of the server.
func (s *SSHD) Read(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(s.Path(name))
	must(t, err)
	return text
}

// KeyGen makes a pair of keys.
func (s *SSHD) KeyGen(t testing.TB, name, password string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", password, "-f", s.Path(name)).CombinedOutput()
	if err != nil {
		t.Fatalf("ssh-keygen: %v %s", err, out)
	}
}

func (s *SSHD) config(more string) string {
	host, port, _ := net.SplitHostPort(s.Address)
	return fmt.Sprintf(`%s
ListenAddress %s
Port %s
HostKey %s
PidFile none
AuthorizedKeysFile %s
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PermitRootLogin yes
LogLevel INFO
Subsystem sftp internal-sftp
`, more, host, port, s.Path("host"), s.Path("authorized"))
}

func (s *SSHD) start(t testing.TB, binary string) {
	t.Helper()
	log, err := os.Create(s.Path("log"))
	must(t, err)
	defer func() { _ = log.Close() }() // sshd has its own
	server := exec.Command(binary, "-D", "-e", "-f", s.Path("sshd_config"))
	server.Stderr = log
	suite.EndWithTest(server)
	must(t, server.Start())
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM) // it may have ended
		t.Log("sshd has ended:", <-ended)
	})
	for range 500 {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("sshd ended: %v %s", err, s.Read(t, "log"))
		case <-time.After(10 * time.Millisecond):
		}
		if c, err := net.Dial("tcp", s.Address); err == nil {
			_ = c.Close()
			return
		}
	}
	t.Fatalf("sshd does not answer: %s", s.Read(t, "log"))
}

// requireLogin skips the test where sshd does not let its own user in, because
// the account is locked or has no shell. An sshd of root lets root in.
func (s *SSHD) requireLogin(t testing.TB) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	key, err := ssh.ParsePrivateKey(s.Read(t, "user"))
	must(t, err)
	c, err := ssh.Dial("tcp", s.Address, &ssh.ClientConfig{User: s.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err == nil {
		must(t, c.Close())
		return
	}
	for line := range strings.Lines(string(s.Read(t, "log"))) {
		if strings.Contains(line, "not allowed because") {
			suite.Skip(t, "an account that sshd lets in", strings.TrimSpace(line))
		}
	}
	t.Fatalf("sshd does not let %s in: %v", s.User, err)
}

// KnowHost writes the known_hosts file with the public key of that name.
func (s *SSHD) KnowHost(t testing.TB, name string) {
	t.Helper()
	host, port, _ := net.SplitHostPort(s.Address)
	line := fmt.Sprintf("[%s]:%s %s", host, port, s.Read(t, name+".pub"))
	must(t, os.WriteFile(s.Known, []byte(line), 0o600))
}

// Put writes a file that has settled.
func (s *SSHD) Put(t testing.TB, name, text string) {
	t.Helper()
	must(t, os.WriteFile(s.Path(name), []byte(text), 0o600))
	at := time.Now().Add(-time.Minute)
	must(t, os.Chtimes(s.Path(name), at, at))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
