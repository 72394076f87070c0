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
	// SecretKeyFile and SecretKeyEnv say where the key is; exactly one is
	// set. Reading it into SecretKey is the caller's part.
	SecretKeyFile string `yaml:"secret_key_file"`
	SecretKeyEnv  string `yaml:"secret_key_env"`
	// SecretKey is the key itself (sk_live_… or sk_test_…). It never comes
	// from the configuration file.
	SecretKey Secret `yaml:"-" json:"-"`
	// APIURL is scheme and host, without /v1; empty is [DefaultAPIURL].
	APIURL string `yaml:"api_url"`
	// Budget is the share of the instance's rate limit that may be used,
	// such as "50%". Empty is 50 % for sk_live_ keys, because the website of
	// the instance draws on the same limit, and 90 % for all others.
	Budget string `yaml:"budget"`
	// Rate overrides the limit that the key's prefix implies.
	Rate Rate `yaml:"rate"`
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

// FieldError is a problem with one key of the clerk section.
type FieldError struct {
	// Path is the YAML path below the section, such as "rate.requests".
	Path    string
	Problem string
}

// Error gives the path and the problem.
func (e *FieldError) Error() string { return e.Path + ": " + e.Problem }

// YAMLPath is where the problem is; the configuration turns it into file:line:column.
func (e *FieldError) YAMLPath() string { return e.Path }

// Validate finds all problems of the section and joins them as *FieldError
// values. It does not ask for SecretKey, which is read after validation.
func (c Config) Validate() error {
	return errors.Join(c.validateKey(), c.validateURL(), c.validateBudget(), c.validateRate())
}

// Published is the limit of the instance before the share is taken: what Rate
// says, else what the key's prefix implies. An unknown prefix is taken for a
// development key, whose limit is the lower one.
func (c Config) Published() Rate {
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

// Allowed is how many requests a [Client] sends in any window at most: the
// share of the published limit, and one at least. A run of R requests cannot
// end before Window × ⌊(R − 1) / Requests⌋.
func (c Config) Allowed() Rate {
	rate := c.Published()
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
		return 0, fmt.Errorf("%q is no share: write 1%% to 100%%", c.Budget)
	}
	return n, nil
}

func (c Config) validateKey() error {
	switch {
	case c.SecretKeyFile != "" && c.SecretKeyEnv != "":
		return &FieldError{"secret_key_env", "secret_key_file is set too: keep one of the two"}
	case c.SecretKeyFile == "" && c.SecretKeyEnv == "" && c.SecretKey.IsZero():
		return &FieldError{"secret_key_file", "missing: name the file that holds the key (or secret_key_env, the variable)"}
	}
	return c.checkKey()
}

// checkKey refuses a key of the other kind, or one that cannot stand in a header. The message never shows it.
func (c Config) checkKey() error {
	if strings.HasPrefix(c.SecretKey.Reveal(), "pk_") {
		return &FieldError{"secret_key_file", "this is a publishable key (pk_…), which is for browsers; rollcall needs the secret key, sk_live_… or sk_test_…"}
	}
	for _, r := range c.SecretKey.Reveal() {
		if r <= ' ' || r > '~' {
			return &FieldError{"secret_key_file", "the key contains spaces, line breaks or other characters that no Clerk key has"}
		}
	}
	return nil
}

func (c Config) validateURL() error {
	if _, err := c.baseURL(); err != nil {
		return &FieldError{"api_url", err.Error()}
	}
	return nil
}

func (c Config) validateBudget() error {
	if _, err := c.percent(); err != nil {
		return &FieldError{"budget", err.Error()}
	}
	return nil
}

func (c Config) validateRate() error {
	var problems []error
	if c.Rate.Requests < 0 || c.Rate.Requests > maxRateOfRequests {
		problems = append(problems, &FieldError{"rate.requests", fmt.Sprintf("%d is not between 1 and %d", c.Rate.Requests, maxRateOfRequests)})
	}
	if c.Rate.Window < 0 || c.Rate.Window > maxWindow {
		problems = append(problems, &FieldError{"rate.window", fmt.Sprintf("%s is not between 0s and %s", c.Rate.Window, maxWindow)})
	}
	return errors.Join(problems...)
}

// baseURL is the root of all paths, ending in /v1. The key is sent to this
// host alone (S38): https, or http where no network is crossed.
func (c Config) baseURL() (*url.URL, error) {
	text := c.APIURL
	if text == "" {
		text = DefaultAPIURL
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("no URL: write scheme and host, such as " + DefaultAPIURL)
	}
	if err := checkBase(u); err != nil {
		return nil, err
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/v1"}, nil
}

func checkBase(u *url.URL) error {
	switch {
	case u.Host == "" || u.Hostname() == "":
		return errors.New("no host: write scheme and host, such as " + DefaultAPIURL)
	case u.User != nil:
		return errors.New("user name and password have no place here")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("a query or fragment has no place here")
	case u.Path != "" && u.Path != "/" && strings.TrimSuffix(u.Path, "/") != "/v1":
		return fmt.Errorf("path %q: write scheme and host only", u.Path)
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && IsLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return errors.New("plain http would show the secret key to the network: use https (http is for loopback only)")
	}
	return fmt.Errorf("scheme %q: use https", u.Scheme)
}

// IsLoopback reports whether a host name or address is this very machine.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
