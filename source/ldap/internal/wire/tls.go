package wire

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"rollcall/source/internal/tlsfile"
)

// The values of the tls key.
const (
	TLSStart = "starttls"
	TLSWhole = "ldaps"
	TLSOff   = "off"
)

// secure answers with the connection to speak LDAP on: raw itself for tls: off
// and for local sockets, else TLS that is up and verified.
func (config *Config) secure(ctx context.Context, c *conn, e Endpoint) (net.Conn, error) {
	raw := c.raw
	if e.Scheme == "ldapi" || e.Scheme == "ldap" && config.TLS == TLSOff {
		return raw, nil
	}
	conf, err := config.tlsConfig(e)
	if err != nil {
		return nil, err
	}
	conf.GetClientCertificate = func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		c.certAsked = true
		for i := range conf.Certificates {
			if asked.SupportsCertificate(&conf.Certificates[i]) == nil {
				return &conf.Certificates[i], nil
			}
		}
		return new(tls.Certificate), nil // go on without one; the server says whether it minds
	}
	if e.Scheme == "ldap" {
		// S37: a server that refuses StartTLS gets no password and no second attempt.
		if err := startTLS(raw); err != nil {
			return nil, err
		}
	}
	stream := tls.Client(raw, conf)
	if err := stream.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return stream, nil
}

// startTLS is the extended request of RFC 4511 section 4.14. It is done here
// and not by go-ldap because the entry reader has to stand above TLS. The answer
// is read without a buffer, so that nothing sent in clear text behind it can
// count as encrypted.
func startTLS(raw net.Conn) error {
	const oid = "1.3.6.1.4.1.1466.20037"
	request := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationExtendedRequest, nil, "")
	request.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, oid, ""))
	message := ber.NewSequence("")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, ""))
	message.AppendChild(request)
	if _, err := raw.Write(message.Bytes()); err != nil {
		return err
	}
	answer, err := readSmall(raw)
	if err != nil {
		return err
	}
	packet, err := ber.DecodePacketErr(answer)
	if err != nil {
		return fmt.Errorf("%w to StartTLS", ErrMalformed)
	}
	if err := ldap.GetLDAPError(packet); err != nil {
		if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork {
			return &startTLSRefused{code: int(e.ResultCode), text: e.Error()}
		}
		return err
	}
	return nil
}

// readSmall reads one short message byte by byte up to its length.
func readSmall(raw net.Conn) ([]byte, error) {
	const most = 4096
	head := make([]byte, 2, most)
	if _, err := io.ReadFull(raw, head); err != nil {
		return nil, err
	}
	if head[1] >= 0x80 {
		more := make([]byte, min(int(head[1]&0x7f), 4))
		if _, err := io.ReadFull(raw, more); err != nil {
			return nil, err
		}
		head = append(head, more...)
	}
	length, _, ok := berLength(head[1:])
	if head[0] != tagSequence || !ok || length > most {
		return nil, fmt.Errorf("%w to StartTLS", ErrMalformed)
	}
	body := make([]byte, length)
	_, err := io.ReadFull(raw, body)
	return append(head, body...), err
}

// startTLSRefused is a refusal of StartTLS (S37).
type startTLSRefused struct {
	code int
	text string
}

func (e *startTLSRefused) Error() string { return e.text }

func (config *Config) tlsConfig(e Endpoint) (*tls.Config, error) {
	conf, err := tlsfile.Config(config.CAFile, config.CertFile, config.KeyFile)
	if err != nil {
		return nil, &tlsfile.LocalFault{Err: err}
	}
	conf.ServerName = cmp.Or(config.ServerName, e.Host)
	if len(config.Fingerprints) > 0 {
		trustOnly(conf, config.Fingerprints)
	}
	return conf, nil
}
