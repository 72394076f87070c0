package wire

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Fingerprint is the SHA-256 of a certificate.
type Fingerprint [sha256.Size]byte

// ParseFingerprint reads 64 hex digits, with or without colons, in any letter case.
func ParseFingerprint(text string) (f Fingerprint, err error) {
	raw, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(raw) != len(f) {
		return f, errors.New("is not the SHA-256 of a certificate: write 64 hex digits, with or without colons, as openssl x509 -noout -fingerprint -sha256 prints them")
	}
	return Fingerprint(raw), nil
}

// String writes the bytes as openssl does.
func (f Fingerprint) String() string {
	parts := make([]string, len(f))
	for i, b := range f {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

// otherCertificate is a certificate that no configured fingerprint names (S37).
type otherCertificate struct{ is Fingerprint }

func (e *otherCertificate) Error() string {
	return "the server has a certificate with another fingerprint: " + e.is.String()
}

// trustOnly has the connection believe the certificates with these fingerprints and
// no other. The handshake proves that the server has the key. Its authority and its
// name do not count, its dates do.
func trustOnly(conf *tls.Config, fingerprints []string) {
	conf.InsecureSkipVerify = true // VerifyConnection checks more strictly
	conf.VerifyConnection = func(state tls.ConnectionState) error {
		leaf := state.PeerCertificates[0]
		is := Fingerprint(sha256.Sum256(leaf.Raw))
		known := slices.ContainsFunc(fingerprints, func(text string) bool {
			f, err := ParseFingerprint(text)
			return err == nil && f == is
		})
		if !known {
			return &otherCertificate{is}
		}
		if now := time.Now(); now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
			return x509.CertificateInvalidError{Cert: leaf, Reason: x509.Expired}
		}
		return nil
	}
}
