package ldaptest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/source/internal/testpki"
)

// Slapd is a real OpenLDAP server on a free loopback port. Its access rules can
// change while its data and its addresses stay.
type Slapd struct {
	// Dir holds its files, among them the password of the bind DN.
	Dir string
	// URL, TLSURL and Socket are its three addresses.
	URL, TLSURL, Socket string

	binary  string
	config  Config
	process *exec.Cmd
	ended   chan struct{}
}

// Config says how a server differs from the plain one.
type Config struct {
	// Access holds whole "access to …" rules, which come first.
	Access string
	// Schema, Global and Database are further lines of slapd.conf.
	Schema, Global, Database string
	TLS                      *testpki.PKI
	// LDIF holds the entries below the top.
	LDIF string
	// Limits are the bind DN's; the plain ones force paging.
	Limits string
}

// NewPKI makes certificates for a server at an address, also for tests that may
// not import the package of its answer.
func NewPKI(t testing.TB, server string) *testpki.PKI {
	t.Helper()
	return testpki.New(t, server, time.Time{})
}

// The names of every server.
const (
	Suffix   = "dc=corp,dc=example"
	BindDN   = "cn=rollcall,ou=services," + Suffix
	Password = "s3cret of tests"
)

// top is the top of every server's tree.
const top = `dn: dc=corp,dc=example
objectClass: domain
dc: corp

dn: ou=services,dc=corp,dc=example
objectClass: organizationalUnit
ou: services

dn: cn=rollcall,ou=services,dc=corp,dc=example
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: rollcall
userPassword: s3cret of tests

dn: ou=people,dc=corp,dc=example
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=corp,dc=example
objectClass: organizationalUnit
ou: groups

`

// ErrNoSlapd says that slapd is not installed.
var ErrNoSlapd = errors.New("slapd is not installed (apt-get install slapd ldap-utils): the tests against a real directory are skipped")

// FindSlapd gives the path of slapd. Without one the error is ErrNoSlapd, or
// another one if ROLLCALL_REQUIRE_SLAPD=1 asks for slapd.
func FindSlapd() (string, error) {
	for _, p := range []string{"/usr/sbin/slapd", "/usr/local/libexec/slapd"} {
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	if os.Getenv("ROLLCALL_REQUIRE_SLAPD") == "1" {
		return "", errors.New("slapd is not installed, and ROLLCALL_REQUIRE_SLAPD=1 asks for it: apt-get install slapd ldap-utils")
	}
	return "", ErrNoSlapd
}

// Start starts a server that ends with the test. It skips the test where slapd
// is not installed.
func Start(t testing.TB, c Config) *Slapd {
	t.Helper()
	dir, err := shortDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s, err := New(dir, c)
	if errors.Is(err, ErrNoSlapd) {
		suite.Skip(t, "slapd", err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// shortDir makes a directory. The name of a test may be so long that the path of
// a socket in its own directory would not fit (unix(7)).
func shortDir() (string, error) { return os.MkdirTemp("", "slapd") }

// New loads the entries and listens. The caller stops the server.
func New(dir string, c Config) (*Slapd, error) {
	binary, err := FindSlapd()
	if err != nil {
		return nil, err
	}
	s := &Slapd{Dir: dir, binary: binary, config: c}
	data := filepath.Join(dir, "data.ldif")
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "db"), 0o700), os.WriteFile(data, []byte(top+c.LDIF), 0o600),
		os.WriteFile(s.PasswordFile(), []byte(Password+"\n"), 0o600), s.configure()); err != nil {
		return nil, err
	}
	if out, err := exec.Command(binary, "-T", "add", "-q", "-f", s.conf(), "-l", data).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("slapadd: %w\n%s", err, out[max(0, len(out)-2000):])
	}
	return s, s.listen()
}

// PasswordFile holds the password of the bind DN.
func (s *Slapd) PasswordFile() string { return filepath.Join(s.Dir, "password") }

func (s *Slapd) conf() string { return filepath.Join(s.Dir, "slapd.conf") }

