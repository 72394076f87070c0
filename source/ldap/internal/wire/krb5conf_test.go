package wire

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A broken krb5.conf is an error that names the file and the line. The library
// panics at some of these, and says nothing of others.
func TestS09BrokenKrb5ConfIsAnErrorAtItsLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, want string }{
		"a realm on one line":       {"[realms]\n\nCORP.EXAMPLE = { kdc = dc1.corp.example }\n", ":3: \"CORP.EXAMPLE = { kdc = dc1.corp.example }\": a block must begin with NAME = {"},
		"a key behind the begin":    {"[realms]\nA = { kdc = x\n}\n", ":2: "},
		"an end behind a key":       {"[realms]\nA = {\nkdc = x }\n", ":3: \"kdc = x }\": the } of a block"},
		"a block that does not end": {"[realms]\nA = {\nkdc = x\n[domain_realm]\n", ":2: the block that begins here has no closing }"},
		"an end of nothing":         {"[realms]\n}\n", ":2: } without a block"},
		"a block without a name":    {"[realms]\n{\n}\n", ":2: "},
		"a block without its sign":  {"[realms]\nA {\n}\n", ":2: "},
		"a key without a value":     {"[realms]\nA = {\nkdc\n}\n", ":3: \"kdc\" is not in the form key = value"},
		"a key of no realm":         {"[realms]\nkdc = x\n", ":2: \"kdc = x\" is outside"},
		"words in libdefaults":      {"# first\n[libdefaults]\n default_realm CORP.EXAMPLE\n", ":3: \"default_realm CORP.EXAMPLE\" is not in the form key = value"},
		"words in domain_realm":     {"[domain_realm]\n.corp.example\n", ":2: "},
		"no number":                 {"[libdefaults]\nticket_lifetime = soon\n", "ticket_lifetime = soon"},
	} {
		file := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		must(t, os.WriteFile(file, []byte(c.text), 0o600))
		_, err := loadKrb5Conf(file)
		if err == nil || !strings.HasPrefix(err.Error(), "read krb5_conf "+file) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "panic") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := loadKrb5Conf(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "krb5_conf") {
		t.Errorf("no file: %v", err)
	}
}

// What administrators really have is read: comments, included files, blocks
// inside a realm, sections and settings that the library does not know.
func TestKrb5ConfOfRealLife(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "krb5.conf")
	must(t, os.WriteFile(file, []byte(`includedir /etc/krb5.conf.d/
[logging]
 default = FILE:/var/log/krb5libs.log
[libdefaults]
 default_realm = CORP.EXAMPLE # ours
 rdns = false
[realms]
 CORP.EXAMPLE = {
  kdc = dc1.corp.example
  kdc = dc2.corp.example:1088
  auth_to_local_names = {
    root = admin
  }
  v4_name_convert = {
    host = {
      rcmd = host
    }
  }
  pkinit_eku_checking = kpServerAuth
 }
 OTHER.EXAMPLE={
  kdc = kdc.other.example
 }
[domain_realm]
 .corp.example = CORP.EXAMPLE
[appdefaults]
 pam = {
   debug = false
 }
`), 0o600))
	conf, err := loadKrb5Conf(file)
	must(t, err)
	if got := fmt.Sprintf("%v %v %s %v", conf.Realms[0].KDC, conf.Realms[1].KDC, conf.LibDefaults.DefaultRealm, conf.included); got !=
		"[dc1.corp.example:88 dc2.corp.example:1088] [kdc.other.example:88] CORP.EXAMPLE true" {
		t.Error(got)
	}
	for realm, want := range map[string]string{"CORP.EXAMPLE": "", "": "no default_realm", "NO.EXAMPLE": "rollcall does not read the files that it includes"} {
		if err := conf.servesRealm(realm); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("realm %q: %v", realm, err)
		}
	}
	conf.included = false
	if err := conf.servesRealm("NO.EXAMPLE"); err == nil || !strings.Contains(err.Error(), "dns_lookup_kdc is off") {
		t.Errorf("%v", err)
	}
	conf.LibDefaults.DNSLookupKDC = true
	if err := conf.servesRealm("NO.EXAMPLE"); err != nil {
		t.Errorf("DNS names the KDC: %v", err)
	}
}

// No text makes a panic: what the library cannot bear is refused before it.
func FuzzKrb5Conf(f *testing.F) {
	f.Add("[realms]\nA = { kdc = x }\n")
	f.Add("[realms]\nA = {\n b = {\n }\n}\n[libdefaults]\nx = y\n")
	f.Add("[libdefaults]\nkdc_default_options = 0x\npermitted_enctypes =\n[domain_realm]\n=\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(dir, "krb5.conf")
		must(t, os.WriteFile(file, []byte(text), 0o600))
		if _, err := loadKrb5Conf(file); err != nil && strings.Contains(err.Error(), "panic") {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
