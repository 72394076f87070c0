package sambatest

import (
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
	"rollcall/source/ldap/ldaptest"
)

// The names of the domain of [Start], and the accounts of every domain.
const (
	Realm   = "CORP.EXAMPLE"
	NetBIOS = "CORP"
	Suffix  = "DC=corp,DC=example"
	// Host is the name of the controller, which nothing resolves.
	Host = "dc1.corp.example"
	// Account is what the tests log in as, Disabled and Expired may not log in.
	Account  = "rollcall"
	Disabled = "former"
	Expired  = "expired"
	Password = "s3cret of Tests 1"
)

// Domain is the DNS name of a domain, such as corp.example.
type Domain string

// Corp is the domain of [Start].
const Corp Domain = "corp.example"

// Realm is the name that Kerberos has for the domain.
func (d Domain) Realm() string { return strings.ToUpper(string(d)) }

// NetBIOS is the short name.
func (d Domain) NetBIOS() string {
	name, _, _ := strings.Cut(d.Realm(), ".")
	return name
}

// Suffix is the DN of the domain.
func (d Domain) Suffix() string { return "DC=" + strings.ReplaceAll(string(d), ".", ",DC=") }

// Host is the name of the domain's controller, which nothing resolves.
func (d Domain) Host() string { return "dc1." + string(d) }

// DC is a running domain controller.
type DC struct {
	Domain Domain
	// Dir holds its files.
	Dir string
	// URL and TLSURL are its addresses, CA the file of its authority.
	URL, TLSURL, CA string
	// Krb5Conf, Keytab and PasswordFile are what a client of it needs.
	// OtherKeytab has a key of the account that is not its own.
	Krb5Conf, Keytab, OtherKeytab, PasswordFile string

	address string
	pki     *testpki.PKI
	process *exec.Cmd
	ended   chan struct{}
}

// Start makes a domain with the entries of the LDIF below its own ones, or
// takes it from the cache, and serves it until the test ends. It skips the test
// where the machine cannot.
func Start(t testing.TB, ldif string) *DC { return StartDomain(t, Corp, ldif) }

// StartDomain is Start for a domain of another name.
func StartDomain(t testing.TB, domain Domain, ldif string) *DC {
	t.Helper()
	if lack := missing(); lack != "" {
		if os.Getenv("ROLLCALL_REQUIRE_SAMBA") == "1" {
			t.Fatalf("%s, and ROLLCALL_REQUIRE_SAMBA=1 asks for a domain controller", lack)
		}
		suite.Skip(t, "samba", lack+": the tests against a real domain controller are skipped")
	}
	d := newDC(t, domain, testpki.New(t, domain.Host(), time.Now().Add(24*time.Hour)))
	must(t, d.fill(domain.top()+ldif))
	must(t, d.serve())
	t.Cleanup(d.stop)
	return d
}

// newDC is a controller without files of a domain.
func newDC(t testing.TB, domain Domain, pki *testpki.PKI) *DC {
	t.Helper()
	d := &DC{Domain: domain, Dir: t.TempDir(), pki: pki}
	must(t, d.chooseAddress())
	d.URL, d.TLSURL, d.CA = "ldap://"+d.address, "ldaps://"+d.address, d.pki.CA
	d.Krb5Conf, d.Keytab, d.OtherKeytab = filepath.Join(d.Dir, "krb5.conf"), filepath.Join(d.Dir, "keytab"), filepath.Join(d.Dir, "other.keytab")
	d.PasswordFile = filepath.Join(d.Dir, "password")
	must(t, d.configure())
	return d
}

// StartCopy serves a copy of the controller's files of this moment at another address, as
// if a backup had been restored.
func (d *DC) StartCopy(t testing.TB) *DC {
	t.Helper()
	c := newDC(t, d.Domain, d.pki) // at an address that d does not have
	d.stop()
	must(t, run(exec.Command("cp", "-a", filepath.Join(d.Dir, "domain"), filepath.Join(c.Dir, "domain"))))
	must(t, d.serve())
	must(t, c.serve())
	t.Cleanup(c.stop)
	return c
}

// Stop ends the controller before the test does, and Resume starts it again.
func (d *DC) Stop() { d.stop() }

// Resume starts the controller again at its address.
func (d *DC) Resume(t testing.TB) {
	t.Helper()
	must(t, d.serve())
}

// SID is the SID of an entry.
func (d *DC) SID(t testing.TB, dn string) string {
	t.Helper()
	out, err := d.command("ldbsearch", "-s", "base", "-b", dn, "objectSid").Output()
	must(t, err)
	for line := range strings.Lines(string(out)) {
		if sid, ok := strings.CutPrefix(line, "objectSid: "); ok {
			return strings.TrimSpace(sid)
		}
	}
	t.Fatalf("%s has no SID:\n%s", dn, out)
	return ""
}

