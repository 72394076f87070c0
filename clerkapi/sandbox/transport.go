package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// RoundTripper answers requests in the same process and goroutine, without a
// socket, for tests with fake time (testing/synctest). A dropped connection is
// an error of the round trip, and a cut body an error of reading it, as over
// TCP.
func (s *Server) RoundTripper() http.RoundTripper { return inProcess{s} }

type inProcess struct{ server *Server }

// RoundTrip implements http.RoundTripper.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RemoteAddr, in.RequestURI, in.Host = "127.0.0.1:0", r.URL.RequestURI(), r.URL.Host
	w := &recorder{header: http.Header{}}
	w.serve(t.server, in)
	if r.Body != nil {
		_ = r.Body.Close() // read as far as the server wanted
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if w.status == 0 {
		return nil, fmt.Errorf("round trip to the sandbox: connection dropped: %w", io.ErrUnexpectedEOF)
	}
	return w.response(r), nil
}

// recorder keeps an answer, and whether its connection was broken.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	cut    bool
}

// serve runs the handler, which breaks a connection by http.ErrAbortHandler.
func (w *recorder) serve(h http.Handler, r *http.Request) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // net/http compares the same way
			panic(p)
		} else if p != nil {
			w.cut = true
		}
	}()
	h.ServeHTTP(w, r)
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *recorder) response(r *http.Request) *http.Response {
	var body io.Reader = &w.body
	if w.cut {
		body = io.MultiReader(body, brokenBody{})
	}
	return &http.Response{
		StatusCode: w.status, Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(body), ContentLength: -1, Request: r,
	}
}

// brokenBody is the end of a body that was cut.
type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
