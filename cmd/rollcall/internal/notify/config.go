package notify

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/field"
)

// Config is the notify section of the configuration. A channel that is nil is off.
type Config struct {
	// Name is what this installation is called in messages; empty is the host's name.
	Name string `yaml:"name"`
	// When is for the channels that do not say it themselves.
	When When `yaml:"when"`
	// Repeat is how long a problem that lasts, or comes and goes, is not told again;
	// 0 tells it after every run.
	Repeat    time.Duration `yaml:"repeat"`
	Email     *Email        `yaml:"email"`
	Slack     *Slack        `yaml:"slack"`
	Webhook   *Webhook      `yaml:"webhook"`
	Heartbeat *Heartbeat    `yaml:"heartbeat"`
}

// DefaultConfig tells about problems, once a day.
func DefaultConfig() Config { return Config{When: OnProblem, Repeat: 24 * time.Hour} }

// When says which runs are told.
type When string

// Each tells what the ones after it tell, and more.
const (
	Always    When = "always"
	OnChange  When = "change"  // something was changed
	OnProblem When = "problem" // something was held or failed, or is well again
)

// Email sends mail through an SMTP server.
type Email struct {
	When When `yaml:"when"`
	// Server is host:port; the port may be left out.
	Server string `yaml:"server"`
	// TLS is starttls (the default), tls for a port that begins encrypted, or
	// off for a server on this machine.
	TLS          string          `yaml:"tls"`
	CAFile       string          `yaml:"ca_file"`
	Username     string          `yaml:"username"`
	PasswordFile string          `yaml:"password_file"`
	Password     clerkapi.Secret `yaml:"-" json:"-"`
	From         string          `yaml:"from"`
	To           []string        `yaml:"to"`
}

// Slack posts to an incoming webhook of Slack, or of what understands the
// same, such as Mattermost and Rocket.Chat.
type Slack struct {
	When    When            `yaml:"when"`
	URLFile string          `yaml:"url_file"`
	URL     clerkapi.Secret `yaml:"-" json:"-"`
}

// Webhook posts signed JSON.
type Webhook struct {
	When       When            `yaml:"when"`
	URLFile    string          `yaml:"url_file"`
	URL        clerkapi.Secret `yaml:"-" json:"-"`
	SecretFile string          `yaml:"secret_file"`
	Secret     clerkapi.Secret `yaml:"-" json:"-"`
}

// Heartbeat calls a dead-man switch, which alarms when the calls end.
type Heartbeat struct {
	URLFile string          `yaml:"url_file"`
	URL     clerkapi.Secret `yaml:"-" json:"-"`
	// SuccessOnly is for switches that know neither /start nor /fail.
	SuccessOnly bool `yaml:"success_only"`
}

// SecretFile is a file whose content is a secret of the section.
type SecretFile struct {
	Path string // in the section, such as "slack.url_file"
	File string
	Into *clerkapi.Secret
}

// SecretFiles are the files that the section names. Reading them is the
// caller's part.
func (c *Config) SecretFiles() []SecretFile {
	var files []SecretFile
	add := func(path, file string, into *clerkapi.Secret) {
		if file != "" {
			files = append(files, SecretFile{path, file, into})
		}
	}
	if c.Email != nil {
		add("email.password_file", c.Email.PasswordFile, &c.Email.Password)
	}
	if c.Slack != nil {
		add("slack.url_file", c.Slack.URLFile, &c.Slack.URL)
	}
	if c.Webhook != nil {
		add("webhook.url_file", c.Webhook.URLFile, &c.Webhook.URL)
		add("webhook.secret_file", c.Webhook.SecretFile, &c.Webhook.Secret)
	}
	if c.Heartbeat != nil {
		add("heartbeat.url_file", c.Heartbeat.URLFile, &c.Heartbeat.URL)
	}
	return files
}

