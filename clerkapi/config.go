package clerkapi

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// DefaultAPIURL is where the Clerk Backend API is served.
const DefaultAPIURL = "https://api.clerk.com"

// Config is the clerk section of the configuration.
type Config struct {
	// SecretKeyFile and SecretKeyEnv name the place of the key; exactly one is
	// set. The caller reads the key into SecretKey.
	SecretKeyFile string `yaml:"secret_key_file"`
	SecretKeyEnv  string `yaml:"secret_key_env"`
	// SecretKey is the key itself (sk_live_… or sk_test_…). It never comes
	// from the configuration file.
	SecretKey Secret `yaml:"-" json:"-"`
	// APIURL is scheme and host, without /v1; empty is [DefaultAPIURL].
	APIURL string `yaml:"api_url"`
	// Budget is the share of the instance's rate limit that rollcall may use,
	// such as "50%". Empty is 50 % for sk_live_ keys, because the website of the
	// instance uses the same limit, and 90 % for all others.
	Budget string `yaml:"budget"`
	// Rate overrides the limit that the key's prefix implies.
	Rate Rate `yaml:"rate"`
	// Network is how Clerk is reached.
	Network
}

// Rate is a number of requests in a window of time. The zero Rate is unset.
type Rate struct {
	Requests int           `yaml:"requests"`
	Window   time.Duration `yaml:"window"`
}

// The limits that Clerk publishes for the Backend API, per instance.
var (
	liveRate        = Rate{Requests: 1000, Window: 10 * time.Second}
	developmentRate = Rate{Requests: 100, Window: 10 * time.Second}
)

const (
	livePrefix        = "sk_live_"
	liveShare         = 50
	developmentShare  = 90
	maxWindow         = time.Hour
	maxRateOfRequests = 1_000_000
)

// fieldError is a problem with one key of the clerk section.
type fieldError struct {
	// Path is the YAML path below the section, such as "rate.requests".
	Path    string
	Problem string
}

// Error gives the path and the problem.
func (e *fieldError) Error() string { return e.Path + ": " + e.Problem }

// YAMLPath is where the problem is; the configuration turns it into file:line:column.
func (e *fieldError) YAMLPath() string { return e.Path }

// Validate finds all problems of the section and joins them. Each has a method
// YAMLPath, which says where it is. Validate does not ask for SecretKey, which
// is read after validation.
func (c Config) Validate() error {
	return errors.Join(c.validateKey(), c.validateURL(), c.validateBudget(), c.validateRate(), c.validateNetwork())
}

// published is the limit of the instance before the share is taken: Rate, or
// else the limit that the key's prefix implies. A key with an unknown prefix
// counts as a development key, because that limit is the lower one.
func (c Config) published() Rate {
	rate := developmentRate
	if strings.HasPrefix(c.SecretKey.Reveal(), livePrefix) {
		rate = liveRate
	}
	if c.Rate.Requests > 0 {
		rate.Requests = c.Rate.Requests
	}
	if c.Rate.Window > 0 {
		rate.Window = c.Rate.Window
	}
	return rate
}

// Allowed is how many requests a [Client] sends in any window at most: the share
// of the published limit, and at least one. A run of R requests cannot end
// before Window × ⌊(R − 1) / Requests⌋.
func (c Config) Allowed() Rate {
	rate := c.published()
	percent, err := c.percent()
	if err != nil {
		percent = liveShare
	}
	rate.Requests = max(1, rate.Requests*percent/100)
	return rate
}

func (c Config) percent() (int, error) {
	if c.Budget == "" {
		if strings.HasPrefix(c.SecretKey.Reveal(), livePrefix) {
			return liveShare, nil
		}
		return developmentShare, nil
	}
	number, found := strings.CutSuffix(strings.TrimSpace(c.Budget), "%")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if !found || err != nil || n < 1 || n > 100 {
		return 0, fmt.Errorf("%q is not a percentage: write 1%% to 100%%", c.Budget)
	}
	return n, nil
}

