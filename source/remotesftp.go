package source

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
)

// sftpTransport fetches a file over SFTP. There it has a size and a time, so
// it is read as a file of this machine is: settled, and the same afterwards (S11).
type sftpTransport struct{ *remote }

// fetch reads the file over a connection of its own.
func (t *sftpTransport) fetch(ctx context.Context, r *csvRead) (*cacheWriter, error) {
	started := time.Now()
	limited, cancel := t.limit(ctx)
	defer cancel()
	client, err := t.dial(limited)
	if err != nil {
		return nil, fetchFailure(limited, t.name, err)
	}
	defer client.close()
	text, err := t.readOver(limited, client, r)
	_, damage := errors.AsType[*DamageError](err)
	switch {
	case err == nil:
		t.tell([]string{count(int(r.people.length.size), "byte") + " over SFTP"}, text, r.people.length.size, started)
		return nil, nil
	case limited.Err() == nil && errors.Is(err, ErrChanged):
		return nil, t.changed()
	case limited.Err() == nil && (damage || errors.Is(err, ErrStale) || errors.Is(err, ErrChecksum)):
		return nil, err
	}
	return nil, fetchFailure(limited, t.name, err)
}

func (t *sftpTransport) readOver(ctx context.Context, client *sftpFiles, r *csvRead) (*csvText, error) {
	info, err := statFile(client, t.name)
	if err != nil {
		return nil, err
	}
	if info.Size() > int64(t.config.MaxMegabytes)*megabyte {
		return nil, errTooLarge
	}
	var told []byte
	if t.sums != nil {
		if told, err = t.sidecar(client); err != nil {
			return nil, err
		}
	}
	if err := r.readSettled(ctx, []csvFile{{in: client, path: t.name, info: info}}); err != nil {
		return nil, err
	}
	if told != nil && string(told) != string(client.sum.Sum(nil)) {
		return nil, &FetchError{URL: t.name, Err: ErrChecksum, again: true, Problem: "what came is not what checksum_url says",
			Hint: "nothing of it was used; have the export write the file first, then its checksum"}
	}
	return r.last, nil
}

// sidecar reads the checksum of the file from the file beside it.
func (t *sftpTransport) sidecar(client *sftpFiles) ([]byte, error) {
	shown := shownURL(t.sums)
	in, err := client.Open(remotePath(t.sums.Path))
	if err != nil {
		return nil, &FetchError{URL: shown, Problem: "cannot be opened", Err: err, Hint: "check checksum_url, and whether the export ran"}
	}
	defer func() { _ = in.Close() }() // it was only read
	data, err := io.ReadAll(&boundedReader{in, maxSidecar})
	if errors.Is(err, errTooLarge) {
		return nil, &FetchError{URL: shown, Problem: "is too large for a checksum"}
	}
	if err != nil {
		return nil, err
	}
	return t.parseSidecar(string(data))
}

// sftpFiles are the files of a server. They are named by their URL, which is
// what messages and origins show.
type sftpFiles struct {
	*sftp.Client
	shell *ssh.Client
	stop  func() bool
	t     *sftpTransport
	sum   hash.Hash // of what was read last
}

func (f *sftpFiles) close() {
	f.stop()
	_ = f.shell.Close() // it ends the session too; nothing was written
}

// remotePath is a path as SFTP knows it: /~/ begins at the user's home.
func remotePath(path string) string {
	if home, ok := strings.CutPrefix(path, "/~/"); ok {
		return home
	}
	return path
}