// missing is what the machine lacks for a domain controller.
func missing() string {
	if os.Geteuid() != 0 {
		return "only root can listen on the ports of a domain controller"
	}
	for _, program := range []string{"samba", "samba-tool", "ldbadd", "kinit"} {
		if _, err := exec.LookPath(program); err != nil {
			return program + " is not installed (apt-get install samba-ad-dc samba-ad-provision samba-dsdb-modules ldb-tools krb5-user)"
		}
	}
	if _, err := os.Stat("/usr/share/samba/setup"); err != nil {
		return "samba-ad-provision is not installed"
	}
	if modules, err := filepath.Glob(ldbModules); err != nil || len(modules) == 0 {
		return "the modules of samba's database are missing (apt-get install samba-dsdb-modules)"
	}
	return ""
}

// chooseAddress finds a loopback address whose ports are free: LDAP's cannot
// be chosen, and several test programs run at once.
func (d *DC) chooseAddress() error {
	for n := range 200 {
		address := fmt.Sprintf("127.40.%d.%d", os.Getpid()%250, 1+n)
		if free(address, "389") && free(address, "636") && free(address, "88") {
			d.address = address
			return nil
		}
	}
	return errors.New("no loopback address has the ports of a domain controller free")
}

func free(address, port string) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(address, port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// serve starts the controller and waits until it answers.
func (d *DC) serve() error {
	log, err := os.Create(filepath.Join(d.Dir, "samba.log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	d.process = exec.Command("samba", "--foreground", "--no-process-group", "--debug-stdout", "--model=single", "--configfile="+d.conf())
	d.process.Stdout, d.process.Stderr = log, log
	suite.EndWithTest(d.process)
	if err := d.process.Start(); err != nil {
		return err
	}
	d.ended = make(chan struct{})
	go func() {
		_ = d.process.Wait()
		close(d.ended)
	}()
	for range 600 {
		select {
		case <-d.ended:
			return d.failed("ended at once")
		case <-time.After(100 * time.Millisecond):
		}
		if d.answers("636") && d.answers("88") {
			return nil
		}
	}
	d.stop()
	return d.failed("does not answer")
}

func (d *DC) answers(port string) bool {
	c, err := net.Dial("tcp", net.JoinHostPort(d.address, port))
	return err == nil && c.Close() == nil
}

func (d *DC) failed(how string) error {
	log, _ := os.ReadFile(filepath.Join(d.Dir, "samba.log")) // as much as there is
	return fmt.Errorf("samba %s: %s", how, log[max(0, len(log)-2000):])
}

func (d *DC) stop() {
	_ = d.process.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-d.ended:
	case <-time.After(10 * time.Second):
		_ = d.process.Process.Kill()
		<-d.ended
	}
}

// Modify applies LDIF changes as an admin does between two runs.
func (d *DC) Modify(ldif string) error { return d.ldb("ldbmodify", ldif) }

// ModifyOverLDAP asks the controller for changes, as the tools of Active Directory do. It
// returns when the controller has committed them.
func (d *DC) ModifyOverLDAP(ldif string) error {
	c := exec.Command("ldapmodify", "-x", "-H", d.TLSURL, "-D", "CN=Administrator,CN=Users,"+d.Domain.Suffix(), "-w", Password)
	c.Env = append(os.Environ(), "LDAPTLS_CACERT="+d.CA, "LDAPTLS_REQCERT=allow") // it is reached by its address, and not by its name
	c.Stdin = strings.NewReader(ldif)
	return run(c)
}

// TicketCache is a credential cache of the account with a fresh ticket.
func (d *DC) TicketCache(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ccache")
	c := exec.Command("kinit", "-k", "-t", d.Keytab, "-c", "FILE:"+file, Account+"@"+d.Domain.Realm())
	c.Env = append(os.Environ(), "KRB5_CONFIG="+d.Krb5Conf)
	must(t, run(c))
	return file
}

// StartProxy is a proxy in front of the controller that speaks TLS with its certificate.
func (d *DC) StartProxy(t testing.TB) *ldaptest.Proxy {
	t.Helper()
	return ldaptest.StartTLSProxy(t, strings.TrimPrefix(d.TLSURL, "ldaps://")+":636", d.pki)
}

// run runs a program and quotes its last words when it fails.
func run(c *exec.Cmd) error {
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", c.Args[0], err, out[max(0, len(out)-2000):])
	}
	return nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
