package file

import (
	"crypto/tls"
	"net/http"
	"testing"
)

// A proxy that the environment names is not asked, unless the configuration says so (S38).
func TestS38RemoteProxy(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	transport := func(proxy string) *http.Transport {
		return (&httpTransport{remote: &remote{config: Remote{Proxy: proxy}.withDefaults()}}).transport(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	if transport("").Proxy != nil || transport("none").Proxy != nil || transport("environment").Proxy == nil {
		t.Error("the proxy of the environment is used without being asked for, or not when asked for")
	}
}
