package file

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net"
	"path"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	sshknownhosts "golang.org/x/crypto/ssh/knownhosts"

	"rollcall/source"
	"rollcall/source/internal/tlsfile"
)

// sftpTransport fetches a file over SFTP. There it has a size and a time, so
// it is read as a file of this machine is: settled, and the same afterwards (S11).
type sftpTransport struct{ *remote }

// fetch reads the file over a connection of its own.
func (t *sftpTransport) fetch(ctx context.Context, r *attempt) error {
	started := time.Now()
	limited, cancel := t.limit(ctx)
	defer cancel()
	client, err := t.dial(limited)
	if err != nil {
		return fetchFailure(limited, t.name, err)
	}
	defer client.close()
	text, err := t.readOver(limited, client, r)
	_, damage := errors.AsType[*source.DamageError](err)
	switch {
	case err == nil:
		t.recordTransfer([]string{source.Count(int(r.size), "byte") + " over SFTP"}, text, r.size, started)
		return nil
	case limited.Err() == nil && errors.Is(err, source.ErrChanged):
		return t.changed()
	case limited.Err() == nil && (damage || errors.Is(err, source.ErrStale) || errors.Is(err, ErrChecksum)):
		return err
	}
	return fetchFailure(limited, t.name, err)
}

func (t *sftpTransport) readOver(ctx context.Context, client *sftpFiles, r *attempt) (*Parsed, error) {
	info, err := statFile(client, t.name)
	if err != nil {
		return nil, err
	}
	if info.Size() > int64(t.config.MaxMegabytes)*megabyte {
		return nil, errTooLarge
	}
	var want []byte
	if t.sums != nil {
		if want, err = t.checksum(client); err != nil {
			return nil, err
		}
	}
	if err := r.readSettled(ctx, []localFile{{in: client, path: t.name, info: info}}); err != nil {
		return nil, err
	}
	if want != nil {
		if err := t.compareChecksum(client.sum.Sum(nil), want); err != nil {
			return nil, err
		}
	}
	return r.last, nil
}

// checksum reads the checksum of the file from the file beside it.
func (t *sftpTransport) checksum(client *sftpFiles) ([]byte, error) {
	shown := shownURL(t.sums)
	in, err := client.Open(remotePath(t.sums.Path))
	if err != nil {
		return nil, &FetchError{URL: shown, Problem: "cannot be opened", Err: err, Hint: "check checksum_url, and whether the export ran"}
	}
	defer func() { _ = in.Close() }() // it was only read
	data, err := io.ReadAll(&boundedReader{in, maxChecksumFile})
	if errors.Is(err, errTooLarge) {
		return nil, &FetchError{URL: shown, Problem: "is too large for a checksum file"}
	}
	if err != nil {
		return nil, err
	}
	return t.findChecksum(string(data))
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
	name := remotePath(f.t.url.Path)
	info, err := f.Stat(name)
	if err == nil {
		err = f.checkLink(name)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, f.t.problem("no such file", "check url, and check that the export ran")
	case errors.Is(err, fs.ErrPermission):
		return nil, f.t.problem("permission denied", "give the user read access to the file and its directories")
	case err == nil && !info.Mode().IsRegular():
		return nil, f.t.problem("is not a regular file", "set url to a file")
	}
	return info, err
}

// open answers with the file and its sum. A large buffer has the library ask
// for many blocks at once.
func (f *sftpFiles) open(string) (io.ReadCloser, fs.FileInfo, error) {
	file, err := f.Open(remotePath(f.t.url.Path))
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil, f.t.problem("permission denied", "give the user read access to the file and its directories")
	}
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	f.sum = sha256.New()
	text := io.TeeReader(bufio.NewReaderSize(file, megabyte), f.sum)
	return struct {
		io.Reader
		io.Closer
	}{&boundedReader{text, int64(f.t.config.MaxMegabytes) * megabyte}, file}, info, nil
}