func (c Config) validateKey() error {
	switch {
	case c.SecretKeyFile != "" && c.SecretKeyEnv != "":
		return &fieldError{"secret_key_env", "cannot be set together with secret_key_file: keep one of them"}
	case c.SecretKeyFile == "" && c.SecretKeyEnv == "" && c.SecretKey.IsZero():
		return &fieldError{"secret_key_file", "missing: name the file with the secret key, or set secret_key_env to the environment variable with it"}
	}
	return c.checkKey()
}

// keyPlace is the key of the configuration that says where the secret key is.
func (c Config) keyPlace() string {
	if c.SecretKeyEnv != "" && c.SecretKeyFile == "" {
		return "secret_key_env"
	}
	return "secret_key_file"
}

// checkKey refuses a publishable key, and a key that cannot stand in a header.
// The message never shows the key.
func (c Config) checkKey() error {
	if strings.HasPrefix(c.SecretKey.Reveal(), "pk_") {
		return &fieldError{c.keyPlace(), "this is a publishable key (pk_…), which is for browsers; rollcall needs the secret key, sk_live_… or sk_test_…"}
	}
	for _, r := range c.SecretKey.Reveal() {
		if r <= ' ' || r > '~' {
			return &fieldError{c.keyPlace(), "the key contains spaces, line breaks or other characters that are not valid in a Clerk key"}
		}
	}
	return nil
}

func (c Config) validateURL() error {
	if _, err := c.baseURL(); err != nil {
		return &fieldError{"api_url", err.Error()}
	}
	return nil
}

func (c Config) validateBudget() error {
	if _, err := c.percent(); err != nil {
		return &fieldError{"budget", err.Error()}
	}
	return nil
}

func (c Config) validateRate() error {
	var problems []error
	if c.Rate.Requests < 0 || c.Rate.Requests > maxRateOfRequests {
		problems = append(problems, &fieldError{"rate.requests", fmt.Sprintf("must be between 1 and %d, and is %d", maxRateOfRequests, c.Rate.Requests)})
	}
	if c.Rate.Window < 0 || c.Rate.Window > maxWindow {
		problems = append(problems, &fieldError{"rate.window", fmt.Sprintf("must be between 0s and %s, and is %s", maxWindow, c.Rate.Window)})
	}
	return errors.Join(problems...)
}

func (c Config) validateNetwork() error { return c.Network.Validate() }

// baseURL is the root of all paths, ending in /v1. The key is sent to this host
// only (S38): over https, or over http on this machine.
func (c Config) baseURL() (*url.URL, error) {
	text := c.APIURL
	if text == "" {
		text = DefaultAPIURL
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("is not a valid URL: write scheme and host, such as " + DefaultAPIURL)
	}
	if err := checkBase(u); err != nil {
		return nil, err
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/v1"}, nil
}

// Address is the host of APIURL in lower case, or "" if that is Clerk's own.
func (c Config) Address() string {
	u, err := url.Parse(strings.ToLower(c.APIURL))
	if err != nil || u.Host == "" || "https://"+u.Host == DefaultAPIURL {
		return ""
	}
	return u.Host
}

func checkBase(u *url.URL) error {
	switch {
	case u.Host == "" || u.Hostname() == "":
		return errors.New("has no host: write scheme and host, such as " + DefaultAPIURL)
	case u.User != nil:
		return errors.New("must not contain a user name or password")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("must not have a query or fragment")
	case u.Path != "" && u.Path != "/" && strings.TrimSuffix(u.Path, "/") != "/v1":
		return fmt.Errorf("must not have a path (%q): write scheme and host only", u.Path)
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && IsLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return errors.New("uses http, which sends the secret key unencrypted: use https (http is allowed to this machine only)")
	}
	return fmt.Errorf("has the scheme %q: use https", u.Scheme)
}

// IsLoopback reports whether a host name or address is this machine.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
