package file

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"rollcall/source"
	"rollcall/source/internal/check"
)

// Config says where a text is: at a Path, behind a URL, or in what a Program writes.
type Config struct {
	// Path names a file, or several by a glob (*, ? and [] in any part of the
	// path); "-" is standard input.
	Path string
	// Newest says that of the files of a glob only the one whose name comes last counts.
	Newest bool
	// Settle is for how long a file must have been left alone before it is
	// read (S11): 5 s when nil, no wait when 0.
	Settle *time.Duration
	// MaxAge refuses a file that was last written longer ago; 0 is any age.
	MaxAge time.Duration
	Remote
	Program
}

// Remote are the keys of a csv that say how a file behind a URL is fetched.
type Remote struct {
	// URL is https://HOST/PATH or sftp://USER@HOST/PATH (sftp://USER@HOST/~/PATH
	// starts at the user's home). Its query, which is the secret of a presigned
	// URL, is never shown; the path is.
	URL SecretURL `yaml:"url"`
	// URLFile holds a URL that is a secret as a whole, a presigned one say. It is
	// read for each transfer, so that a renewed one counts.
	URLFile string `yaml:"url_file"`
	// Username and PasswordFile are HTTP basic authentication, or the login of SFTP.
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"password_file"`
	// BearerTokenFile holds what HTTPS sends as Authorization: Bearer.
	BearerTokenFile string `yaml:"bearer_token_file"`
	// CAFile replaces the system's authorities; CertFile with KeyFile is a
	// client certificate. With SFTP, KeyFile is the private key of the user.
	CAFile     string `yaml:"ca_file"`
	CertFile   string `yaml:"cert_file"`
	KeyFile    string `yaml:"key_file"`
	ServerName string `yaml:"server_name"`
	// KeyPasswordFile opens an encrypted SFTP key.
	KeyPasswordFile string `yaml:"key_password_file"`
	// KnownHostsFile names the keys that an SFTP server may have. Required.
	KnownHostsFile string `yaml:"known_hosts_file"`
	// Proxy is none (the default) or environment: HTTPS_PROXY and NO_PROXY.
	Proxy string `yaml:"proxy"`
	// ChecksumURL names a file with the SHA-256 of the CSV, as sha256sum writes
	// it, on the same host.
	ChecksumURL SecretURL `yaml:"checksum_url"`
	// MaxMegabytes bounds the text, unpacked, and that of all files of a path
	// together; 64 when 0.
	MaxMegabytes int `yaml:"max_megabytes"`
	// ConnectTimeout (10s) covers DNS, TCP and the TLS or SSH handshake,
	// TransferTimeout (5m) the whole of one transfer.
	ConnectTimeout  time.Duration `yaml:"connect_timeout"`
	TransferTimeout time.Duration `yaml:"transfer_timeout"`
}

// The values of keys, and the defaults.
const (
	proxyNone        = "none"
	proxyEnvironment = "environment"

	schemeHTTPS = "https"
	schemeSFTP  = "sftp"

	defaultMegabytes       = 64 // more than a million people
	defaultConnectTimeout  = 10 * time.Second
	defaultTransferTimeout = 5 * time.Minute
)

func (c Remote) withDefaults() Remote {
	c.Proxy = cmp.Or(c.Proxy, proxyNone)
	c.MaxMegabytes = cmp.Or(c.MaxMegabytes, defaultMegabytes)
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, defaultConnectTimeout)
	c.TransferTimeout = cmp.Or(c.TransferTimeout, defaultTransferTimeout)
	return c
}

// Validate notes what is wrong with the keys.
func (c *Remote) Validate(p *check.Problems) {
	switch {
	case c.URL == "" && c.URLFile != "":
		c.validateHTTPS(p)
		c.validateBounds(p)
		return
	case c.URLFile != "":
		p.Add("csv.url_file", "cannot be set together with url: keep one of them")
		return
	case c.URL == "":
		if other := (Remote{MaxMegabytes: c.MaxMegabytes}); *c != other {
			p.Add("csv.url", "missing: the other keys for a remote file need it")
		}
		c.validateBounds(p)
		return
	}
	u := c.validateURL(p, "csv.url", c.URL)
	if u == nil {
		return
	}
	if c.ChecksumURL != "" {
		if sum := c.validateURL(p, "csv.checksum_url", c.ChecksumURL); sum != nil && !sameHost(u, sum) {
			p.Add("csv.checksum_url", "must be on the same host as url, because the credentials are for that host only")
		}
	}
	if u.Scheme == schemeHTTPS {
		c.validateHTTPS(p)
	} else {
		c.validateSFTP(p, u)
	}
	c.validateBounds(p)
}

func (c *Remote) validateBounds(p *check.Problems) {
	p.OneOf("csv.proxy", c.Proxy, proxyNone, proxyEnvironment)
	if c.MaxMegabytes < 0 || c.MaxMegabytes > 1<<20 {
		p.Add("csv.max_megabytes", "must be between 1 and 1048576")
	}
	if c.ConnectTimeout < 0 || c.TransferTimeout < 0 {
		p.Add("csv.transfer_timeout", "must not be negative; leave it out for the default")
	}
}

// validateURL answers with the parsed URL, or with nil when it was refused. No
// problem repeats the URL: it may hold a secret.
func (c *Remote) validateURL(p *check.Problems, path string, text SecretURL) *url.URL {
	u, err := url.Parse(string(text))
	withPassword := false
	if err == nil {
		_, withPassword = u.User.Password()
	}
	switch {
	case err != nil || u.Opaque != "":
		p.Add(path, "is not a valid URL")
	case u.Scheme == "http":
		p.Add(path, "uses http, so anybody on the network can read and change the file: use https")
	case u.Scheme != schemeHTTPS && u.Scheme != schemeSFTP:
		p.Add(path, "has an unknown scheme: use https:// or sftp://, or path for a file on this machine")
	case u.Hostname() == "":
		p.Add(path, "has no host")
	case u.Scheme == schemeHTTPS && u.User != nil || withPassword:
		p.Add(path, "contains a user name or password: use username and password_file instead, so that they stay secret")
	case u.Fragment != "":
		p.Add(path, "has a fragment (#…), which is never sent to a server: remove it")
	case strings.Trim(u.Path, "/~") == "":
		p.Add(path, "has no file name")
	case source.HasInvisible(u.Path):
		p.Add(path, "has control or invisible characters")
	default:
		return u
	}
	return nil
}

func (c *Remote) validateHTTPS(p *check.Problems) {
	c.refuse(p, schemeHTTPS, map[string]string{"known_hosts_file": c.KnownHostsFile, "key_password_file": c.KeyPasswordFile})
	if (c.Username == "") != (c.PasswordFile == "") {
		p.Add("csv.username", "username and password_file must be set together")
	}
	if c.BearerTokenFile != "" && c.PasswordFile != "" {
		p.Add("csv.bearer_token_file", "cannot be set together with password_file: keep one of them")
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		p.Add("csv.cert_file", "cert_file and key_file must be set together")
	}
}

func (c *Remote) validateSFTP(p *check.Problems, u *url.URL) {
	c.refuse(p, schemeSFTP, map[string]string{"bearer_token_file": c.BearerTokenFile, "ca_file": c.CAFile, "cert_file": c.CertFile,
		"server_name": c.ServerName, "proxy": c.Proxy})
	if c.KnownHostsFile == "" {
		p.Add("csv.known_hosts_file", "missing: without the server's host key anybody on the network could answer in its place; run ssh-keyscan HOST and compare the key with the server's admin")
	}
	switch named := u.User.Username(); {
	case named == "" && c.Username == "":
		p.Add("csv.username", "missing: name the user to log in as (or use sftp://USER@HOST/…)")
	case named != "" && c.Username != "" && named != c.Username:
		p.Add("csv.username", "differs from the user name in url")
	}
	if c.KeyFile == "" && c.PasswordFile == "" {
		p.Add("csv.key_file", "missing: set key_file to a private key, or set password_file")
	}
	if c.KeyPasswordFile != "" && c.KeyFile == "" {
		p.Add("csv.key_password_file", "is set without key_file")
	}
	if u.RawQuery != "" {
		p.Add("csv.url", "has a query (?…), which has no meaning in SFTP: remove it")
	}
}

// refuse names keys that belong to the other kind of URL.
func (c *Remote) refuse(p *check.Problems, scheme string, values map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if values[key] != "" {
			p.Add("csv."+key, "has no effect with "+scheme+"://: leave it out")
		}
	}
}

func sameHost(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && source.LowerASCII(a.Hostname()) == source.LowerASCII(b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if u.Scheme == schemeSFTP {
		return cmp.Or(u.Port(), "22")
	}
	return cmp.Or(u.Port(), "443")
}

// SecretURL is a URL whose user-info, query and fragment are never shown.
type SecretURL string

// String is the URL without what may be secret.
func (s SecretURL) String() string {
	u, err := url.Parse(string(s))
	if err != nil {
		return "[a URL that cannot be read]"
	}
	return shownURL(u)
}

// GoString is the same for %#v.
func (s SecretURL) GoString() string { return fmt.Sprintf("file.SecretURL(%q)", s.String()) }

// MarshalText is the same for JSON and YAML.
func (s SecretURL) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// shownURL is a URL as messages and origins have it: scheme, host and path.
func shownURL(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return shown.String()
}
