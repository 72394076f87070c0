package network

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"rollcall/clerkapi/internal/secret"
	"rollcall/clerkapi/internal/transport"
)

// Network says how Clerk is reached from a network that does not let everybody out.
type Network struct {
	// Proxy is the URL of a proxy, which is asked to connect to the host of
	// api_url; none for no proxy; environment (the default) for HTTPS_PROXY
	// and NO_PROXY. An address of this machine over http needs no proxy, ever (S38).
	Proxy string `yaml:"proxy"`
	// ProxyUsername and ProxyPasswordFile are the login at the proxy, if it wants
	// one. The caller reads the password into ProxyPassword.
	ProxyUsername     string        `yaml:"proxy_username"`
	ProxyPasswordFile string        `yaml:"proxy_password_file"`
	ProxyPassword     secret.Secret `yaml:"-" json:"-"`
	// CAFile has authorities that count in addition to those of the system, such as
	// that of a proxy that reads all traffic. The caller reads it into Authorities.
	CAFile string `yaml:"ca_file"`
	// Authorities are the certificates of CAFile, in PEM form.
	Authorities []byte `yaml:"-" json:"-"`
}

// Problem is what is wrong with one key.
type Problem struct{ Path, Text string }

// Error gives the key and what is wrong with it.
func (p *Problem) Error() string { return p.Path + ": " + p.Text }

// YAMLPath is the key below the clerk section.
func (p *Problem) YAMLPath() string { return p.Path }

// The values of Proxy that are no URL.
const (
	proxyNone        = "none"
	proxyEnvironment = "environment"
)

// Validate finds all problems: joined [Problem] values, or nil.
func (n *Network) Validate() error {
	return errors.Join(n.validateProxy(), n.validateAuthorities())
}

func (n *Network) validateProxy() error {
	var problems []error
	named := n.Proxy != "" && n.Proxy != proxyNone && n.Proxy != proxyEnvironment
	if named {
		if _, err := n.proxyURL(); err != nil {
			problems = append(problems, &Problem{"proxy", err.Error()})
		}
	}
	switch {
	case (n.ProxyUsername == "") != (n.ProxyPasswordFile == ""):
		problems = append(problems, &Problem{"proxy_username", "proxy_username and proxy_password_file must be set together"})
	case n.ProxyUsername != "" && !named:
		problems = append(problems, &Problem{"proxy_username", "has no effect without the URL of a proxy: set proxy too"})
	}
	return errors.Join(problems...)
}

// proxyURL is the configured proxy. No error shows it: it may hold a password.
func (n *Network) proxyURL() (*url.URL, error) {
	u, err := url.Parse(n.Proxy)
	switch {
	case err != nil || u.Opaque != "" || u.Host == "" || u.Hostname() == "":
		return nil, errors.New("is not the URL of a proxy: write scheme, host and port, such as http://proxy.corp.example:3128, or none, or environment")
	case u.User != nil:
		return nil, errors.New("must not contain a user name or password: use proxy_username and proxy_password_file instead, so that they stay secret")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("has an unknown scheme: use http:// (the connection to Clerk is encrypted inside), or https:// if the proxy itself has a certificate")
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.Fragment != "":
		return nil, errors.New("must have scheme, host and port only")
	}
	return u, nil
}

func (n *Network) validateAuthorities() error {
	if n.Authorities == nil {
		return nil
	}
	if _, err := n.certificates(); err != nil {
		return &Problem{"ca_file", err.Error()}
	}
	return nil
}

// certificates are those of CAFile. One that cannot be used is an error: it may be
// the one that matters.
func (n *Network) certificates() ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	for block, rest := pem.Decode(n.Authorities); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d in the file cannot be used (%w)", len(list)+1, err)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, errors.New("the file contains no certificate in PEM form")
	}
	return list, nil
}

// Way is how the transport reaches Clerk. The configuration was validated.
func (n *Network) Way() (transport.Way, error) {
	w := transport.Way{Proxy: environmentProxy}
	switch n.Proxy {
	case "", proxyEnvironment:
	case proxyNone:
		w.Proxy = nil
	default:
		u, err := n.proxyURL()
		if err != nil {
			return w, err
		}
		w.Proxy = func(r *http.Request) (*url.URL, error) {
			if r.URL.Scheme != "https" {
				return nil, nil // this machine: the key is readable on the way
			}
			return u, nil
		}
		if n.ProxyUsername != "" {
			login := n.ProxyUsername + ":" + n.ProxyPassword.Reveal()
			w.ProxyHeader = http.Header{"Proxy-Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(login))}}
		}
	}
	if n.Authorities == nil {
		return w, nil
	}
	added, err := n.certificates()
	if err != nil {
		return w, err
	}
	if w.Authorities, err = x509.SystemCertPool(); err != nil {
		return w, fmt.Errorf("read the authorities of the system: %w", err)
	}
	for _, c := range added {
		w.Authorities.AddCert(c)
	}
	return w, nil
}

// environmentProxy is the proxy that the environment names. Its errors would show
// the whole value, with a password in it.
func environmentProxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("the environment variable HTTPS_PROXY is not the URL of a proxy")
	}
	return u, nil
}