// same compares what the protocol tells: it numbers no files.
func (f *sftpFiles) same(a, b fs.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// checkLink refuses a link that leads out of the directory of the file, unless
// it is root's or the user's own (S34). A server that does not resolve links, or
// does not tell whose they are, is believed.
func (f *sftpFiles) checkLink(file string) error {
	link, noLink := f.Lstat(file)
	if noLink != nil || link.Mode()&fs.ModeSymlink == 0 {
		return nil //nolint:nilerr // the look at the file itself says what is wrong
	}
	target, unresolved := f.RealPath(file)
	dir, unknown := f.RealPath(path.Dir(file))
	if unresolved != nil || unknown != nil || strings.HasPrefix(target, strings.TrimSuffix(dir, "/")+"/") || f.trusts(link) {
		return nil //nolint:nilerr // as above
	}
	return f.t.problem("is a link to a file outside its directory", "put the file itself there, or set url to it")
}

// trusts reports whether a link is root's, or that of the owner of the user's home.
func (f *sftpFiles) trusts(link fs.FileInfo) bool {
	owner, ok := link.Sys().(*sftp.FileStat)
	if !ok || owner.UID == 0 {
		return true
	}
	home, err := f.Stat(".")
	if err != nil {
		return false
	}
	of, ok := home.Sys().(*sftp.FileStat)
	return ok && of.UID == owner.UID
}

// dial connects, compares the server's key with the known ones, and logs in.
// The end of ctx closes the connection, which ends all waiting for it.
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
		return nil, t.explainRefusal(err)
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

// login is the user and the keys of the server that are accepted. The files are
// read for each transfer.
func (t *sftpTransport) login(address string) (*ssh.ClientConfig, error) {
	known, err := knownhosts.NewDB(t.config.KnownHostsFile)
	if err != nil {
		return nil, &tlsfile.LocalFault{Err: fmt.Errorf("read known_hosts_file: %w", err)}
	}
	algorithms := known.HostKeyAlgorithms(address)
	if len(algorithms) == 0 {
		return nil, t.problem("known_hosts_file has no key for "+knownhosts.Normalize(address),
			"run ssh-keyscan to get the line, and compare the key with the server's admin")
	}
	methods, err := t.methods()
	return &ssh.ClientConfig{User: cmp.Or(t.config.Username, t.url.User.Username()), Auth: methods, Timeout: t.config.ConnectTimeout,
		HostKeyCallback: known.HostKeyCallback(), HostKeyAlgorithms: algorithms, ClientVersion: "SSH-2.0-rollcall"}, err
}

// methods are the ways to log in: a key, a password, or a password where the
// server asks for it as a question.
func (t *sftpTransport) methods() ([]ssh.AuthMethod, error) {
	var list []ssh.AuthMethod
	if t.config.KeyFile != "" {
		signer, err := t.signer()
		if err != nil {
			return nil, &tlsfile.LocalFault{Err: fmt.Errorf("read key_file: %w", err)}
		}
		list = append(list, ssh.PublicKeys(signer))
	}
	if t.config.PasswordFile != "" {
		password, err := tlsfile.Secret("password_file", t.config.PasswordFile)
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
	pem, err := tlsfile.ReadText(t.config.KeyFile)
	if err != nil {
		return nil, err
	}
	if t.config.KeyPasswordFile == "" {
		return ssh.ParsePrivateKey(pem)
	}
	password, err := tlsfile.Secret("key_password_file", t.config.KeyPasswordFile)
	if err != nil {
		return nil, err
	}
	return ssh.ParsePrivateKeyWithPassphrase(pem, []byte(password))
}

// explainRefusal says what a refusal means.
func (t *sftpTransport) explainRefusal(err error) error {
	switch {
	case knownhosts.IsHostKeyChanged(err):
		return t.problem("the server's host key is not the one in known_hosts_file",
			"another machine may be answering in its place: ask the server's admin before you change the file")
	case knownhosts.IsHostUnknown(err):
		return t.problem("known_hosts_file does not list the server", "run ssh-keyscan to get the line, and compare the key with the server's admin")
	case isRevoked(err):
		return t.problem("known_hosts_file says that the server's host key is revoked", "another machine may be answering in its place: ask the server's admin for the new key")
	case strings.Contains(err.Error(), "unable to authenticate"):
		return t.problem("the server refused the login", "check username, key_file and password_file")
	case strings.Contains(err.Error(), "no common algorithm"):
		return &FetchError{URL: t.name, Problem: "the server and rollcall have no SSH algorithm in common", Err: err, Hint: "the server's SSH is too old, or known_hosts_file has a key type that the server no longer uses"}
	}
	return err
}

func isRevoked(err error) bool {
	_, ok := errors.AsType[*sshknownhosts.RevokedError](err)
	return ok
}
