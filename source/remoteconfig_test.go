package source

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// What is wrong with the keys of a remote file is said at its key, and never
// shows the URL, which may hold a secret.
func TestRemoteConfigProblems(t *testing.T) {
	https := func(change func(*RemoteConfig)) RemoteConfig {
		c := RemoteConfig{URL: "https://files.example/people.csv?sig=s3cret"}
		change(&c)
		return c
	}
	sftp := func(change func(*RemoteConfig)) RemoteConfig {
		c := RemoteConfig{URL: "sftp://hr@files.example/~/people.csv", KeyFile: "key", KnownHostsFile: "known_hosts"}
		change(&c)
		return c
	}
	for name, x := range map[string]struct {
		config RemoteConfig
		want   string // path: part of the problem; more of them with |
	}{
		"nothing":                   {RemoteConfig{}, ""},
		"https":                     {https(func(*RemoteConfig) {}), ""},
		"https with a login":        {https(func(c *RemoteConfig) { c.Username, c.PasswordFile = "hr", "p" }), ""},
		"https with a certificate":  {https(func(c *RemoteConfig) { c.CertFile, c.KeyFile, c.CAFile, c.Proxy = "c", "k", "a", proxyEnvironment }), ""},
		"a checksum":                {https(func(c *RemoteConfig) { c.ChecksumURL = "https://FILES.example:443/people.csv.sha256" }), ""},
		"sftp":                      {sftp(func(*RemoteConfig) {}), ""},
		"sftp with a password":      {sftp(func(c *RemoteConfig) { c.KeyFile, c.PasswordFile, c.Username = "", "p", "hr" }), ""},
		"sftp with a checksum":      {sftp(func(c *RemoteConfig) { c.ChecksumURL = "sftp://hr@files.example:22/sum" }), ""},
		"no url":                    {RemoteConfig{Proxy: proxyNone}, "csv.url: missing"},
		"http":                      {RemoteConfig{URL: "http://files.example/a.csv"}, "csv.url: is http, where anybody on the way"},
		"ftp":                       {RemoteConfig{URL: "ftp://files.example/a.csv"}, "csv.url: is of an unknown kind"},
		"a path":                    {RemoteConfig{URL: "/srv/a.csv"}, "csv.url: is of an unknown kind"},
		"no slashes":                {RemoteConfig{URL: "https:files.example/a.csv"}, "csv.url: is no URL"},
		"unreadable":                {RemoteConfig{URL: "https://files.example/%zz?sig=s3cret"}, "csv.url: is no URL"},
		"no host":                   {RemoteConfig{URL: "https:///a.csv"}, "csv.url: names no host"},
		"a name":                    {RemoteConfig{URL: "https://hr@files.example/a.csv"}, "csv.url: holds a password or a name"},
		"a password":                {RemoteConfig{URL: "sftp://hr:s3cret@files.example/a.csv"}, "csv.url: holds a password or a name"},
		"a fragment":                {RemoteConfig{URL: "https://files.example/a.csv#s3cret"}, "csv.url: has a part behind #"},
		"no file":                   {RemoteConfig{URL: "https://files.example/"}, "csv.url: names no file"},
		"a home":                    {RemoteConfig{URL: "sftp://hr@files.example/~/"}, "csv.url: names no file"},
		"invisible":                 {RemoteConfig{URL: "https://files.example/a%E2%80%AEvsc"}, "csv.url: has control or invisible characters"},
		"a checksum elsewhere":      {https(func(c *RemoteConfig) { c.ChecksumURL = "https://other.example/sum" }), "csv.checksum_url: is on another host"},
		"a checksum on a port":      {https(func(c *RemoteConfig) { c.ChecksumURL = "https://files.example:8443/sum" }), "csv.checksum_url: is on another host"},
		"a checksum in the clear":   {https(func(c *RemoteConfig) { c.ChecksumURL = "http://files.example/sum" }), "csv.checksum_url: is http"},
		"half a login":              {https(func(c *RemoteConfig) { c.Username = "hr" }), "csv.username: username and password_file go together"},
		"two logins":                {https(func(c *RemoteConfig) { c.Username, c.PasswordFile, c.BearerTokenFile = "hr", "p", "b" }), "csv.bearer_token_file: stands beside password_file"},
		"half a certificate":        {https(func(c *RemoteConfig) { c.CertFile = "c" }), "csv.cert_file: cert_file and key_file go together"},
		"what is sftp's":            {https(func(c *RemoteConfig) { c.KnownHostsFile, c.KeyPasswordFile = "h", "p" }), "csv.key_password_file: means nothing with https://|csv.known_hosts_file: means nothing"},
		"what is https's":           {sftp(func(c *RemoteConfig) { c.BearerTokenFile, c.Digest = "b", digestRequired }), "csv.bearer_token_file: means nothing with sftp://|csv.digest: means nothing"},
		"anybody's server":          {sftp(func(c *RemoteConfig) { c.KnownHostsFile = "" }), "csv.known_hosts_file: missing: without the server's key anybody"},
		"nobody logs in":            {RemoteConfig{URL: "sftp://files.example/a.csv", KeyFile: "k", KnownHostsFile: "h"}, "csv.username: missing"},
		"two people log in":         {sftp(func(c *RemoteConfig) { c.Username = "other" }), "csv.username: differs from the user in url"},
		"no key":                    {sftp(func(c *RemoteConfig) { c.KeyFile = "" }), "csv.key_file: missing"},
		"a password for no key":     {sftp(func(c *RemoteConfig) { c.KeyFile, c.PasswordFile, c.KeyPasswordFile = "", "p", "k" }), "csv.key_password_file: needs key_file"},
		"sftp with a query":         {sftp(func(c *RemoteConfig) { c.URL += "?sig=s3cret" }), "csv.url: has a query"},
		"words":                     {https(func(c *RemoteConfig) { c.Proxy, c.Digest = "yes", "no" }), "csv.proxy: |csv.digest: "},
		"too small":                 {https(func(c *RemoteConfig) { c.MaxMegabytes, c.ConnectTimeout = -1, -time.Second }), "csv.max_megabytes: must be between|csv.transfer_timeout: a time-out is negative"},
		"too large":                 {https(func(c *RemoteConfig) { c.MaxMegabytes, c.TransferTimeout = 1<<20+1, -1 }), "csv.max_megabytes: must be between|csv.transfer_timeout: a time-out is negative"},
		"as large as it may be":     {https(func(c *RemoteConfig) { c.MaxMegabytes = 1 << 20 }), ""},
		"a password, and no checks": {https(func(c *RemoteConfig) { c.URL, c.Proxy = "https://hr:s3cret@files.example/a", "yes" }), "csv.url: holds a password"},
	} {
		var p problems
		x.config.validateRemote(&p)
		want := strings.Split(x.want, "|")
		if x.want == "" {
			want = nil
		}
		if len(p.list) != len(want) {
			t.Errorf("%s: %v, want %q", name, p.err(), want)
			continue
		}
		for i, text := range want {
			if got := p.list[i].Error(); !strings.Contains(got, text) || strings.Contains(got, "s3cret") {
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
