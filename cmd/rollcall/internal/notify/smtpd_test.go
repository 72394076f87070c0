package notify

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
)

const (
	smtpUser     = "rollcall"
	smtpPassword = "mail s3cret of tests"
)

// smtpd is a real SMTP server on loopback, Debian's python3-aiosmtpd.
type smtpd struct {
	address, ca, maildir, encryption string
}

// startSMTPD starts a server with a form of encryption; all but tlsOff want a login.
func startSMTPD(t *testing.T, encryption string) *smtpd {
	t.Helper()
	const python = "/usr/bin/python3"
	if err := exec.CommandContext(t.Context(), python, "-c", "import aiosmtpd").Run(); err != nil {
		if os.Getenv("ROLLCALL_REQUIRE_SMTPD") == "1" {
			t.Fatal("python3-aiosmtpd is not installed, and ROLLCALL_REQUIRE_SMTPD=1 asks for it")
		}
		suite.Skip(t, "aiosmtpd", "the tests against a real mail server (apt-get install python3-aiosmtpd)")
	}
	s := &smtpd{encryption: encryption, maildir: filepath.Join(t.TempDir(), "mail")}
	port := freePort(t)
	s.address = "127.0.0.1:" + port
	args := []string{"testdata/smtpd.py", port, s.maildir, encryption, "", "", "", ""}
	if encryption != tlsOff {
		var cert, key string
		s.ca, cert, key = newCertificate(t)
		args = append(args[:4], cert, key, smtpUser, smtpPassword)
	}
	server := exec.Command(python, args...)
	suite.EndWithTest(server)
	out, err := server.StdoutPipe()
	must(t, errors.Join(err, server.Start()))
	t.Cleanup(func() { _ = errors.Join(server.Process.Kill(), server.Wait()) })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the mail server says %q: %v", line, err)
	}
	return s
}

// email is a configuration that reaches the server.
func (s *smtpd) email() *Email {
	e := &Email{Server: s.address, TLS: s.encryption, CAFile: s.ca, From: "rollcall <rollcall@corp.example>", To: []string{"ops@corp.example", "on-call@corp.example"}}
	if s.ca != "" {
		e.Username, e.Password = smtpUser, clerkapi.NewSecret(smtpPassword)
	}
	return e
}

// mails are those that arrived.
func (s *smtpd) mails(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(s.maildir, "new", "*"))
	must(t, err)
	mails := make([]string, len(names))
	for i, name := range names {
		data, err := os.ReadFile(name)
		must(t, err)
		mails[i] = string(data)
	}
	return mails
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	return port
}

// newCertificate makes an authority and a certificate of 127.0.0.1, as files.
func newCertificate(t *testing.T) (ca, cert, key string) {
	t.Helper()
	dir := t.TempDir()
	signer := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: signer.NotAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	file := func(name, kind string, der []byte, err error) string {
		must(t, err)
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	signerKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	der, err := x509.CreateCertificate(rand.Reader, signer, signer, &signerKey.PublicKey, signerKey)
	ca = file("ca.pem", "CERTIFICATE", der, err)
	der, err = x509.CreateCertificate(rand.Reader, leaf, signer, &leafKey.PublicKey, signerKey)
	cert = file("cert.pem", "CERTIFICATE", der, err)
	der, err = x509.MarshalECPrivateKey(leafKey)
	return ca, cert, file("key.pem", "EC PRIVATE KEY", der, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fmt.Errorf("set up: %w", err))
	}
}
