package network

import (
	"encoding/pem"
	"net/http/httptest"
	"strings"
	"testing"
)

const proxyPassword = "planted-hunter2"

func TestNetworkProblems(t *testing.T) {
	for name, tt := range map[string]struct {
		network Network
		want    string
	}{
		"nothing":             {Network{}, ""},
		"none":                {Network{Proxy: "none"}, ""},
		"environment":         {Network{Proxy: "environment"}, ""},
		"https":               {Network{Proxy: "https://proxy.corp.example/"}, ""},
		"a word":              {Network{Proxy: "proxy"}, "proxy: is not the URL of a proxy"},
		"no scheme":           {Network{Proxy: "proxy.corp.example:3128"}, "proxy: is not the URL of a proxy"},
		"no host":             {Network{Proxy: "http://:3128"}, "proxy: is not the URL of a proxy"},
		"socks":               {Network{Proxy: "socks5://proxy.corp.example"}, "proxy: has an unknown scheme"},
		"path":                {Network{Proxy: "http://proxy.corp.example/x"}, "proxy: must have scheme, host and port only"},
		"password":            {Network{Proxy: "http://rollcall:" + proxyPassword + "@proxy.corp.example"}, "proxy: must not contain a user name or password"},
		"login without proxy": {Network{ProxyUsername: "a", ProxyPasswordFile: "f"}, "proxy_username: has no effect"},
		"login and none":      {Network{Proxy: "none", ProxyUsername: "a", ProxyPasswordFile: "f"}, "proxy_username: has no effect"},
		"half of a login":     {Network{Proxy: "http://proxy.corp.example", ProxyUsername: "a"}, "proxy_username: proxy_username and proxy_password_file must be set together"},
		"no certificate":      {Network{Authorities: []byte("hello")}, "ca_file: the file contains no certificate"},
		"empty file":          {Network{Authorities: []byte{}}, "ca_file: the file contains no certificate"},
		"broken certificate":  {Network{Authorities: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})}, "ca_file: certificate 1 in the file cannot be used"},
	} {
		err := tt.network.Validate()
		if (err == nil) != (tt.want == "") || err != nil && (!strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), proxyPassword)) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

// ca_file is in addition to the authorities of the system.
func TestAuthoritiesAreAdded(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	authorities := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	w, err := (&Network{Authorities: authorities}).Way()
	if err != nil || w.Authorities == nil {
		t.Fatal(err)
	}
	if plain, err := (&Network{}).Way(); err != nil || plain.Authorities != nil {
		t.Errorf("without ca_file: %v, %v", plain.Authorities, err)
	}
}
