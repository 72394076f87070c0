// Package testpki makes certificates for the tests of file and ldap. Only tests
// and test helpers import it.
package testpki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// PKI is a certificate authority with one server and one client
// certificate, as files.
type PKI struct {
	CA, Cert, Key         string
	ClientCert, ClientKey string
}

type certificate struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// New makes all; the server's certificate is for the name (or address) and
// ends at the given time.
func New(t testing.TB, server string, ends time.Time) *PKI {
	t.Helper()
	dir := t.TempDir()
	ca := signCert(t, nil, &x509.Certificate{Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	leaf := &x509.Certificate{Subject: pkix.Name{CommonName: server}, NotAfter: ends, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if ip := net.ParseIP(server); ip != nil {
		leaf.IPAddresses = []net.IP{ip}
	} else {
		leaf.DNSNames = []string{server}
	}
	p := &PKI{
		CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"),
		ClientCert: filepath.Join(dir, "client.pem"), ClientKey: filepath.Join(dir, "client.key"),
	}
	writePEM(t, p.CA, "", ca)
	writePEM(t, p.Cert, p.Key, signCert(t, ca, leaf))
	client := &x509.Certificate{Subject: pkix.Name{CommonName: "rollcall"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	writePEM(t, p.ClientCert, p.ClientKey, signCert(t, ca, client))
	return p
}

func signCert(t testing.TB, by *certificate, c *x509.Certificate) *certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62))
	must(t, err)
	if c.NotAfter.IsZero() {
		c.NotAfter = time.Now().Add(24 * time.Hour)
	}
	c.NotBefore = c.NotAfter.Add(-48 * time.Hour)
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	must(t, err)
	made, err := x509.ParseCertificate(der)
	must(t, err)
	return &certificate{cert: made, key: key}
}

func writePEM(t testing.TB, cert, key string, c *certificate) {
	t.Helper()
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw}), 0o600))
	if key == "" {
		return
	}
	der, err := x509.MarshalECPrivateKey(c.key)
	must(t, err)
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
