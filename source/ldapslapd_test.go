package source

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slapd is a real OpenLDAP server that a test started on a free loopback port.
type slapd struct {
	t   testing.TB
	dir string
	// url, tlsURL and socket are its three addresses.
	url, tlsURL, socket string
	process             *exec.Cmd
}

// slapdConfig says how a test's server differs from the plain one.
type slapdConfig struct {
	// access holds whole "access to …" rules that come first.
	access string
	// global and database are further lines of slapd.conf.
	global, database string
	tls              *testPKI
	ldif             string
	// limits are the bind DN's; the plain ones force paging.
	limits string
}

const (
	slapdSuffix   = "dc=corp,dc=example"
	slapdBind     = "cn=rollcall,ou=services,dc=corp,dc=example"
	slapdPassword = "s3cret of tests"
)

// slapdBase is the top of every test's tree.
const slapdBase = `dn: dc=corp,dc=example
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

func findSlapd(t testing.TB) string {
	t.Helper()
	for _, p := range []string{"/usr/sbin/slapd", "/usr/local/libexec/slapd"} {
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	if os.Getenv("ROLLCALL_REQUIRE_SLAPD") == "1" {
		t.Fatal("slapd is not installed, and ROLLCALL_REQUIRE_SLAPD=1 asks for it: apt-get install slapd ldap-utils")
	}
	t.Skip("slapd is not installed (apt-get install slapd ldap-utils): the tests against a real server are skipped")
	return ""
}

func startSlapd(t testing.TB, cfg slapdConfig) *slapd {
	t.Helper()
	binary := findSlapd(t)
	s := &slapd{t: t, dir: t.TempDir()}
	must(t, os.Mkdir(filepath.Join(s.dir, "db"), 0o700))
	must(t, os.WriteFile(filepath.Join(s.dir, "slapd.conf"), []byte(s.conf(cfg)), 0o600))
	must(t, os.WriteFile(filepath.Join(s.dir, "data.ldif"), []byte(slapdBase+cfg.ldif), 0o600))
	conf := filepath.Join(s.dir, "slapd.conf")
	add := exec.Command(binary, "-T", "add", "-q", "-f", conf, "-l", filepath.Join(s.dir, "data.ldif"))
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("slapadd: %v\n%s", err, tail(out))
	}
	s.listen(binary, conf, cfg.tls != nil)
	return s
}

func tail(b []byte) []byte { return b[max(0, len(b)-2000):] }

func (s *slapd) conf(cfg slapdConfig) string {
	var b strings.Builder
	for _, name := range []string{"core", "cosine", "inetorgperson", "nis"} {
		fmt.Fprintf(&b, "include /etc/ldap/schema/%s.schema\n", name)
	}
	b.WriteString("modulepath /usr/lib/ldap\nmoduleload back_mdb\nmoduleload memberof\nmoduleload ppolicy\n")
	fmt.Fprintf(&b, "pidfile %s/pid\nthreads 4\n", s.dir)
	if cfg.tls != nil {
		fmt.Fprintf(&b, "TLSCACertificateFile %s\nTLSCertificateFile %s\nTLSCertificateKeyFile %s\n", cfg.tls.ca, cfg.tls.cert, cfg.tls.key)
	}
	b.WriteString(cfg.global + "\n")
	fmt.Fprintf(&b, "database mdb\nsuffix %q\nrootdn cn=root,%s\nrootpw root\ndirectory %s/db\nmaxsize 4294967296\n", slapdSuffix, slapdSuffix, s.dir)
	b.WriteString("index objectClass,uid,cn,member,uniqueMember,memberUid eq\nlimits dn.exact=\"" + slapdBind + "\" " + or(cfg.limits, "size.soft=500 size.hard=500 size.pr=1000 size.prtotal=unlimited") + "\n")
	b.WriteString("overlay memberof\noverlay ppolicy\n")
	b.WriteString(cfg.database + "\n" + cfg.access + "\n")
	b.WriteString("access to attrs=userPassword by anonymous auth by * none\naccess to * by users read by * none\n")
	return b.String()
}

// listen starts the server; a port that somebody took in between is tried anew.
func (s *slapd) listen(binary, conf string, withTLS bool) {
	s.t.Helper()
	for range 5 {
		s.url, s.tlsURL = "ldap://"+freePort(s.t), "ldaps://"+freePort(s.t)
		s.socket = "ldapi://" + strings.ReplaceAll(filepath.Join(s.dir, "ldapi"), "/", "%2F")
		urls := s.url + " " + s.socket
		if withTLS {
			urls += " " + s.tlsURL
		}
		var log bytes.Buffer
		s.process = exec.Command(binary, "-f", conf, "-h", urls, "-d", "0")
		s.process.Stderr = &log
		s.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		must(s.t, s.process.Start())
		done := make(chan struct{})
		go func() {
			_ = s.process.Wait()
			close(done)
		}()
		if s.answers(done) {
			s.t.Cleanup(func() {
				_ = s.process.Process.Kill()
				<-done
			})
			return
		}
		s.t.Logf("slapd did not start: %s", log.String())
	}
	s.t.Fatal("slapd did not start in five attempts")
}

func (s *slapd) answers(done chan struct{}) bool {
	for range 500 {
		select {
		case <-done:
			return false
		case <-time.After(10 * time.Millisecond):
		}
		if c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "ldap://")); err == nil {
			_ = c.Close()
			return true
		}
	}
	return false
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// config is a working configuration for the server, without TLS.
func (s *slapd) config() LDAPConfig {
	return LDAPConfig{
		URLs: []string{s.url}, TLS: tlsOff, BindDN: slapdBind, BaseDN: slapdSuffix,
		BindPasswordFile: passwordFile(s.t, slapdPassword+"\n"),
	}
}

func passwordFile(t testing.TB, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	must(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

// modify applies LDIF changes as the database's root, as an admin between two runs.
func (s *slapd) modify(ldif string) {
	s.t.Helper()
	c := exec.Command("ldapmodify", "-x", "-H", s.url, "-D", "cn=root,"+slapdSuffix, "-w", "root")
	c.Stdin = strings.NewReader(ldif)
	if out, err := c.CombinedOutput(); err != nil {
		s.t.Fatalf("ldapmodify: %v\n%s", err, out)
	}
}

func readLDAP(t testing.TB, cfg LDAPConfig, want Request) *Snapshot {
	t.Helper()
	s, err := newLDAP(cfg, "corp")
	must(t, err)
	snap, err := s.Read(t.Context(), want)
	must(t, err)
	return snap
}
