package tlsfile

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"rollcall/source"
)

// ErrCertRefused is what a server does that wants another client certificate.
var ErrCertRefused = errors.New("the server asked for a client certificate and closed the connection")

// Config reads the certificates anew at each connect, so that renewed ones count.
func Config(caFile, certFile, keyFile string) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		text, err := ReadText(caFile)
		if err != nil {
			return nil, fmt.Errorf("read ca_file: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if err := AppendCertificates(conf.RootCAs, text); err != nil {
			return nil, fmt.Errorf("read ca_file %s: %w", caFile, err)
		}
	}
	if certFile != "" {
		pair, err := keyPair(certFile, keyFile)
		if err != nil {
			return nil, fmt.Errorf("read cert_file and key_file: %w", err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf, nil
}

// ReadText reads a file without its byte order mark.
func ReadText(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if data, err = source.PlainText(data); err != nil {
		return nil, fmt.Errorf("%s %w", file, err)
	}
	return data, nil
}

func keyPair(certFile, keyFile string) (tls.Certificate, error) {
	cert, err := ReadText(certFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := ReadText(keyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(cert, key)
}

// AppendCertificates adds the certificates of a PEM text to a pool. The error
// says why not one of them can be used; x509 leaves them out without a word.
func AppendCertificates(pool *x509.CertPool, text []byte) error {
	added, problem := 0, errors.New("no certificate in PEM form found")
	for n := 1; ; {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err == nil {
			pool.AddCert(cert)
			added++
		} else if added == 0 {
			problem = fmt.Errorf("certificate %d in it cannot be used (%w)", n, err)
			if hint := unreadableHint(err); hint != "" {
				problem = fmt.Errorf("%w: %s", problem, hint)
			}
		}
		n++
	}
	if added > 0 {
		return nil
	}
	return problem
}

// UnreadableHint says what to do about a server whose certificate cannot be
// read; empty for other errors. Another server may have a better one.
func UnreadableHint(err error) string {
	if !strings.Contains(err.Error(), "failed to parse certificate from server") {
		return ""
	}
	return cmp.Or(unreadableHint(err), "the server's certificate is not valid X.509: issue a new one")
}

func unreadableHint(err error) string {
	if !strings.Contains(err.Error(), "negative serial number") {
		return ""
	}
	return "a certificate must not have a negative serial number: issue a new one; until then, set the environment variable GODEBUG=x509negativeserial=1 to accept it"
}

// Secret reads a file that holds a password or a token, anew for each
// connection, so that a rotated one counts. Editors and echo leave a line end,
// which is none of it. The error is a [LocalFault]; key names the file in the
// configuration.
func Secret(key, file string) (string, error) {
	b, err := ReadText(file)
	if err != nil {
		return "", &LocalFault{fmt.Errorf("read %s: %w", key, err)}
	}
	text := strings.TrimRight(string(b), "\r\n")
	switch {
	case text == "":
		return "", &LocalFault{fmt.Errorf("read %s %s: it is empty", key, file)}
	case strings.ContainsAny(text, "\r\n\x00"):
		return "", &LocalFault{fmt.Errorf("read %s %s: it has more than one line", key, file)}
	}
	return text, nil
}

// Hint says in words what is wrong with a certificate; empty for errors that
// are not about TLS.
func Hint(err error) string {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "the server's certificate has expired or is not valid yet: renew it, or check this machine's clock"
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return hostnameHint(e)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the server's certificate is signed by a CA that this machine does not trust: set ca_file to that CA"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the server does not speak TLS here: use ldap:// for StartTLS, or another port"
	}
	text := err.Error()
	if errors.Is(err, ErrCertRefused) || strings.Contains(text, "certificate required") || strings.Contains(text, "tls: bad certificate") ||
		strings.Contains(text, "tls: unknown certificate") {
		return "the server does not accept the client certificate: set cert_file and key_file to one that it trusts"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the server's certificate cannot be verified"
	}
	return ""
}

// hostnameHint says which names a certificate has. Without a subject
// alternative name it has none: the common name does not count, and server_name
// cannot help.
func hostnameHint(e x509.HostnameError) string {
	c := e.Certificate
	if c == nil || len(c.DNSNames)+len(c.IPAddresses)+len(c.URIs)+len(c.EmailAddresses) > 0 {
		return fmt.Sprintf("the server's certificate is not for %q: use a name from the certificate, or set server_name", e.Host)
	}
	kind := "DNS"
	if net.ParseIP(e.Host) != nil {
		kind = "IP"
	}
	return fmt.Sprintf("the server's certificate has no subject alternative name, and the common name is not used: issue a new one with the subject alternative name %s:%s", kind, e.Host)
}

// LocalFault is a problem on this machine: a file, or a credential.
type LocalFault struct{ Err error }

// Error is the text of the problem.
func (e *LocalFault) Error() string { return e.Err.Error() }

// Unwrap gives the problem to errors.Is and errors.AsType.
func (e *LocalFault) Unwrap() error { return e.Err }

// IsLocalFault reports a file of this machine that cannot be read: another
// server would not help.
func IsLocalFault(err error) bool {
	_, ok := errors.AsType[*LocalFault](err)
	return ok
}

// IsTimeout reports whether the network gave up waiting.
func IsTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}
