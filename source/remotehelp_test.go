package source

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"go.uber.org/zap"
)

// web is a real HTTPS server on loopback, and what it was asked.
type web struct {
	*httptest.Server
	pki *testPKI

	mu    gosync.Mutex
	asked []*http.Request
}

// startWeb serves until the test ends. Each change of the server happens
// before it starts.
func startWeb(t testing.TB, handler http.HandlerFunc, changes ...func(*httptest.Server)) *web {
	t.Helper()
	w := &web{pki: newPKI(t, "127.0.0.1", time.Time{})}
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked = append(w.asked, r)
		w.mu.Unlock()
		handler(rw, r)
	}))
	pair, err := tls.LoadX509KeyPair(w.pki.cert, w.pki.key)
	must(t, err)
	w.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	w.Config.ErrorLog = zap.NewStdLog(zap.NewNop())
	for _, change := range changes {
		change(w.Server)
	}
	w.StartTLS()
	t.Cleanup(w.Close)
	return w
}

// requests are what the server was asked so far.
func (w *web) requests() []*http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// config is a CSV at a path of the server.
func (w *web) config(path string) CSVConfig {
	return CSVConfig{Columns: peopleForm(), RemoteConfig: RemoteConfig{URL: SecretURL(w.URL + path), CAFile: w.pki.ca}}
}

// openRemote opens a source that does not wait between two tries.
func openRemote(t testing.TB, c CSVConfig, opts ...Option) Source {
	t.Helper()
	return openCSV(t, c, append([]Option{func(o *options) { o.retryDelay = time.Millisecond }}, opts...)...)
}

// page is a file as a web server holds it.
type page struct {
	text           string
	etag           string
	modified, date time.Time
	headers        http.Header
	packed         bool // gzip
	chunked        bool // no length
}

// ServeHTTP answers as a plain web server does.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	maps.Copy(h, p.headers)
	h.Set("Content-Type", "text/csv")
	if p.etag != "" {
		h.Set("ETag", p.etag)
	}
	if !p.modified.IsZero() {
		h.Set("Last-Modified", p.modified.UTC().Format(http.TimeFormat))
	}
	if !p.date.IsZero() {
		h.Set("Date", p.date.UTC().Format(http.TimeFormat))
	}
	since, _ := http.ParseTime(r.Header.Get("If-Modified-Since"))
	if p.etag != "" && r.Header.Get("If-None-Match") == p.etag || !p.modified.IsZero() && !since.IsZero() && !p.modified.Truncate(time.Second).After(since) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := []byte(p.text)
	if p.packed {
		h.Set("Content-Encoding", "gzip")
		body = pack(p.text)
	}
	if !p.chunked {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(http.StatusOK)
	for chunk := range slices.Chunk(body, 16) {
		_, _ = w.Write(chunk)
		if p.chunked {
			_ = http.NewResponseController(w).Flush()
		}
	}
}

func pack(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.Bytes()
}

const remoteText = "id,email,groups\n1,ann@corp.example,a\n2,ben@corp.example,a;b\n3,cleo@corp.example,b\n"

// people are the addresses of a snapshot.
func people(s *Snapshot) string {
	var list []string
	for _, p := range s.People {
		list = append(list, p.Email)
	}
	return strings.Join(list, " ")
}

const remotePeople = "ann@corp.example ben@corp.example cleo@corp.example"

func secretFile(t testing.TB, text string) string {
	t.Helper()
	return writeFile(t, filepath.Join(t.TempDir(), "secret"), text+"\n")
}
