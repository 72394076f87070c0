package ldap

import (
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/internal/testpki"
	"rollcall/source/ldap/internal/wire"
	"rollcall/source/ldap/ldaptest"
)

func fingerprintOf(t *testing.T, file string) wire.Fingerprint {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	block, _ := pem.Decode(text)
	return sha256.Sum256(block.Bytes)
}

// A listed fingerprint stands for authority and name of the certificate. Any other
// certificate is refused before a password is sent, one of a known authority too
// (S37).
func TestS37OneCertificateByItsFingerprint(t *testing.T) {
	t.Parallel()
	pki, old := testpki.New(t, "appliance.corp.example", time.Time{}), testpki.New(t, "127.0.0.1", time.Now().Add(-time.Hour))
	want, other := fingerprintOf(t, pki.Cert), fingerprintOf(t, pki.CA)
	server, expired := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople, TLS: pki}), ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople, TLS: old})
	team := source.Request{Groups: []source.Selector{{Name: "team"}}}
	for _, c := range []struct {
		url     string
		listed  []string
		refused string
	}{
		{server.URL, []string{want.String()}, ""},
		{server.TLSURL, []string{other.String(), strings.ToLower(strings.ReplaceAll(want.String(), ":", ""))}, ""},
		{server.URL, []string{other.String()}, "the certificate has the SHA-256 " + want.String() + ", which fingerprints does not list"},
		{server.TLSURL, []string{fmt.Sprintf("%064x", 0)}, "the certificate has the SHA-256"},
		{expired.TLSURL, []string{fingerprintOf(t, old.Cert).String()}, "the server's certificate has expired"},
	} {
		cfg := slapdConfig(t, server)
		cfg.URLs, cfg.TLS, cfg.Fingerprints = []string{c.url}, "", c.listed
		s, err := newDirectory(cfg, "corp")
		must(t, err)
		snap, err := s.Read(t.Context(), team)
		if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) || err == nil && len(snap.People) != 2 {
			t.Errorf("%s %s: got %v, want %q", c.url, c.listed, err, c.refused)
		}
	}
}

func TestFingerprintProblems(t *testing.T) {
	good := strings.Repeat("aB:", 31) + "01"
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Fingerprints = []string{good} }, ""},
		{func(c *Config) { c.Fingerprints = []string{good[3:]} }, "ldap.fingerprints[0]: is not the SHA-256"},
		{func(c *Config) { c.Fingerprints = []string{good, "x"} }, "ldap.fingerprints[1]: is not the SHA-256"},
		{func(c *Config) { c.Fingerprints, c.CAFile = []string{good}, "ca.pem" }, "ldap.fingerprints: names the certificates"},
		{func(c *Config) { c.Fingerprints, c.URLs, c.TLS = []string{good}, []string{"ldap://x"}, "off" }, "ldap.tls: is off"},
	} {
		cfg := Config{URLs: []string{"ldaps://dc1.corp.example"}, Bind: wire.BindAnonymous, BaseDN: ldaptest.Suffix}
		c.change(&cfg)
		if err := cfg.Validate(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}
