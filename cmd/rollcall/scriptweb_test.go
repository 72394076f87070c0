package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	stdsync "sync"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/zap"
)

// web is an HTTPS server of a script, with the files of a directory.
type web struct {
	server *httptest.Server
	dir    string
	mutex  stdsync.Mutex
	cut    int // bytes of a body; 0 is all
	lines  []string
}

// ServeHTTP sends a file with an ETag; who has it gets a 304. A token in the
// directory asks for a login.
func (w *web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	status := w.answer(rw, r)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.lines = append(w.lines, fmt.Sprintf("%d %s %s", status, r.Method, r.URL.Path))
}

func (w *web) answer(rw http.ResponseWriter, r *http.Request) int {
	if token, err := os.ReadFile(filepath.Join(w.dir, "token")); err == nil && r.Header.Get("Authorization")+"\n" != "Bearer "+string(token) {
		rw.WriteHeader(http.StatusUnauthorized)
		return http.StatusUnauthorized
	}
	text, err := os.ReadFile(filepath.Join(w.dir, filepath.Base(r.URL.Path)))
	if err != nil {
		http.NotFound(rw, r)
		return http.StatusNotFound
	}
	sum := sha256.Sum256(text)
	etag := `"` + hex.EncodeToString(sum[:8]) + `"`
	rw.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		rw.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified
	}
	rw.Header().Set("Content-Type", "text/csv")
	rw.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.mutex.Lock()
	cut := w.cut
	w.mutex.Unlock()
	if cut > 0 {
		text = text[:min(cut, len(text))]
	}
	_, _ = rw.Write(text) // a client that has gone wants no more
	return http.StatusOK
}

// scriptWeb starts an HTTPS server, has it cut what it sends, prints what it
// was asked since, or ends it.
func scriptWeb(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: web start DIR | cut BYTES | requests | stop")
	}
	s := serverOf(ts)
	switch args[0] {
	case "start":
		s.web = startWeb(ts, ts.MkAbs(args[1]))
	case "cut":
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		s.web.mutex.Lock()
		s.web.cut = n
		s.web.mutex.Unlock()
	case "requests":
		s.web.print(ts)
	case "stop":
		s.web.server.Close()
	default:
		ts.Fatalf("web: no such word: %s", args[0])
	}
}

func startWeb(ts *testscript.TestScript, dir string) *web {
	w := &web{dir: dir}
	w.server = httptest.NewUnstartedServer(w)
	w.server.Config.ErrorLog = zap.NewStdLog(zap.NewNop())
	w.server.StartTLS()
	ts.Defer(w.server.Close)
	ca := ts.MkAbs("web-ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.server.Certificate().Raw})
	ts.Check(os.WriteFile(ca, text, 0o600))
	ts.Setenv("WEB_URL", w.server.URL)
	ts.Setenv("WEB_CA", ca)
	return w
}

func (w *web) print(ts *testscript.TestScript) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, line := range w.lines {
		_, err := fmt.Fprintln(ts.Stdout(), line)
		ts.Check(err)
	}
	_, err := fmt.Fprintf(ts.Stdout(), "%d requests\n", len(w.lines))
	ts.Check(err)
	w.lines = nil
}
