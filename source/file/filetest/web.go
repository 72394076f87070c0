package filetest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Web is a real HTTPS server on loopback, and what it was asked.
type Web struct {
	*httptest.Server
	mu    sync.Mutex
	asked []Request
}

// Request is one request with the status of its answer.
type Request struct {
	*http.Request
	Status int
}

// NewWeb makes a server with a certificate of its own. Its caller starts it
// with StartTLS, and may change it before that.
func NewWeb(handler http.Handler) *Web {
	w := &Web{}
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		s := &statusWriter{ResponseWriter: rw, status: http.StatusOK}
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.asked[s.at].Status = s.status
		}()
		w.mu.Lock()
		s.at, w.asked = len(w.asked), append(w.asked, Request{Request: r})
		w.mu.Unlock()
		handler.ServeHTTP(s, r)
	}))
	w.Config.ErrorLog = zap.NewStdLog(zap.NewNop())
	return w
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	at, status int
}

// WriteHeader notes the status.
func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets handlers flush and hijack.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Requests are what the server was asked so far.
func (w *Web) Requests() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// CA is the authority of the server's certificate as PEM, once it is started.
func (w *Web) CA() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Certificate().Raw})
}

// Page is a file as a web server holds it.
type Page struct {
	Text           string
	ETag           string
	Modified, Date time.Time
	Headers        http.Header
	Packed         bool // gzip
	Chunked        bool // no length
}

// ServeHTTP answers as a plain web server does.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	maps.Copy(h, p.Headers)
	h.Set("Content-Type", "text/csv")
	if p.ETag != "" {
		h.Set("ETag", p.ETag)
	}
	if !p.Modified.IsZero() {
		h.Set("Last-Modified", p.Modified.UTC().Format(http.TimeFormat))
	}
	if !p.Date.IsZero() {
		h.Set("Date", p.Date.UTC().Format(http.TimeFormat))
	}
	since, _ := http.ParseTime(r.Header.Get("If-Modified-Since"))
	if p.ETag != "" && r.Header.Get("If-None-Match") == p.ETag || !p.Modified.IsZero() && !since.IsZero() && !p.Modified.Truncate(time.Second).After(since) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := []byte(p.Text)
	if p.Packed {
		h.Set("Content-Encoding", "gzip")
		body = Pack(p.Text)
	}
	if !p.Chunked {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(http.StatusOK)
	for chunk := range slices.Chunk(body, 16) {
		_, _ = w.Write(chunk) // a client that has gone wants no more
		if p.Chunked {
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// Pack is the gzip of a text.
func Pack(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text)) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// Directory serves the files of a directory with an ETag. A file named token
// in it asks for a login.
type Directory struct {
	Dir string

	mu  sync.Mutex
	cut int
}

// Cut has the server send only so many bytes of a file; 0 is all.
func (d *Directory) Cut(bytes int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cut = bytes
}

// ServeHTTP sends the file with the last name of the path.
func (d *Directory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if token, err := os.ReadFile(filepath.Join(d.Dir, "token")); err == nil && r.Header.Get("Authorization")+"\n" != "Bearer "+string(token) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	text, err := os.ReadFile(filepath.Join(d.Dir, filepath.Base(r.URL.Path)))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	sum := sha256.Sum256(text)
	etag := `"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "text/csv")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	d.mu.Lock()
	cut := d.cut
	d.mu.Unlock()
	if cut > 0 {
		text = text[:min(cut, len(text))]
	}
	_, _ = w.Write(text) // a client that has gone wants no more
}
