package source

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// sshd is a real OpenSSH server on a free loopback port, with a host key and a
// user key of its own. It lets in the user of the test.
type sshd struct {
	dir, user, address string
	// key and known are the files that a configuration names.
	key, known string
}

func findSshd(t testing.TB) string {
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
	t.Skip("sshd is not installed (apt-get install openssh-server): the tests against a real SFTP server are skipped")
	return ""
}

// startSshd serves the files of its directory; more are further lines of its
// configuration.
func startSshd(t testing.TB, more string) *sshd {
	t.Helper()
	binary := findSshd(t)
	me, err := user.Current()
	must(t, err)
	s := &sshd{dir: t.TempDir(), user: me.Username}
	for _, name := range []string{"host", "user", "stranger"} {
		s.keygen(t, name, "")
	}
	s.key, s.known = s.path("user"), s.path("known_hosts")
	must(t, os.WriteFile(s.path("authorized"), s.read(t, "user.pub"), 0o600))
	const privileges = 0o755
	must(t, os.MkdirAll("/run/sshd", privileges)) // what Debian's unit makes for it
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s.address = listener.Addr().String()
	_ = listener.Close() // sshd listens there next
	must(t, os.WriteFile(s.path("sshd_config"), []byte(s.config(more)), 0o600))
	s.start(t, binary)
	s.knowHost(t, "host")
	return s
}

func (s *sshd) path(name string) string { return filepath.Join(s.dir, name) }

func (s *sshd) read(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(s.path(name))
	must(t, err)
	return text
}

func (s *sshd) keygen(t testing.TB, name, password string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", password, "-f", s.path(name)).CombinedOutput()
	if err != nil {
		t.Fatalf("ssh-keygen: %v %s", err, out)
	}
}

func (s *sshd) config(more string) string {
	host, port, _ := net.SplitHostPort(s.address)
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
LogLevel ERROR
Subsystem sftp internal-sftp
`, more, host, port, s.path("host"), s.path("authorized"))
}

func (s *sshd) start(t testing.TB, binary string) {
	t.Helper()
	var said bytes.Buffer
	server := exec.Command(binary, "-D", "-e", "-f", s.path("sshd_config"))
	server.Stderr = &said
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
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
			t.Fatalf("sshd ended: %v %s", err, &said)
		case <-time.After(10 * time.Millisecond):
		}
		if c, err := net.Dial("tcp", s.address); err == nil {
			_ = c.Close()
			return
		}
	}
	t.Fatalf("sshd does not answer: %s", &said)
}

// knowHost writes the known_hosts file with the public key of that name.
func (s *sshd) knowHost(t testing.TB, name string) {
	t.Helper()
	host, port, _ := net.SplitHostPort(s.address)
	line := fmt.Sprintf("[%s]:%s %s", host, port, s.read(t, name+".pub"))
	must(t, os.WriteFile(s.known, []byte(line), 0o600))
}

// put writes a file that has settled.
func (s *sshd) put(t testing.TB, name, text string) {
	t.Helper()
	writeFile(t, s.path(name), text)
	touch(t, s.path(name), time.Minute)
}

// remote is a CSV of the server.
func (s *sshd) remote(name string) CSVConfig {
	return CSVConfig{Columns: peopleForm(), RemoteConfig: RemoteConfig{
		URL: SecretURL("sftp://" + s.user + "@" + s.address + s.path(name)), KeyFile: s.key, KnownHostsFile: s.known,
	}}
}

// relay stands between and can cut the connection behind so many bytes of the
// server's.
type relay struct {
	net.Listener
	to    string
	after atomic.Int64
}

func startRelay(t testing.TB, to string) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	r := &relay{Listener: listener, to: to}
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

func (r *relay) pass(client net.Conn) {
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
	left := r.after.Load()
	buf := make([]byte, 256)
	for left > 0 {
		n, err := server.Read(buf[:min(int64(len(buf)), left)])
		left -= int64(n)
		if _, werr := client.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

func (r *relay) known(t testing.TB, s *sshd) string {
	t.Helper()
	_, from, _ := net.SplitHostPort(s.address)
	_, to, _ := net.SplitHostPort(r.Addr().String())
	file := filepath.Join(t.TempDir(), "known_hosts")
	must(t, os.WriteFile(file, []byte(strings.Replace(string(s.read(t, "known_hosts")), ":"+from+" ", ":"+to+" ", 1)), 0o600))
	return file
}
