package clerkapi

import (
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// startedProxy is a proxy that connects on CONNECT, to whoever logs in with login; ""
// is everybody. It notes what it was asked.
type startedProxy struct {
	*httptest.Server
	login string
	mu    sync.Mutex
	asked []string
}

func startProxy(t *testing.T, login string) *startedProxy {
	t.Helper()
	p := &startedProxy{login: login}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *startedProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host)
	p.mu.Unlock()
	asks := http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	user, password, _ := asks.BasicAuth()
	if p.login != "" && user+":"+password != p.login {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	server, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = server.Close() }()
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = client.Close() }()
	_, _ = io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n") // who has gone does not matter
	go func() { _, _ = io.Copy(server, client) }()
	_, _ = io.Copy(client, server)
}

func (p *startedProxy) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

// startTLSClerk answers as an instance does, with a certificate of an authority that
// no machine knows. No header for a proxy may reach it.
func startTLSClerk(t *testing.T) (address string, authorities []byte) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") != "" {
			t.Error("Clerk got the login of the proxy")
		}
		reply(w, 200, `{"object":"instance","id":"ins_1","environment_type":"production"}`)
	}))
	s.Config.ErrorLog = zap.NewStdLog(zap.NewNop())
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

const proxyPassword = "planted-hunter2"

// ask reads the instance by a network, and gives the error and all that was logged.
func ask(t *testing.T, address string, n Network) (said string, err error) {
	t.Helper()
	core, logged := observer.New(zap.DebugLevel)
	c, err := New(Config{SecretKey: NewSecret(testKey), APIURL: address, Network: n}, WithLogger(zap.New(core)))
	if err == nil {
		defer c.Close()
		_, err = c.Instance(t.Context())
	}
	for _, entry := range logged.All() {
		said += entry.Message + " "
		for _, f := range entry.Context {
			said += f.Key + "=" + f.String + " "
		}
	}
	return said, err
}

// The configured proxy is used, with its login, whatever the environment says, and
// the certificate of a private authority is believed if ca_file has it. The key goes
// to nobody else (S38).
func TestS38ClerkBehindAProxy(t *testing.T) {
	address, authorities := startTLSClerk(t)
	host := strings.TrimPrefix(address, "https://")
	open, closed := startProxy(t, ""), startProxy(t, "rollcall:"+proxyPassword)
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	t.Setenv("NO_PROXY", "127.0.0.1")
	login := Network{Proxy: closed.URL, ProxyUsername: "rollcall", ProxyPasswordFile: "f", ProxyPassword: NewSecret(proxyPassword), Authorities: authorities}
	wrong, missing := login, login
	wrong.ProxyPassword = NewSecret(proxyPassword + "x")
	missing.ProxyUsername, missing.ProxyPasswordFile = "", ""
	for name, tt := range map[string]struct {
		network Network
		proxy   *startedProxy
		fails   string
	}{
		"proxy":                       {Network{Proxy: open.URL, Authorities: authorities}, open, ""},
		"proxy with login":            {login, closed, ""},
		"wrong password":              {wrong, closed, "the proxy refused the connection: 407 Proxy Authentication Required"},
		"no login":                    {missing, closed, "the proxy refused the connection: 407"},
		"no proxy":                    {Network{Proxy: "none", Authorities: authorities}, nil, ""},
		"environment (NO_PROXY)":      {Network{Authorities: authorities}, nil, ""},
		"authority that is not known": {Network{Proxy: open.URL}, open, "x509"},
		"proxy that is not there":     {Network{Proxy: "http://127.0.0.1:1", Authorities: authorities}, nil, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said, err := ask(t, address, tt.network)
			if (err == nil) != (tt.fails == "") || err != nil && !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("got %v, want %q", err, tt.fails)
			}
			if e, is := errors.AsType[*Error](err); is && tt.fails != "x509" && e.mayBeDone() {
				t.Error("a call that no proxy passed on may have been carried out")
			}
			for _, secret := range []string{proxyPassword, testKey} {
				if strings.Contains(said, secret) || err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("a secret is shown: %s %v", said, err)
				}
			}
			if tt.proxy != nil && !slices.Contains(tt.proxy.requests(), "CONNECT "+host) {
				t.Errorf("the proxy was asked %q", tt.proxy.requests())
			}
		})
	}
}

// An address of this machine over http is never asked through a proxy, which would
// read the key (S38).
func TestS38NoProxyGetsTheKey(t *testing.T) {
	clerk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, `{"object":"instance","id":"ins_1","environment_type":"development"}`)
	}))
	t.Cleanup(clerk.Close)
	p := startProxy(t, "")
	if _, err := ask(t, clerk.URL, Network{Proxy: p.URL}); err != nil {
		t.Error(err)
	}
	if asked := p.requests(); len(asked) > 0 {
		t.Errorf("the proxy was asked %q", asked)
	}
}
