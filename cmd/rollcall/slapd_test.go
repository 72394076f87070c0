package main

import (
	"bytes"
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
)

// directory is a real slapd on a free loopback port, whose access rules can
// change while its data and its address stay.
type directory struct {
	dir, binary string
	url         string
	process     *exec.Cmd
	ended       chan struct{}
}

const (
	ldapSuffix   = "dc=corp,dc=example"
	ldapBind     = "cn=rollcall,ou=services," + ldapSuffix
	ldapPassword = "s3cret of tests"
)

// ldapTop is the top of every test's tree.
const ldapTop = `dn: dc=corp,dc=example
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

var errNoSlapd = errors.New("slapd is not installed (apt-get install slapd ldap-utils): the tests against a real directory are skipped")

// findSlapd is errNoSlapd where there is none, unless the environment says
// that there has to be one.
func findSlapd() (string, error) {
	const binary = "/usr/sbin/slapd"
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if os.Getenv("ROLLCALL_REQUIRE_SLAPD") == "1" {
		return "", errors.New("slapd is not installed, and ROLLCALL_REQUIRE_SLAPD=1 asks for it")
	}
	return "", errNoSlapd
}

func newDirectory(t testing.TB, ldif string) *directory {
	t.Helper()
	d, err := startDirectory(t.TempDir(), ldif)
	if errors.Is(err, errNoSlapd) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.stop)
	return d
}

// startDirectory loads the entries below the top and listens.
func startDirectory(dir, ldif string) (*directory, error) {
	binary, err := findSlapd()
	if err != nil {
		return nil, err
	}
	d := &directory{dir: dir, binary: binary}
	data := filepath.Join(dir, "data.ldif")
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "db"), 0o700), os.WriteFile(data, []byte(ldapTop+ldif), 0o600),
		os.WriteFile(filepath.Join(dir, "password"), []byte(ldapPassword+"\n"), 0o600), d.configure("")); err != nil {
		return nil, err
	}
	if out, err := exec.Command(binary, "-T", "add", "-q", "-f", d.conf(), "-l", data).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("slapadd: %w\n%s", err, out[max(0, len(out)-2000):])
	}
	return d, d.listen()
}

func (d *directory) conf() string { return filepath.Join(d.dir, "slapd.conf") }

// configure writes the configuration with access rules that come before the
// one that lets the bind DN read everything.
func (d *directory) configure(access string) error {
	var b strings.Builder
	for _, name := range []string{"core", "cosine", "inetorgperson", "nis"} {
		fmt.Fprintf(&b, "include /etc/ldap/schema/%s.schema\n", name)
	}
	b.WriteString(contractSchema)
	fmt.Fprintf(&b, "modulepath /usr/lib/ldap\nmoduleload back_mdb\nmoduleload memberof\npidfile %s/pid\nthreads 4\n", d.dir)
	fmt.Fprintf(&b, "database mdb\nsuffix %q\nrootdn cn=root,%s\nrootpw root\ndirectory %s/db\nmaxsize 1073741824\n", ldapSuffix, ldapSuffix, d.dir)
	fmt.Fprintf(&b, "index objectClass,uid,cn,member,uniqueMember,memberUid eq\nlimits dn.exact=%q size.soft=500 size.hard=500 size.pr=1000 size.prtotal=unlimited\noverlay memberof\n", ldapBind)
	b.WriteString(access + "\naccess to attrs=userPassword by anonymous auth by * none\naccess to * by users read by * none\n")
	return os.WriteFile(d.conf(), []byte(b.String()), 0o600)
}

// listen starts the server, at its old address if it had one.
func (d *directory) listen() error {
	var log bytes.Buffer
	for range 5 {
		if d.url == "" {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			d.url = "ldap://" + l.Addr().String()
			_ = l.Close() // slapd listens there next
		}
		d.process = exec.Command(d.binary, "-f", d.conf(), "-h", d.url, "-d", "0")
		d.process.Stderr = &log
		d.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := d.process.Start(); err != nil {
			return err
		}
		d.ended = make(chan struct{})
		go func(p *exec.Cmd, ended chan struct{}) {
			_ = p.Wait()
			close(ended)
		}(d.process, d.ended)
		if d.answers() {
			return nil
		}
		d.url = "" // somebody else has taken the port
	}
	return fmt.Errorf("slapd did not start: %s", log.String())
}

func (d *directory) answers() bool {
	for range 500 {
		select {
		case <-d.ended:
			return false
		case <-time.After(10 * time.Millisecond):
		}
		if c, err := net.Dial("tcp", d.addr()); err == nil {
			_ = c.Close()
			return true
		}
	}
	return false
}

func (d *directory) addr() string { return strings.TrimPrefix(d.url, "ldap://") }

func (d *directory) stop() {
	_ = d.process.Process.Signal(syscall.SIGTERM) // it may have ended
	<-d.ended
}

// access puts other access rules into force, as an admin does between two runs.
func (d *directory) access(rules string) error {
	d.stop()
	if err := d.configure(rules); err != nil {
		return err
	}
	return d.listen()
}

// modify applies LDIF changes.
func (d *directory) modify(ldif string) error {
	c := exec.Command("ldapmodify", "-x", "-H", d.url, "-D", "cn=root,"+ldapSuffix, "-w", "root")
	c.Stdin = strings.NewReader(ldif)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("ldapmodify: %w\n%s", err, out)
	}
	return nil
}

// contractSchema is what a personnel office adds to a directory: when a
// contract begins, as a generalized time, and its last day, as people write it.
const contractSchema = `
attributetype ( 1.3.6.1.4.1.4203.666.11.90.1 NAME 'contractStart' EQUALITY generalizedTimeMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.4203.666.11.90.2 NAME 'contractEnd' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.4203.666.11.90.3 NAME 'contract' AUXILIARY MAY ( contractStart $ contractEnd ) )
`