// configure writes slapd.conf. The access rules of the configuration come
// before the one that lets the bind DN read everything.
func (s *Slapd) configure() error {
	c := &s.config
	var b strings.Builder
	for _, name := range []string{"core", "cosine", "inetorgperson", "nis"} {
		fmt.Fprintf(&b, "include /etc/ldap/schema/%s.schema\n", name)
	}
	b.WriteString(c.Schema + "\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\nmoduleload memberof\nmoduleload ppolicy\n")
	fmt.Fprintf(&b, "pidfile %s/pid\nthreads 4\n", s.Dir)
	if c.TLS != nil {
		fmt.Fprintf(&b, "TLSCACertificateFile %s\nTLSCertificateFile %s\nTLSCertificateKeyFile %s\n", c.TLS.CA, c.TLS.Cert, c.TLS.Key)
	}
	b.WriteString(c.Global + "\n")
	fmt.Fprintf(&b, "database mdb\nsuffix %q\nrootdn cn=root,%s\nrootpw root\ndirectory %s/db\nmaxsize 4294967296\n", Suffix, Suffix, s.Dir)
	fmt.Fprintf(&b, "index objectClass,uid,cn,member,uniqueMember,memberUid eq\nlimits dn.exact=%q %s\n", BindDN,
		cmp.Or(c.Limits, "size.soft=500 size.hard=500 size.pr=1000 size.prtotal=unlimited"))
	b.WriteString("overlay memberof\noverlay ppolicy\n" + c.Database + "\n" + c.Access + "\n")
	b.WriteString("access to attrs=userPassword by anonymous auth by * none\naccess to * by users read by * none\n")
	return os.WriteFile(s.conf(), []byte(b.String()), 0o600)
}

// listen starts the server, at its old addresses if it had some. It tries again
// with another port that somebody took in between.
func (s *Slapd) listen() error {
	var log bytes.Buffer
	for range 5 {
		if s.URL == "" {
			plain, encrypted := freePort(), freePort()
			s.URL, s.TLSURL = "ldap://"+plain, "ldaps://"+encrypted
			s.Socket = "ldapi://" + strings.ReplaceAll(filepath.Join(s.Dir, "ldapi"), "/", "%2F")
		}
		urls := s.URL + " " + s.Socket
		if s.config.TLS != nil {
			urls += " " + s.TLSURL
		}
		s.process = exec.Command(s.binary, "-f", s.conf(), "-h", urls, "-d", "0")
		s.process.Stderr = &log
		suite.EndWithTest(s.process)
		if err := s.process.Start(); err != nil {
			return err
		}
		s.ended = make(chan struct{})
		go func(p *exec.Cmd, ended chan struct{}) {
			_ = p.Wait()
			close(ended)
		}(s.process, s.ended)
		if s.answers() {
			return nil
		}
		s.URL = ""
	}
	return fmt.Errorf("slapd did not start in five attempts: %s", log.String())
}

func (s *Slapd) answers() bool {
	for range 500 {
		select {
		case <-s.ended:
			return false
		case <-time.After(10 * time.Millisecond):
		}
		if c, err := net.Dial("tcp", s.Addr()); err == nil {
			_ = c.Close()
			return true
		}
	}
	return false
}

// Addr is the host and port of URL.
func (s *Slapd) Addr() string { return strings.TrimPrefix(s.URL, "ldap://") }

// Stop ends the server.
func (s *Slapd) Stop() {
	_ = s.process.Process.Signal(syscall.SIGTERM) // it may have ended
	<-s.ended
}

// SetAccess puts other access rules into force, as an admin does between two runs.
func (s *Slapd) SetAccess(rules string) error {
	s.Stop()
	s.config.Access = rules
	if err := s.configure(); err != nil {
		return err
	}
	return s.listen()
}

// Modify applies LDIF changes as the database's root, as an admin does between
// two runs.
func (s *Slapd) Modify(ldif string) error {
	c := exec.Command("ldapmodify", "-x", "-H", s.URL, "-D", "cn=root,"+Suffix, "-w", "root")
	c.Stdin = strings.NewReader(ldif)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("ldapmodify: %w\n%s", err, out)
	}
	return nil
}

// freePort is an address that was free a moment ago; empty when there is none.
func freePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return ""
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
