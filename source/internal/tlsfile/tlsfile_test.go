package tlsfile

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecret(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ content, want, problem string }{
		{"secret\n", "secret", ""},
		{"secret\r\n", "secret", ""},
		{" spaced ", " spaced ", ""},
		{"\ufeffsecret\r\n", "secret", ""},
		{"\xff\xfes\x00", "", "is encoded as utf-16"},
		{"\n", "", "is empty"},
		{"", "", "is empty"},
		{"one\ntwo\n", "", "more than one line"},
	} {
		file := filepath.Join(dir, "p")
		must(t, os.WriteFile(file, []byte(c.content), 0o600))
		got, err := Secret("bind_password_file", file)
		if got != c.want || (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%q gives %q, %v", c.content, got, err)
		}
	}
	if _, err := Secret("bind_password_file", filepath.Join(dir, "none")); err == nil {
		t.Error("a missing file gives a password")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Files that hold no certificate are named, with their key in the configuration.
func TestConfigThatCannotBeRead(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	must(t, os.WriteFile(empty, nil, 0o600))
	for want, files := range map[string][3]string{
		"read ca_file: ":                 {"/nowhere/ca.pem", "", ""},
		"no certificate in PEM form":     {empty, "", ""},
		"read cert_file and key_file: ":  {"", empty, empty},
		"read cert_file and key_file: o": {"", "/nowhere/cert.pem", empty},
	} {
		if _, err := Config(files[0], files[1], files[2]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", files, err)
		}
	}
}

// What is wrong with a certificate is said in words; other errors have none.
func TestHint(t *testing.T) {
	for want, err := range map[string]error{
		"":                   errors.New("connection refused"),
		"does not speak TLS": fmt.Errorf("read: %w", tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}),
		"cannot be verified": &tls.CertificateVerificationError{Err: errors.New("x")},
		"has expired":        x509.CertificateInvalidError{Reason: x509.Expired},
		"signed by a CA that this machine does not trust": x509.UnknownAuthorityError{},
		"does not accept the client certificate":          ErrCertRefused,
	} {
		if got := Hint(err); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%v: %q", err, got)
		}
	}
	if !IsLocalFault(fmt.Errorf("x: %w", &LocalFault{os.ErrNotExist})) || IsLocalFault(os.ErrNotExist) || IsTimeout(os.ErrNotExist) || !IsTimeout(os.ErrDeadlineExceeded) {
		t.Error("kinds of faults are mixed up")
	}
}