func (f *sftpFiles) stat(string) (fs.FileInfo, error) {
	info, err := f.Stat(remotePath(f.t.url.Path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, f.t.problem("no such file", "check url, and whether the export ran")
	case errors.Is(err, fs.ErrPermission):
		return nil, f.t.problem("permission denied", "let the user read the file and its directories")
	case err == nil && !info.Mode().IsRegular():
		return nil, f.t.problem("is no regular file", "name a file in url")
	}
	return info, err
}

// open answers with the file and its sum. A large buffer has the library ask
// for many blocks at once.
func (f *sftpFiles) open(string) (io.ReadCloser, error) {
	file, err := f.Open(remotePath(f.t.url.Path))
	if errors.Is(err, fs.ErrPermission) {
		return nil, f.t.problem("permission denied", "let the user read the file and its directories")
	}
	if err != nil {
		return nil, err
	}
	f.sum = sha256.New()
	text := teeHash(bufio.NewReaderSize(file, megabyte), f.sum)
	return struct {
		io.Reader
		io.Closer
	}{&boundedReader{text, int64(f.t.config.MaxMegabytes) * megabyte}, file}, nil
}

// dial connects, compares the server's key with the known ones, and logs in.
// The end of ctx closes the connection, and with it whatever waits for it.
func (t *sftpTransport) dial(ctx context.Context) (*sftpFiles, error) {
	address := net.JoinHostPort(t.url.Hostname(), portOf(t.url))
	conf, err := t.login(address)
	if err != nil {
		return nil, err
	}
	raw, err := (&net.Dialer{Timeout: t.config.ConnectTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	files, err := t.handshake(raw, address, conf)
	if err != nil {
		stop()
		_ = raw.Close() // it is of no use
		return nil, t.explained(err)
	}
	files.stop = stop
	return files, nil
}

func (t *sftpTransport) handshake(raw net.Conn, address string, conf *ssh.ClientConfig) (*sftpFiles, error) {
	if err := raw.SetDeadline(time.Now().Add(t.config.ConnectTimeout)); err != nil {
		return nil, err
	}
	conn, channels, requests, err := ssh.NewClientConn(raw, address, conf)
	if err != nil {
		return nil, err
	}
	shell := ssh.NewClient(conn, channels, requests)
	client, err := sftp.NewClient(shell, sftp.MaxConcurrentRequestsPerFile(16))
	if err != nil {
		_ = shell.Close() // it is of no use
		return nil, fmt.Errorf("start sftp: %w", err)
	}
	return &sftpFiles{Client: client, shell: shell, t: t}, raw.SetDeadline(time.Time{})
}

// login is who we are and whom we trust, both read anew for each transfer.
func (t *sftpTransport) login(address string) (*ssh.ClientConfig, error) {
	known, err := knownhosts.NewDB(t.config.KnownHostsFile)
	if err != nil {
		return nil, &localFault{fmt.Errorf("read known_hosts_file: %w", err)}
	}
	algorithms := known.HostKeyAlgorithms(address)
	if len(algorithms) == 0 {
		return nil, t.problem("known_hosts_file has no key of "+knownhosts.Normalize(address),
			"ssh-keyscan writes the line; compare it with what the server's admin says")
	}
	methods, err := t.methods()
	return &ssh.ClientConfig{User: or(t.config.Username, t.url.User.Username()), Auth: methods, Timeout: t.config.ConnectTimeout,
		HostKeyCallback: known.HostKeyCallback(), HostKeyAlgorithms: algorithms, ClientVersion: "SSH-2.0-rollcall"}, err
}

// methods are the ways to log in: a key, a password, or a password where the
// server asks for it as a question.
func (t *sftpTransport) methods() ([]ssh.AuthMethod, error) {
	var list []ssh.AuthMethod
	if t.config.KeyFile != "" {
		signer, err := t.signer()
		if err != nil {
			return nil, &localFault{fmt.Errorf("read key_file: %w", err)}
		}
		list = append(list, ssh.PublicKeys(signer))
	}
	if t.config.PasswordFile != "" {
		password, err := readSecret("password_file", t.config.PasswordFile)
		if err != nil {
			return nil, err
		}
		list = append(list, ssh.Password(password), ssh.KeyboardInteractive(func(_, _ string, questions []string, echos []bool) ([]string, error) {
			if len(questions) == 0 {
				return nil, nil
			}
			if len(questions) > 1 || echos[0] {
				return nil, errors.New("the server asks for more than a password")
			}
			return []string{password}, nil
		}))
	}
	return list, nil
}

func (t *sftpTransport) signer() (ssh.Signer, error) {
	pem, err := os.ReadFile(t.config.KeyFile)
	if err != nil {
		return nil, err
	}
	if t.config.KeyPasswordFile == "" {
		return ssh.ParsePrivateKey(pem)
	}
	password, err := readSecret("key_password_file", t.config.KeyPasswordFile)
	if err != nil {
		return nil, err
	}
	return ssh.ParsePrivateKeyWithPassphrase(pem, []byte(password))
}

// explained says what a refusal means.
func (t *sftpTransport) explained(err error) error {
	switch {
	case knownhosts.IsHostKeyChanged(err):
		return t.problem("the server's key is not the one in known_hosts_file",
			"somebody may stand between: ask the server's admin before you change the file")
	case knownhosts.IsHostUnknown(err):
		return t.problem("known_hosts_file does not know the server", "ssh-keyscan writes the line; compare it with what the server's admin says")
	case strings.Contains(err.Error(), "unable to authenticate"):
		return t.problem("the server does not let us in", "check username, key_file and password_file")
	case strings.Contains(err.Error(), "no common algorithm"):
		return &FetchError{URL: t.name, Problem: "the server offers nothing that we have in common", Err: err, Hint: "its SSH is too old, or known_hosts_file has a kind of key that it no longer uses"}
	}
	return err
}
