package file

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/source/internal/check"
)

// What is wrong with the keys of a remote file is said at its key, and never
// shows the URL, which may hold a secret.
func TestRemoteConfigProblems(t *testing.T) {
	https := func(change func(*Remote)) Remote {
		c := Remote{URL: "https://files.example/people.csv?sig=s3cret"}
		change(&c)
		return c
	}
	sftp := func(change func(*Remote)) Remote {
		c := Remote{URL: "sftp://hr@files.example/~/people.csv", KeyFile: "key", KnownHostsFile: "known_hosts"}
		change(&c)
		return c
	}
	for name, x := range map[string]struct {
		config Remote
		want   string // path: part of the problem; more of them with |
	}{
		"nothing":                   {Remote{}, ""},
		"https":                     {https(func(*Remote) {}), ""},
		"https with a login":        {https(func(c *Remote) { c.Username, c.PasswordFile = "hr", "p" }), ""},
		"https with a certificate":  {https(func(c *Remote) { c.CertFile, c.KeyFile, c.CAFile, c.Proxy = "c", "k", "a", proxyEnvironment }), ""},
		"a checksum":                {https(func(c *Remote) { c.ChecksumURL = "https://FILES.example:443/people.csv.sha256" }), ""},
		"sftp":                      {sftp(func(*Remote) {}), ""},
		"sftp with a password":      {sftp(func(c *Remote) { c.KeyFile, c.PasswordFile, c.Username = "", "p", "hr" }), ""},
		"sftp with a checksum":      {sftp(func(c *Remote) { c.ChecksumURL = "sftp://hr@files.example:22/sum" }), ""},
		"no url":                    {Remote{Proxy: proxyNone}, "csv.url: missing"},
		"http":                      {Remote{URL: "http://files.example/a.csv"}, "csv.url: uses http, so anybody on the network"},
		"ftp":                       {Remote{URL: "ftp://files.example/a.csv"}, "csv.url: has an unknown scheme"},
		"a path":                    {Remote{URL: "/srv/a.csv"}, "csv.url: has an unknown scheme"},
		"no slashes":                {Remote{URL: "https:files.example/a.csv"}, "csv.url: is not a valid URL"},
		"unreadable":                {Remote{URL: "https://files.example/%zz?sig=s3cret"}, "csv.url: is not a valid URL"},
		"no host":                   {Remote{URL: "https:///a.csv"}, "csv.url: has no host"},
		"a name":                    {Remote{URL: "https://hr@files.example/a.csv"}, "csv.url: contains a user name or password"},
		"a password":                {Remote{URL: "sftp://hr:s3cret@files.example/a.csv"}, "csv.url: contains a user name or password"},
		"a fragment":                {Remote{URL: "https://files.example/a.csv#s3cret"}, "csv.url: has a fragment (#…)"},
		"no file":                   {Remote{URL: "https://files.example/"}, "csv.url: has no file name"},
		"a home":                    {Remote{URL: "sftp://hr@files.example/~/"}, "csv.url: has no file name"},
		"invisible":                 {Remote{URL: "https://files.example/a%E2%80%AEvsc"}, "csv.url: has control or invisible characters"},
		"a checksum elsewhere":      {https(func(c *Remote) { c.ChecksumURL = "https://other.example/sum" }), "csv.checksum_url: must be on the same host"},
		"a checksum on a port":      {https(func(c *Remote) { c.ChecksumURL = "https://files.example:8443/sum" }), "csv.checksum_url: must be on the same host"},
		"a checksum in the clear":   {https(func(c *Remote) { c.ChecksumURL = "http://files.example/sum" }), "csv.checksum_url: uses http"},
		"half a login":              {https(func(c *Remote) { c.Username = "hr" }), "csv.username: username and password_file must be set together"},
		"two logins":                {https(func(c *Remote) { c.Username, c.PasswordFile, c.BearerTokenFile = "hr", "p", "b" }), "csv.bearer_token_file: cannot be set together with password_file"},
		"half a certificate":        {https(func(c *Remote) { c.CertFile = "c" }), "csv.cert_file: cert_file and key_file must be set together"},
		"what is sftp's":            {https(func(c *Remote) { c.KnownHostsFile, c.KeyPasswordFile = "h", "p" }), "csv.key_password_file: has no effect with https://|csv.known_hosts_file: has no effect"},
		"what is https's":           {sftp(func(c *Remote) { c.BearerTokenFile, c.Proxy = "b", proxyNone }), "csv.bearer_token_file: has no effect with sftp://|csv.proxy: has no effect"},
		"anybody's server":          {sftp(func(c *Remote) { c.KnownHostsFile = "" }), "csv.known_hosts_file: missing: without the server's host key anybody"},
		"nobody logs in":            {Remote{URL: "sftp://files.example/a.csv", KeyFile: "k", KnownHostsFile: "h"}, "csv.username: missing"},
		"two people log in":         {sftp(func(c *Remote) { c.Username = "other" }), "csv.username: differs from the user name in url"},
		"no key":                    {sftp(func(c *Remote) { c.KeyFile = "" }), "csv.key_file: missing"},
		"a password for no key":     {sftp(func(c *Remote) { c.KeyFile, c.PasswordFile, c.KeyPasswordFile = "", "p", "k" }), "csv.key_password_file: is set without key_file"},
		"sftp with a query":         {sftp(func(c *Remote) { c.URL += "?sig=s3cret" }), "csv.url: has a query"},
		"words":                     {https(func(c *Remote) { c.Proxy = "yes" }), "csv.proxy: "},
		"too small":                 {https(func(c *Remote) { c.MaxMegabytes, c.ConnectTimeout = -1, -time.Second }), "csv.max_megabytes: must be between|csv.transfer_timeout: must not be negative"},
		"too large":                 {https(func(c *Remote) { c.MaxMegabytes, c.TransferTimeout = 1<<20+1, -1 }), "csv.max_megabytes: must be between|csv.transfer_timeout: must not be negative"},
		"as large as it may be":     {https(func(c *Remote) { c.MaxMegabytes = 1 << 20 }), ""},
		"a password, and no checks": {https(func(c *Remote) { c.URL, c.Proxy = "https://hr:s3cret@files.example/a", "yes" }), "csv.url: contains a user name or password"},
	} {
		var p check.Problems
		x.config.Validate(&p)
		want := strings.Split(x.want, "|")
		if x.want == "" {
			want = nil
		}
		var list []error
		if all, ok := p.Err().(interface{ Unwrap() []error }); ok {
			list = all.Unwrap()
		}
		if len(list) != len(want) {
			t.Errorf("%s: %v, want %q", name, p.Err(), want)
			continue
		}
		for i, text := range want {
			if got := list[i].Error(); !strings.Contains(got, text) || strings.Contains(got, "s3cret") {
				t.Errorf("%s: %q, want %q", name, got, text)
			}
		}
	}
}

// However a URL is printed, what may be secret in it is not.
func TestSecretURLIsNeverShownWhole(t *testing.T) {
	for text, want := range map[string]string{
		"https://me:s3cret@files.example/a.csv?sig=s3cret#s3cret": "https://files.example/a.csv",
		"https://files.example/%zz?sig=s3cret":                    "[a URL that cannot be read]",
	} {
		s := SecretURL(text)
		encoded, err := json.Marshal(map[string]SecretURL{"url": s})
		if err != nil || s.String() != want {
			t.Errorf("%q, %v", s.String(), err)
		}
		for _, shown := range []string{string(encoded), fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %q", s, struct{ URL SecretURL }{s}, s, s)} {
			if strings.Contains(shown, "s3cret") || !strings.Contains(shown, want) {
				t.Errorf("%q", shown)
			}
		}
	}
}
