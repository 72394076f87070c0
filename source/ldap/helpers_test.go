package ldap

import (
	"os"
	"path/filepath"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/internal/wire"
	"rollcall/source/ldap/ldaptest"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// slapdConfig is a working configuration for a server, without TLS.
func slapdConfig(t testing.TB, s *ldaptest.Slapd) Config {
	return Config{
		URLs: []string{s.URL}, TLS: wire.TLSOff, BindDN: ldaptest.BindDN, BaseDN: ldaptest.Suffix,
		BindPasswordFile: passwordFile(t, ldaptest.Password+"\n"),
	}
}

func fakeConfig(f *ldaptest.Fake) Config {
	return Config{URLs: []string{f.URL}, TLS: wire.TLSOff, Bind: wire.BindAnonymous, BaseDN: ldaptest.Suffix, Connections: 1}
}

func passwordFile(t testing.TB, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	must(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func readLDAP(t testing.TB, cfg Config, want source.Request) *source.Snapshot {
	t.Helper()
	s, err := newDirectory(cfg, "corp")
	must(t, err)
	snap, err := s.Read(t.Context(), want)
	must(t, err)
	return snap
}
