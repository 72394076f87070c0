package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed" // the template
	"errors"
	"fmt"
	"html/template"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"rollcall/cmd/rollcall/internal/report"
)

//go:embed mail.html
var mailHTML string

// mailTemplate escapes for HTML what the message holds (S35).
var mailTemplate = template.Must(template.New("mail").Parse(mailHTML))

// tell sends the message to each recipient, once: a server that takes mail sees
// to the rest, and a problem is told again by the next run. Each gets a letter
// of her own, as one mailbox that is gone would keep it from all.
func (e *Email) tell(ctx context.Context, m *message) error {
	client, err := e.client()
	if err != nil {
		return err
	}
	letters := make([]*mail.Msg, len(e.To))
	for i, to := range e.To {
		if letters[i], err = e.letter(m, to); err != nil {
			return err
		}
	}
	err = withoutAddresses(client.DialAndSendWithContext(ctx, letters...), letters)
	if err != nil && slices.ContainsFunc(letters, (*mail.Msg).IsDelivered) {
		return partly{err}
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
	return err
}

func (e *Email) client() (*mail.Client, error) {
	host, port, err := e.address()
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("email.server: port %q is no number", port)
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
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read email.ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read email.ca_file: %s holds no certificate", file)
	}
	return pool, nil
}

// letter is the mail: the same in text and in HTML.
func (e *Email) letter(m *message, to string) (*mail.Msg, error) {
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
	if err := mailTemplate.Execute(&html, m.page()); err != nil {
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
	Source  string
}

func (m *message) page() page {
	color := "#1a7f37"
	switch {
	case m.run == nil, m.run.problem() && !m.run.Failed():
		color = "#9a6700"
	case m.run.Failed():
		color = "#cf222e"
	}
	return page{m.subject, color, m.digest, m.source}
}