// Validate finds all problems of the section, once the secrets were read, and
// joins them as *field.Error values. None of them shows a secret.
func (c *Config) Validate() error {
	all := []error{checkWhen("when", c.When)}
	if c.Repeat < 0 {
		all = append(all, field.New("repeat", "must not be negative"))
	}
	if c.Email != nil {
		all = append(all, c.Email.validate())
	}
	if c.Slack != nil {
		all = append(all, checkWhen("slack.when", c.Slack.When), checkURL("slack.url_file", c.Slack.URLFile, c.Slack.URL))
	}
	if w := c.Webhook; w != nil {
		all = append(all, checkWhen("webhook.when", w.When), checkURL("webhook.url_file", w.URLFile, w.URL), w.checkSecret("webhook.secret_file"))
	}
	if c.Heartbeat != nil {
		all = append(all, checkURL("heartbeat.url_file", c.Heartbeat.URLFile, c.Heartbeat.URL))
	}
	return errors.Join(all...)
}

func checkWhen(path string, w When) error {
	switch w {
	case "", Always, OnChange, OnProblem:
		return nil
	}
	return field.New(path, fmt.Sprintf("is %q; allowed: always, change, problem", w))
}

func (e *Email) validate() error {
	all := []error{checkWhen("email.when", e.When)}
	bad := func(key, problem string) { all = append(all, field.New("email."+key, problem)) }
	host, _, err := e.address()
	switch {
	case e.Server == "":
		bad("server", "missing: name the SMTP server, such as smtp.corp.example:587")
	case err != nil:
		bad("server", fmt.Sprintf("%q is not in the form host:port", e.Server))
	}
	switch e.TLS {
	case "", tlsStart, tlsAll:
	case tlsOff:
		if !clerkapi.IsLoopback(host) {
			bad("tls", "must not be off: the mail would be sent unencrypted; off is allowed only for a server on this machine")
		}
	default:
		bad("tls", fmt.Sprintf("is %q; allowed: starttls, tls, off", e.TLS))
	}
	if (e.Username == "") != (e.PasswordFile == "") {
		bad("username", "username and password_file must be set together")
	}
	if _, err := mail.ParseAddress(e.From); err != nil {
		bad("from", fmt.Sprintf("%q is not a valid address", e.From))
	}
	if len(e.To) == 0 {
		bad("to", "missing: list the recipients of the mail")
	}
	for i, to := range e.To {
		if _, err := mail.ParseAddress(to); err != nil {
			bad(fmt.Sprintf("to[%d]", i), fmt.Sprintf("%q is not a valid address", to))
		}
	}
	return errors.Join(all...)
}

// checkURL wants https, for what is sent names people and the address itself
// is a secret; plain http only where no network is crossed.
func checkURL(path, file string, secret clerkapi.Secret) error {
	if file == "" {
		return field.New(path, "missing: name the file that contains the URL")
	}
	if secret.IsZero() {
		return nil // it could not be read, which was said
	}
	u, err := url.Parse(secret.Reveal())
	switch {
	case err != nil || u.Host == "":
		return field.New(path, "the file must contain one URL and nothing else")
	case u.Scheme == "https", u.Scheme == "http" && clerkapi.IsLoopback(u.Hostname()):
		return nil
	}
	return field.New(path, "the URL must begin with https:// (http is allowed to this machine only)")
}

// leastSecret is what Standard Webhooks asks for, in bytes.
const leastSecret = 24

func (w *Webhook) checkSecret(path string) error {
	if w.SecretFile == "" {
		return field.New(path, "missing: name the file that contains the secret; to create one: echo whsec_$(openssl rand -base64 32)")
	}
	if w.Secret.IsZero() {
		return nil // it could not be read, which was said
	}
	const prefix = "whsec_"
	_, err := standardwebhooks.NewWebhook(w.Secret.Reveal())
	if err != nil || !strings.HasPrefix(w.Secret.Reveal(), prefix) || len(w.Secret.Reveal()) < len(prefix)+leastSecret*4/3 {
		return field.New(path, fmt.Sprintf("the file does not contain a valid secret: write %s and the base64 of %d bytes or more", prefix, leastSecret))
	}
	return nil
}

// The forms of encryption.
const (
	tlsStart = "starttls"
	tlsAll   = "tls"
	tlsOff   = "off"
)

// address splits the server; without a port it is the usual one.
func (e *Email) address() (host, port string, err error) {
	if !strings.Contains(strings.TrimPrefix(e.Server, "["), ":") {
		usual := map[string]string{"": "587", tlsStart: "587", tlsAll: "465", tlsOff: "25"}
		return e.Server, usual[e.TLS], nil
	}
	return net.SplitHostPort(e.Server)
}
