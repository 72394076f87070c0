package source

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// RemoteConfig are the keys of a csv whose file lies behind a URL.
type RemoteConfig struct {
	// URL is https://HOST/PATH or sftp://USER@HOST/PATH (sftp://USER@HOST/~/PATH
	// starts at the user's home). Its query, which is the secret of a presigned
	// URL, is never shown; the path is.
	URL SecretURL `yaml:"url"`
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
	// KnownHostsFile names the keys that an SFTP server may have. There is no
	// way to do without.
	KnownHostsFile string `yaml:"known_hosts_file"`
	// Proxy is none (the default) or environment: HTTPS_PROXY and NO_PROXY.
	Proxy string `yaml:"proxy"`
	// ChecksumURL names a file with the SHA-256 of the CSV, as sha256sum writes
	// it, on the same host.
	ChecksumURL SecretURL `yaml:"checksum_url"`
	// Digest is optional (the default) or required: whether the server has to
	// send a Repr-Digest, Content-Digest or Digest header (RFC 9530, RFC 3230).
	// One that comes is always compared.
	Digest string `yaml:"digest"`
	// MaxMegabytes bounds the file, unpacked; 1024 when 0.
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
	digestOptional   = "optional"
	digestRequired   = "required"

	schemeHTTPS = "https"
	schemeSFTP  = "sftp"

	defaultMegabytes       = 1024
	defaultTransferTimeout = 5 * time.Minute
)

func (c RemoteConfig) withDefaults() RemoteConfig {
	c.Proxy, c.Digest = or(c.Proxy, proxyNone), or(c.Digest, digestOptional)
	c.MaxMegabytes = or(c.MaxMegabytes, defaultMegabytes)
	c.ConnectTimeout = or(c.ConnectTimeout, defaultConnectTimeout)
	c.TransferTimeout = or(c.TransferTimeout, defaultTransferTimeout)
	return c
}

func (c *RemoteConfig) validateRemote(p *problems) {
	if c.URL == "" {
		if *c != (RemoteConfig{}) {
			p.add("csv.url", "missing: the other keys of a remote file need it")
		}
		return
	}
	u := c.validateURL(p, "csv.url", c.URL)
	if u == nil {
		return
	}
	if c.ChecksumURL != "" {
		if sum := c.validateURL(p, "csv.checksum_url", c.ChecksumURL); sum != nil && !sameHost(u, sum) {
			p.add("csv.checksum_url", "is on another host than url, which the credentials are not for")
		}
	}
	if u.Scheme == schemeHTTPS {
		c.validateHTTPS(p)
	} else {
		c.validateSFTP(p, u)
	}
	oneOf(p, "csv.proxy", c.Proxy, proxyNone, proxyEnvironment)
	oneOf(p, "csv.digest", c.Digest, digestOptional, digestRequired)
	if c.MaxMegabytes < 0 || c.MaxMegabytes > 1<<20 {
		p.add("csv.max_megabytes", "must be between 1 and 1048576")
	}
	if c.ConnectTimeout < 0 || c.TransferTimeout < 0 {
		p.add("csv.transfer_timeout", "a time-out is negative; leave it out for the default")
	}
}

// validateURL answers with the parsed URL, or with nil when it was refused. No
// problem repeats the URL: it may hold a secret.
func (c *RemoteConfig) validateURL(p *problems, path string, text SecretURL) *url.URL {
	u, err := url.Parse(string(text))
	withPassword := false
	if err == nil {
		_, withPassword = u.User.Password()
	}
	switch {
	case err != nil || u.Opaque != "":
		p.add(path, "is no URL that could be read")
	case u.Scheme == "http":
		p.add(path, "is http, where anybody on the way can read and change the file: use https")
	case u.Scheme != schemeHTTPS && u.Scheme != schemeSFTP:
		p.add(path, "is of an unknown kind: use https:// or sftp://; a file of this machine goes under path")
	case u.Hostname() == "":
		p.add(path, "names no host")
	case u.Scheme == schemeHTTPS && u.User != nil || withPassword:
		p.add(path, "holds a password or a name: put them under username and password_file, where they are kept secret")
	case u.Fragment != "":
		p.add(path, "has a part behind #, which no server sees")
	case strings.Trim(u.Path, "/~") == "":
		p.add(path, "names no file")
	case hasInvisible(u.Path):
		p.add(path, "has control or invisible characters")
	default:
		return u
	}
	return nil
}

func (c *RemoteConfig) validateHTTPS(p *problems) {
	c.refuse(p, schemeHTTPS, map[string]string{"known_hosts_file": c.KnownHostsFile, "key_password_file": c.KeyPasswordFile})
	if (c.Username == "") != (c.PasswordFile == "") {
		p.add("csv.username", "username and password_file go together")
	}
	if c.BearerTokenFile != "" && c.PasswordFile != "" {
		p.add("csv.bearer_token_file", "stands beside password_file: keep one of them")
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		p.add("csv.cert_file", "cert_file and key_file go together")
	}
}

func (c *RemoteConfig) validateSFTP(p *problems, u *url.URL) {
	c.refuse(p, schemeSFTP, map[string]string{"bearer_token_file": c.BearerTokenFile, "ca_file": c.CAFile, "cert_file": c.CertFile,
		"server_name": c.ServerName, "proxy": c.Proxy, "digest": c.Digest})
	if c.KnownHostsFile == "" {
		p.add("csv.known_hosts_file", "missing: without the server's key anybody on the way could answer; ssh-keyscan HOST writes a line to compare with what the server's admin says")
	}
	switch named := u.User.Username(); {
	case named == "" && c.Username == "":
		p.add("csv.username", "missing: as whom to log in (or sftp://USER@HOST/…)")
	case named != "" && c.Username != "" && named != c.Username:
		p.add("csv.username", "differs from the user in url")
	}
	if c.KeyFile == "" && c.PasswordFile == "" {
		p.add("csv.key_file", "missing: name a private key, or a password_file")
	}
	if c.KeyPasswordFile != "" && c.KeyFile == "" {
		p.add("csv.key_password_file", "needs key_file")
	}
	if u.RawQuery != "" {
		p.add("csv.url", "has a query, which means nothing to SFTP")
	}
}

// refuse names keys that belong to the other kind of URL.
func (c *RemoteConfig) refuse(p *problems, scheme string, values map[string]string) {
	for _, key := range sortedKeys(values) {
		if values[key] != "" {
			p.add("csv."+key, "means nothing with "+scheme+"://; leave it out")
		}
	}
}

func sameHost(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && lowerASCII(a.Hostname()) == lowerASCII(b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if u.Scheme == schemeSFTP {
		return or(u.Port(), "22")
	}
	return or(u.Port(), "443")
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
func (s SecretURL) GoString() string { return fmt.Sprintf("source.SecretURL(%q)", s.String()) }

// MarshalText is the same for JSON and YAML.
func (s SecretURL) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// shownURL is a URL as messages and origins have it: scheme, host and path.
func shownURL(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return shown.String()
}
