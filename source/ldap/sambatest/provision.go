package sambatest

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/keytab"
)

// top is the tree that every domain has beside Samba's own.
func (d Domain) top() string {
	var b strings.Builder
	for _, unit := range []string{"services", "people", "groups"} {
		b.WriteString("dn: OU=" + unit + "," + d.Suffix() + "\nobjectClass: organizationalUnit\n\n")
	}
	return b.String() + d.account(Account, "66048", "0") + d.account(Disabled, "66050", "0") + d.account(Expired, "66048", "132223104000000000")
}

// account is an account of the services whose password does not expire.
func (d Domain) account(name, control, expires string) string {
	return fmt.Sprintf("dn: CN=%s,OU=services,%s\nobjectClass: user\nsAMAccountName: %s\nuserPrincipalName: %s@%s\nunicodePwd:: %s\nuserAccountControl: %s\naccountExpires: %s\n\n",
		name, d.Suffix(), name, name, d, secret(Password), control, expires)
}

// secret is a password as Active Directory takes it: in quotes, as UTF-16.
func secret(password string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(`"` + password + `"`)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return base64.StdEncoding.EncodeToString(b)
}

func (d *DC) conf() string { return filepath.Join(d.Dir, "smb.conf") }

// configure writes what the controller and its clients need. Binds by Kerberos
// over TLS have to be allowed: Samba would want both or neither to be sealed.
func (d *DC) configure() error {
	conf := strings.NewReplacer("REALM", d.Domain.Realm(), "NETBIOS", d.Domain.NetBIOS(), "DIR", d.Dir, "ADDRESS", d.address, "CA", d.pki.CA, "CERT", d.pki.Cert, "KEY", d.pki.Key).Replace(`[global]
netbios name = DC1
realm = REALM
workgroup = NETBIOS
server role = active directory domain controller
server services = ldap, kdc
interfaces = ADDRESS/8
bind interfaces only = yes
private dir = DIR/domain/private
state directory = DIR/domain/state
binddns dir = DIR/domain/bind-dns
cache directory = DIR/cache
lock directory = DIR/lock
pid directory = DIR/run
ncalrpc dir = DIR/ncalrpc
log file = DIR/log.%m
tls cafile = CA
tls certfile = CERT
tls keyfile = KEY
ldap server require strong auth = allow_sasl_over_tls
`)
	krb5 := fmt.Sprintf("[libdefaults]\ndefault_realm = %s\ndns_lookup_kdc = false\nrdns = false\n[realms]\n%s = {\n kdc = %s\n}\n[domain_realm]\n.%s = %s\n",
		d.Domain.Realm(), d.Domain.Realm(), d.address, d.Domain, d.Domain.Realm())
	errs := []error{os.WriteFile(d.conf(), []byte(conf), 0o600), os.WriteFile(d.Krb5Conf, []byte(krb5), 0o600),
		os.WriteFile(d.PasswordFile, []byte(Password+"\n"), 0o600)}
	for _, name := range []string{"cache", "lock", "run", "ncalrpc"} {
		errs = append(errs, os.Mkdir(filepath.Join(d.Dir, name), 0o755))
	}
	return errors.Join(errs...)
}

// fill makes the domain, or takes it from the cache, and a keytab of the accounts.
func (d *DC) fill(ldif string) error {
	kept := ""
	if cache := os.Getenv("ROLLCALL_SAMBA_CACHE"); cache != "" {
		kept = filepath.Join(cache, fmt.Sprintf("%x", sha256.Sum256([]byte(string(d.Domain)+"\n"+ldif))))
	}
	domain := filepath.Join(d.Dir, "domain")
	if _, err := os.Stat(kept); kept == "" || err != nil {
		if err := d.provision(domain, ldif); err != nil {
			return err
		}
		if err := keep(domain, kept); err != nil {
			return err
		}
	} else if err := run(exec.Command("cp", "-a", kept, domain)); err != nil {
		return err
	}
	for _, name := range []string{Account, Disabled, Expired} {
		if err := run(exec.Command("samba-tool", "domain", "exportkeytab", d.Keytab, "--principal="+name, "--configfile="+d.conf())); err != nil {
			return err
		}
	}
	return d.otherKeytab()
}

// otherKeytab is what is left in a file when the password was changed.
func (d *DC) otherKeytab() error {
	keys := keytab.New()
	if err := keys.AddEntry(Account, d.Domain.Realm(), "of last year", time.Now(), 1, etypeID.AES256_CTS_HMAC_SHA1_96); err != nil {
		return err
	}
	b, err := keys.Marshal()
	return errors.Join(err, os.WriteFile(d.OtherKeytab, b, 0o600))
}

// provision also names the service that clients ask the KDC for, which a
// controller that runs longer would do itself.
func (d *DC) provision(domain, ldif string) error {
	c := exec.Command("samba-tool", "domain", "provision", "--realm="+d.Domain.Realm(), "--domain="+d.Domain.NetBIOS(), "--server-role=dc", "--dns-backend=NONE",
		"--host-name=dc1", "--host-ip="+d.address, "--adminpass="+Password, "--targetdir="+domain, "--backend-store="+store(ldif))
	if err := run(c); err != nil {
		return err
	}
	// All entries in one transaction take a time that grows with the square of their number.
	for entries := range slices.Chunk(strings.SplitAfter(ldif, "\n\n"), 500) {
		if err := d.ldb("ldbadd", strings.Join(entries, "")); err != nil {
			return err
		}
	}
	return d.Modify("dn: CN=DC1,OU=Domain Controllers," + d.Domain.Suffix() + "\nchangetype: modify\nadd: servicePrincipalName\nservicePrincipalName: ldap/" + d.Domain.Host() + "\n")
}

// store is the kind of the database: LMDB for a large domain, where the usual one becomes
// slower with each entry.
func store(ldif string) string {
	if len(ldif) > 1<<20 {
		return "mdb"
	}
	return "tdb"
}

// keep puts a copy into the cache, whole or not at all.
func keep(domain, kept string) error {
	if kept == "" {
		return nil
	}
	part := fmt.Sprintf("%s.%d", kept, os.Getpid())
	if err := os.MkdirAll(filepath.Dir(kept), 0o700); err != nil {
		return err
	}
	if err := run(exec.Command("cp", "-a", domain, part)); err != nil {
		return err
	}
	if err := os.Rename(part, kept); err != nil {
		return os.RemoveAll(part) // somebody else was faster
	}
	return nil
}

// ldb runs a tool of the database on the files, whether the controller runs or not.
func (d *DC) ldb(tool, ldif string) error {
	c := d.command(tool, "--nosync")
	c.Stdin = strings.NewReader(ldif)
	return run(c)
}

// ldbModules is where Debian keeps the modules of Samba's database.
const ldbModules = "/usr/lib/*/samba/ldb"

// command is a tool of the database with the modules that Samba brings.
func (d *DC) command(tool string, args ...string) *exec.Cmd {
	c := exec.Command(tool, append(args, "-H", filepath.Join(d.Dir, "domain/private/sam.ldb"), "--configfile="+d.conf())...)
	if modules, err := filepath.Glob(ldbModules); err == nil && len(modules) > 0 {
		c.Env = append(os.Environ(), "LDB_MODULES_PATH="+modules[0])
	}
	return c
}
