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
)

// Config is the notify section of the configuration. A channel that is nil is off.
type Config struct {
	// Name is what this installation is called in messages; empty is the host's name.
	Name string `yaml:"name"`
	// When is for the channels that do not say it themselves.
	When When `yaml:"when"`
	// Repeat is how long a problem that stays the same is not told again; 0
	// tells it after every run.
	Repeat    time.Duration `yaml:"repeat"`
	Email     *Email        `yaml:"email"`
	Slack     *Slack        `yaml:"slack"`
	Webhook   *Webhook      `yaml:"webhook"`
	Heartbeat *Heartbeat    `yaml:"heartbeat"`
	Events    *Webhook      `yaml:"events"`
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
	for path, w := range c.webhooks() {
		add(path+".url_file", w.URLFile, &w.URL)
		add(path+".secret_file", w.SecretFile, &w.Secret)
	}
	if c.Heartbeat != nil {
		add("heartbeat.url_file", c.Heartbeat.URLFile, &c.Heartbeat.URL)
	}
	return files
}

// webhooks are the signed ones that are on, by their keys.
func (c *Config) webhooks() map[string]*Webhook {
	on := map[string]*Webhook{"webhook": c.Webhook, "events": c.Events}
	for key, w := range on {
		if w == nil {
			delete(on, key)
		}
	}
	return on
}

// FieldError is a problem with one key of the notify section.
type FieldError struct {
	// Path is the YAML path below the section, such as "email.from".
	Path    string
	Problem string
}

// Error gives the path and the problem.
func (e *FieldError) Error() string { return e.Path + ": " + e.Problem }

// YAMLPath is where the problem is; the configuration turns it into file:line:column.
func (e *FieldError) YAMLPath() string { return e.Path }

// Validate finds all problems of the section, once the secrets were read, and
// joins them as *FieldError values. None of them shows a secret.
func (c *Config) Validate() error {
	all := []error{checkWhen("when", c.When)}
	if c.Repeat < 0 {
		all = append(all, &FieldError{"repeat", "is negative"})
	}
	if c.Email != nil {
		all = append(all, c.Email.validate())
	}
	if c.Slack != nil {
		all = append(all, checkWhen("slack.when", c.Slack.When), checkURL("slack.url_file", c.Slack.URLFile, c.Slack.URL))
	}
	for path, w := range c.webhooks() {
		all = append(all, checkWhen(path+".when", w.When), checkURL(path+".url_file", w.URLFile, w.URL), w.checkSecret(path+".secret_file"))
	}
	if c.Events != nil && c.Events.When != "" {
		all = append(all, &FieldError{"events.when", "has no meaning here: every change of a person is an event"})
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
	return &FieldError{path, fmt.Sprintf("%q is none of always, change, problem", w)}
}

func (e *Email) validate() error {
	all := []error{checkWhen("email.when", e.When)}
	bad := func(key, problem string) { all = append(all, &FieldError{"email." + key, problem}) }
	host, _, err := e.address()
	switch {
	case e.Server == "":
		bad("server", "missing: name the SMTP server, such as smtp.corp.example:587")
	case err != nil:
		bad("server", fmt.Sprintf("%q is no host:port", e.Server))
	}
	switch e.TLS {
	case "", tlsStart, tlsAll:
	case tlsOff:
		if !clerkapi.IsLoopback(host) {
			bad("tls", "off would show the mail to the network: it is for a server on this machine")
		}
	default:
		bad("tls", fmt.Sprintf("%q is none of starttls, tls, off", e.TLS))
	}
	if (e.Username == "") != (e.PasswordFile == "") {
		bad("username", "goes with password_file: set both, or neither")
	}
	if _, err := mail.ParseAddress(e.From); err != nil {
		bad("from", fmt.Sprintf("%q is no address", e.From))
	}
	if len(e.To) == 0 {
		bad("to", "missing: list who gets the mail")
	}
	for i, to := range e.To {
		if _, err := mail.ParseAddress(to); err != nil {
			bad(fmt.Sprintf("to[%d]", i), fmt.Sprintf("%q is no address", to))
		}
	}
	return errors.Join(all...)
}

// checkURL wants https, for what is sent names people and the address itself
// is a secret; plain http only where no network is crossed.
func checkURL(path, file string, secret clerkapi.Secret) error {
	if file == "" {
		return &FieldError{path, "missing: name the file that holds the URL"}
	}
	if secret.IsZero() {
		return nil // it could not be read, which was said
	}
	u, err := url.Parse(secret.Reveal())
	switch {
	case err != nil || u.Host == "":
		return &FieldError{path, "the file does not hold one URL and nothing else"}
	case u.Scheme == "https", u.Scheme == "http" && clerkapi.IsLoopback(u.Hostname()):
		return nil
	}
	return &FieldError{path, "the URL is not https (plain http is for loopback only)"}
}

// leastSecret is what Standard Webhooks asks for, in bytes.
const leastSecret = 24

func (w *Webhook) checkSecret(path string) error {
	if w.SecretFile == "" {
		return &FieldError{path, "missing: name the file that holds the secret; make one with: echo whsec_$(openssl rand -base64 32)"}
	}
	if w.Secret.IsZero() {
		return nil // it could not be read, which was said
	}
	const prefix = "whsec_"
	_, err := standardwebhooks.NewWebhook(w.Secret.Reveal())
	if err != nil || !strings.HasPrefix(w.Secret.Reveal(), prefix) || len(w.Secret.Reveal()) < len(prefix)+leastSecret*4/3 {
		return &FieldError{path, fmt.Sprintf("the file does not hold a secret: %s and the base64 of %d bytes or more", prefix, leastSecret)}
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
