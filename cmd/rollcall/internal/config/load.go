package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/metrics"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/serve"
	"rollcall/cmd/rollcall/internal/sources"
	"rollcall/source"
	"rollcall/sync/policy"
)

// maxSize bounds the file: a configuration is written by hand.
const maxSize = 4 << 20

// Config is the whole configuration file. Each section is the Config of the
// package that uses it.
type Config struct {
	Clerk   clerkapi.Config  `yaml:"clerk"`
	Sources []sources.Config `yaml:"sources"`
	Rules   []policy.Rule    `yaml:"rules"`
	Sync    policy.Config    `yaml:"sync"`
	Guards  policy.Guards    `yaml:"guards"`
	// Leavers is what happens to the accounts of people who have left.
	Leavers policy.Leavers `yaml:"leavers"`
	// State is the state directory, or "none".
	State string `yaml:"state"`
	// KeepHistory is how long the history keeps runs (S32).
	KeepHistory time.Duration  `yaml:"keep_history"`
	Notify      notify.Config  `yaml:"notify"`
	Metrics     metrics.Config `yaml:"metrics"`
	Serve       serve.Config   `yaml:"serve"`
	// SecretFiles are all files that keys of the form *_file name, by the key:
	// none of them is an export (S43).
	SecretFiles map[string]string `yaml:"-"`
	// groupPlaces are the places of the groups of each rule.
	groupPlaces []string
	// deprecated are warnings about keys that a later version does not know.
	deprecated []string
}

// defaultKeep is a year, and the month in which somebody looks back on it.
const defaultKeep = 400 * 24 * time.Hour

// Load reads and checks a file. The error is [Problems] wherever a place in
// the file can be named. Environment variables come from lookup, such as
// [os.LookupEnv]. The secrets are read too, so that a missing one is found
// together with everything else.
func Load(file string, lookup func(string) (string, bool)) (*Config, error) {
	return load(file, lookup, everything)
}

// LoadSources is [Load] for a command that asks the sources, and neither Clerk nor a
// receiver of notifications: their secrets are not read.
func LoadSources(file string, lookup func(string) (string, bool)) (*Config, error) {
	return load(file, lookup, onlySources)
}

// LoadRules is [Load] for a command that asks nobody: no secret is read, and an
// environment variable may be unset.
func LoadRules(file string, lookup func(string) (string, bool)) (*Config, error) {
	return load(file, lookup, onlyRules)
}

// use is what a command needs of the configuration.
type use uint8

const (
	everything use = iota
	onlySources
	onlyRules
)

// mayBeUnset reports whether a command goes without the variables of a value.
func (u use) mayBeUnset(path string) bool {
	return u == onlyRules || u == onlySources && !strings.HasPrefix(path, "sources")
}

func load(file string, lookup func(string) (string, bool), u use) (*Config, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	r := newReport(file, data)
	cfg := &Config{Sync: policy.DefaultConfig(), Guards: policy.DefaultGuards(), KeepHistory: defaultKeep, Notify: notify.DefaultConfig(), Serve: serve.DefaultConfig()}
	root, err := parseTabbed(r, data)
	if e, ok := errors.AsType[*yamlError](err); ok {
		r.addAt(e.at, "", e.problem)
	}
	if root == nil {
		return nil, r.err()
	}
	cfg.SecretFiles = map[string]string{}
	d := &decoder{report: r, expand: expander{lookup, filepath.Dir(file)}.expand, secrets: cfg.SecretFiles, mayBeUnset: u.mayBeUnset}
	d.value(reflect.ValueOf(cfg).Elem(), root, "")
	d.places[""] = position{1, 1}
	cfg.State = relativeTo(file, cfg.State)
	cfg.Metrics.Textfile = relativeTo(file, cfg.Metrics.Textfile)
	cfg.deprecated = r.findDeprecated(deprecations)
	cfg.derive()
	cfg.placeColumns(r)
	cfg.placeGroups(r)
	cfg.Sync.RulesHash = sectionsHash(root)
	cfg.readNetwork(r)
	cfg.check(r)
	if u != onlyRules {
		cfg.checkPrograms(r, lookup)
	}
	if u == everything {
		cfg.readKey(r, lookup)
		cfg.readNotify(r)
	}
	cfg.Sync.Rate = policy.Rate(cfg.Clerk.Allowed())
	if err := r.err(); err != nil {
		return nil, err
	}
	return cfg, nil
}

// Locate adds the places in the file to problems of rules that only a run could
// find, as Load does with its own. It returns any other error unchanged.
func Locate(file string, lookup func(string) (string, bool), err error) error {
	if _, ok := errors.AsType[*policy.FieldError](err); !ok {
		return err
	}
	data, readErr := readFile(file)
	if readErr != nil {
		return err
	}
	root, parseErr := parse(data)
	if parseErr != nil {
		return err
	}
	r := newReport(file, data)
	d := &decoder{report: r, expand: expander{lookup, filepath.Dir(file)}.expand}
	d.value(reflect.ValueOf(&Config{}).Elem(), root, "")
	r.list = nil // Load has passed all of it
	r.addAll("sync", err)
	return r.err()
}

