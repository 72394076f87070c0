package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed" // the template
	"encoding/pem"
	"errors"
	"fmt"
	"html/template"
	"net/textproto"
	"os"
	"slices"
	"strconv"
	"strings"
	stdsync "sync"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/source"
)

//go:embed mail.html
var mailHTML string

// mailTemplate escapes for HTML what the message holds (S35).
var mailTemplate = stdsync.OnceValue(func() *template.Template {
	return template.Must(template.New("mail").Parse(mailHTML))
})

// tell sends the message to each recipient, once: a server that accepts mail
// delivers it, and the next run reports a problem again. Each recipient gets a
// separate mail, because one mailbox that is gone would reject it for all.
func (e *Email) tell(ctx context.Context, m *message) error {
	client, err := e.client()
	if err != nil {
		return err
	}
	letters := make([]*mail.Msg, len(e.To))
	for i, to := range e.To {
		if letters[i], err = e.mailMessage(m, to); err != nil {
			return err
		}
	}
	err = withoutAddresses(client.DialAndSendWithContext(ctx, letters...), letters)
	if err != nil && slices.ContainsFunc(letters, (*mail.Msg).IsDelivered) {
		return partialError{err}
	}
	return err
}

// withoutAddresses says which letters were not taken: an address has no place
// in a log, and the library and the server name it.
func withoutAddresses(err error, letters []*mail.Msg) error {
	var refused []error
	for i, l := range letters {
		if e, ok := errors.AsType[*mail.SendError](l.SendError()); ok {
			refused = append(refused, fmt.Errorf("email.to[%d]: %s: code %d", i, e.Reason, e.ErrorCode()))
		}
	}
	if len(refused) > 0 {
		return errors.Join(refused...)
	}
	return withoutAnswer(err)
}

// withoutAnswer is a refusal without the server's words, which may repeat what
// it was sent, the password among it (S43).
func withoutAnswer(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Errorf("the mail server refused the message: code %d", e.Code)
	}
	if _, ok := errors.AsType[textproto.ProtocolError](err); ok {
		return errors.New("the mail server's answer is not SMTP")
	}
	if _, ok := errors.AsType[*strconv.NumError](err); ok { // of a challenge, which it repeats
		return fmt.Errorf("the mail server refused the message: %w", smtp.ErrUnexpectedServerResponse)
	}
	for _, echo := range []error{smtp.ErrUnexpectedServerResponse, smtp.ErrUnexpectedServerChallange} {
		if errors.Is(err, echo) {
			return fmt.Errorf("the mail server refused the message: %w", echo)
		}
	}
	return err
}

func (e *Email) client() (*mail.Client, error) {
	host, port, err := e.address()
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("email.server: port %q is not a number", port)
	}
	encryption := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if e.CAFile != "" {
		if encryption.RootCAs, err = authorities(e.CAFile); err != nil {
			return nil, err
		}
	}
	// A server that refuses StartTLS gets nothing (S37).
	policy := map[string]mail.TLSPolicy{"": mail.TLSMandatory, tlsStart: mail.TLSMandatory, tlsAll: mail.NoTLS, tlsOff: mail.NoTLS}
	options := []mail.Option{mail.WithPort(number), mail.WithTimeout(onePatience), mail.WithTLSConfig(encryption), mail.WithTLSPolicy(policy[e.TLS])}
	if e.TLS == tlsAll {
		options = append(options, mail.WithSSL())
	}
	if e.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(e.Username), mail.WithPassword(e.Password.Reveal()))
	}
	return mail.NewClient(host, options...)
}

func authorities(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read email.ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if text, err = source.PlainText(text); err != nil {
		return nil, fmt.Errorf("read email.ca_file: %s %w", file, err)
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read email.ca_file: %s contains no certificate%s", file, unusable(text))
	}
	return pool, nil
}

// unusable says why the first certificate of a PEM text cannot be used.
func unusable(text []byte) string {
	block, _ := pem.Decode(text)
	if block == nil {
		return ""
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return " that can be used: " + err.Error()
	}
	return ""
}

// mailMessage is the mail: the same in text and in HTML.
func (e *Email) mailMessage(m *message, to string) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := letter.From(e.From); err != nil {
		return nil, err
	}
	if err := letter.To(to); err != nil {
		return nil, err
	}
	letter.Subject(strings.ReplaceAll(m.subject, "=?", "= ?")) // no name decodes to something else (S35)
	letter.SetDateWithValue(m.at)
	letter.SetMessageID()
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // nobody's absence assistant need answer
	letter.SetBodyString(mail.TypeTextPlain, m.text())
	var html strings.Builder
	if err := mailTemplate().Execute(&html, m.page()); err != nil {
		return nil, err
	}
	letter.AddAlternativeString(mail.TypeTextHTML, html.String())
	return letter, nil
}

// page is what the template shows.
type page struct {
	Subject string
	Color   string // of the bar at the top; what it means is in the words
	Digest  report.Digest
	// Instance is the Clerk instance (S41), Source where the message comes from.
	Instance, Source string
	// Link is the status page, LinkText what stands on it; empty is none.
	Link, LinkText string
}

func (m *message) page() page {
	color := "#1a7f37"
	switch {
	case m.run == nil, m.run.problem() && !m.run.Failed():
		color = "#9a6700"
	case m.run.Failed():
		color = "#cf222e"
	}
	return page{m.subject, color, m.digest, m.instance, m.source, m.link, linkText}
}