// relativeTo is a name as the configuration means it: relative names start beside
// the file. No state directory stays none.
func relativeTo(file, name string) string {
	if name == "" || name == "none" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(file), name)
}

func readFile(file string) ([]byte, error) {
	data, err := readText("configuration", file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open configuration %s: no such file; name another one with --config, or create one with rollcall init", file)
	}
	return data, err
}

// readText reads a file that was written by hand. What it is called stands in errors.
func readText(what, file string) ([]byte, error) {
	info, err := os.Stat(file)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, fmt.Errorf("open %s %s: %w", what, file, e.Err)
	}
	if info.Size() > maxSize {
		return nil, fmt.Errorf("open %s %s: the file has %d bytes; the limit is %d", what, file, info.Size(), maxSize)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if data, err = source.PlainText(data); err != nil {
		return nil, fmt.Errorf("read %s: %s %w", what, file, err)
	}
	return data, nil
}

// derive fills what other sections say into the sync section.
func (c *Config) derive() {
	c.Sync.Guards, c.Sync.Leavers = c.Guards, c.Leavers
	c.Sync.Renamed = map[string]string{}
	c.Sync.IgnoreUnreadable = map[string]bool{}
	c.Sync.SameIDs = c.sameIDs()
	c.Sync.Lends = map[string][]string{}
	for _, s := range c.Sources {
		if s.RenamedFrom != "" {
			c.Sync.Renamed[s.RenamedFrom] = s.Name
		}
		if len(s.Lends) > 0 {
			c.Sync.Lends[s.Name] = s.Lends
		}
		csv := s.CSV != nil && s.CSV.UnreadableMembers == "ignore"
		ldap := s.LDAP != nil && s.LDAP.UnreadableMembers == "ignore"
		if csv || ldap {
			c.Sync.IgnoreUnreadable[s.Name] = true
		}
	}
}

// ReadSecret reads a file that holds a secret. A trailing newline and a byte
// order mark are what editors and secret stores add; nothing else is cut off.
func ReadSecret(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	if data, err = source.PlainText(data); err != nil {
		return "", fmt.Errorf("%s %w", file, err)
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}

// readNotify reads the secrets of the notify section, and checks it.
func (c *Config) readNotify(r *report) {
	for _, s := range c.Notify.SecretFiles() {
		secret, err := ReadSecret(s.File)
		switch {
		case err != nil:
			r.add("notify."+s.Path, "read the secret: "+reason(err))
		case secret == "":
			r.add("notify."+s.Path, "the file is empty")
		default:
			*s.Into = clerkapi.NewSecret(secret)
		}
	}
	r.addAll("notify", c.Notify.Validate())
}

// readKey reads the Clerk key from where the clerk section says.
func (c *Config) readKey(r *report, lookup func(string) (string, bool)) {
	var key, path string
	switch {
	case c.Clerk.SecretKeyFile != "" && c.Clerk.SecretKeyEnv == "":
		path = "clerk.secret_key_file"
		var err error
		if key, err = ReadSecret(c.Clerk.SecretKeyFile); err != nil {
			r.add(path, "read the key: "+reason(err))
			return
		}
	case c.Clerk.SecretKeyEnv != "" && c.Clerk.SecretKeyFile == "":
		path = "clerk.secret_key_env"
		key, _ = lookup(c.Clerk.SecretKeyEnv)
	default:
		return // the section's Validate has spoken
	}
	if key == "" {
		r.add(path, noKey(c))
		return
	}
	c.Clerk.SecretKey = clerkapi.NewSecret(key)
	r.addAll("clerk", c.Clerk.Validate())
}

// readNetwork reads what the clerk section needs to connect.
func (c *Config) readNetwork(r *report) {
	n := &c.Clerk.Network
	if n.CAFile != "" {
		text, err := ReadSecret(n.CAFile)
		if err != nil {
			r.add("clerk.ca_file", "read the authorities: "+reason(err))
		} else {
			n.Authorities = []byte(text)
		}
	}
	if n.ProxyPasswordFile == "" {
		return
	}
	switch password, err := ReadSecret(n.ProxyPasswordFile); {
	case err != nil:
		r.add("clerk.proxy_password_file", "read the password: "+reason(err))
	case password == "":
		r.add("clerk.proxy_password_file", "the file is empty")
	default:
		n.ProxyPassword = clerkapi.NewSecret(password)
	}
}

// noKey says where the key should have been.
func noKey(c *Config) string {
	if c.Clerk.SecretKeyFile != "" {
		return "the file " + c.Clerk.SecretKeyFile + " is empty; it must contain the secret key (sk_live_… or sk_test_…)"
	}
	return fmt.Sprintf("the environment variable %s is not set or empty; it must contain the secret key (sk_live_… or sk_test_…)", c.Clerk.SecretKeyEnv)
}

// reason is an error of the file system with the name it happened to, once.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Path + ": " + e.Err.Error()
	}
	return err.Error()
}
