package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"rollcall/source"
	"rollcall/source/file/filetest"
	"rollcall/source/ldap/ldaptest"
)

// faultRows are the rows of the document in its order.
func faultRows() []faultRow {
	var rows []faultRow
	for _, list := range [][]faultRow{ldapFaults(), csvFaults(), httpsFaults(), sftpFaults(), commandRows()} {
		rows = append(rows, list...)
	}
	return rows
}

// csvKeys is the csv key of the source, from its place on.
func (w *faultWorld) csvKeys(place string) {
	w.yaml = "    csv: {" + place + ", columns: {id: id, email: email, groups: teams}}"
}

// csvStage is a file of this machine.
type csvStage struct{ name string }

// csvSource has the file of that name for the days, and keys beside its columns.
func csvSource(path, name, keys string) func(*faultWorld) {
	return func(w *faultWorld) {
		w.files = &csvStage{name}
		w.must(os.MkdirAll(filepath.Dir(w.path(name)), 0o700))
		w.csvKeys(fmt.Sprintf("path: %q", path) + keys)
		w.write(name, faultCSV(0))
		w.tomorrow = func() { w.write(name, faultCSV(1)) }
	}
}

// text has the file of tomorrow, changed.
func text(change func(string) string) func(*faultWorld) {
	return func(w *faultWorld) { w.write(w.files.name, change(faultCSV(1))) }
}

const noSettle = ", settle: 0s"

func csvFault(fault, says string, change func(string) string) faultRow {
	return faultRow{source: "CSV", fault: fault, says: says, open: csvSource("people.csv", "people.csv", noSettle), spoil: text(change)}
}

func replace(old, by string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, by, 1) }
}

func csvFaults() []faultRow {
	plain := csvSource("people.csv", "people.csv", noSettle)
	rest := func(w *faultWorld) { w.resting() }
	glob := csvSource("drop/*.csv", "drop/a.csv", noSettle)
	rows := []faultRow{
		{source: "CSV", fault: "the file is missing", says: "no such file", open: plain, spoil: func(w *faultWorld) { w.must(os.Remove(w.path("people.csv"))) }},
		{
			source: "CSV", fault: "a file of the glob has disappeared", says: "drop/b.csv",
			open:   func(w *faultWorld) { glob(w); w.write("drop/b.csv", peopleCSV("staff", "stays0")) },
			spoil:  func(w *faultWorld) { w.tomorrow(); w.must(os.Remove(w.path("drop/b.csv"))) },
			repair: func(w *faultWorld) { w.write("drop/b.csv", peopleCSV("staff", "stays0")) },
		},
		{source: "CSV", fault: "the file changes while it is read", says: "changed", open: plain, spoil: func(w *faultWorld) { w.keepTouching(0) }, repair: rest},
		{
			// A busy machine may hold the writer up, but not for as long as settle.
			source: "CSV", fault: "the file is still being written", says: source.ErrChanged.Error(), open: csvSource("people.csv", "people.csv", ", settle: 2s"),
			spoil: func(w *faultWorld) { w.keepTouching(20 * time.Millisecond) }, repair: rest,
		},
		csvFault("the last line has no newline", "no newline", func(s string) string { return strings.TrimSuffix(s, "\n") }),
		csvFault("a row is damaged", "people.csv:6:", replace("stays3@corp.example", "no address")),
		csvFault("the header is wrong", "columns.email", replace("email", "mail")),
		csvFault("the encoding is wrong", "utf-8", replace("stays3@", "st\xe4ys3@")),
		{
			source: "CSV", fault: "the file is larger than `max_megabytes`", says: "is larger than 1 MB", open: csvSource("people.csv", "people.csv", noSettle+", max_megabytes: 1"),
			spoil: text(func(s string) string {
				return s + strings.Repeat("x,x@corp.example,"+strings.Repeat("y", 1000)+"\n", 1100)
			}),
		},
		csvFault("more than 1,000,000 people", "more than 1000000 people", func(s string) string {
			var b strings.Builder
			for i := range 1_000_000 {
				fmt.Fprintf(&b, "%d,%d@corp.example,\n", i, i)
			}
			return s + b.String()
		}),
		{source: "CSV", fault: "a file of the glob is a link to a file outside its directory", says: "link to a file outside", open: glob, spoil: func(w *faultWorld) {
			w.tomorrow()
			w.write("elsewhere.csv", faultCSV(1))
			w.must(os.Symlink(w.path("elsewhere.csv"), w.path("drop/b.csv")))
		}, repair: func(w *faultWorld) { w.must(os.Remove(w.path("drop/b.csv"))) }},
		{
			source: "CSV", fault: "the file is a secret in the configuration", says: "secret", open: plain,
			spoil: func(w *faultWorld) {
				w.must(os.Remove(w.path("people.csv")))
				w.must(os.Link(w.path("key"), w.path("people.csv")))
			}, repair: func(w *faultWorld) { w.must(os.Remove(w.path("people.csv"))) },
		},
		{source: "CSV", fault: "the file is older than `max_age`", says: "max_age is 1h", open: csvSource("people.csv", "people.csv", noSettle+", max_age: 1h"), spoil: func(w *faultWorld) {
			w.tomorrow()
			at := time.Now().Add(-2 * time.Hour)
			w.must(os.Chtimes(w.path("people.csv"), at, at))
		}},
		{
			source: "CSV", fault: "standard input without an end marker", says: "end_marker", stdin: [2]string{faultCSV(0), faultCSV(1)},
			open:  func(w *faultWorld) { w.csvKeys(`path: "-"`); w.tomorrow = func() {} },
			spoil: func(*faultWorld) {},
		},
	}
	rows[9].long = true
	return rows
}

// keepTouching has somebody write the file of tomorrow again and again, until
// resting ends it.
func (w *faultWorld) keepTouching(pause time.Duration) {
	// Reading it takes longer than the pauses between two writes.
	w.write(w.files.name, faultCSV(1)+strings.Repeat("x,x@corp.example,none\n", 20_000))
	ctx, stop := context.WithCancel(w.Context())
	begun, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for n := 1; ctx.Err() == nil; n++ {
			at := time.Now().Add(time.Duration(n) * time.Microsecond)
			_ = os.Chtimes(w.path(w.files.name), at, at) // the run says what it saw
			if n == 1 {
				close(begun)
			}
			time.Sleep(pause)
		}
	}()
	<-begun
	w.resting = func() { stop(); <-ended }
	w.Cleanup(w.resting)
}

// webStage is an HTTPS server with the file.
type webStage struct {
	*filetest.Web
	handler atomic.Pointer[http.Handler]
}

func (s *webStage) serve(h http.HandlerFunc) {
	var handler http.Handler = h
	s.handler.Store(&handler)
}

// webPage is a file with its checksum beside it.
func webPage(text string) http.HandlerFunc {
	sum := sha256.Sum256([]byte(text))
	return func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".sha256") {
			_, _ = fmt.Fprintf(rw, "%x  people.csv\n", sum) // the run says what it got
			return
		}
		(&filetest.Page{Text: text, ETag: fmt.Sprintf(`"%x"`, sum[:4])}).ServeHTTP(rw, r)
	}
}

func webSource(w *faultWorld) {
	s := &webStage{}
	s.serve(webPage(faultCSV(0)))
	s.Web = filetest.NewWeb(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { (*s.handler.Load()).ServeHTTP(rw, r) }))
	s.StartTLS()
	w.Cleanup(s.Close)
	w.write("ca.pem", string(s.CA()))
	w.web, w.tomorrow = s, func() { w.write("ca.pem", string(s.CA())); s.serve(webPage(faultCSV(1))) }
	w.csvKeys(fmt.Sprintf("url: %q, checksum_url: %q, ca_file: ca.pem, settle: 0s", s.URL+"/people.csv", s.URL+"/people.csv.sha256"))
}

func httpsFaults() []faultRow {
	answer := func(h http.HandlerFunc) func(*faultWorld) { return func(w *faultWorld) { w.web.serve(h) } }
	status := func(code int) func(*faultWorld) {
		return answer(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(code) })
	}
	return []faultRow{
		{source: "https", fault: "404", says: "404 Not Found", open: webSource, spoil: status(http.StatusNotFound)},
		{source: "https", fault: "503", says: "503 Service Unavailable", open: webSource, spoil: status(http.StatusServiceUnavailable)},
		{source: "https", fault: "the transfer is cut", says: "the connection was lost during the transfer", open: webSource, spoil: answer(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", "1000")
			_, _ = rw.Write([]byte(faultCSV(1)[:60])) // the run says what it got
		})},
		{source: "https", fault: "the checksum differs", says: "the file does not match the checksum from checksum_url", open: webSource, spoil: answer(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".sha256") {
				_, _ = fmt.Fprintf(rw, "%064d  people.csv\n", 0) // as above
				return
			}
			(&filetest.Page{Text: faultCSV(1), ETag: `"1"`}).ServeHTTP(rw, r)
		})},
		{source: "https", fault: "a redirect to another host", says: "redirects to https://elsewhere.example", open: webSource, spoil: answer(func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "https://elsewhere.example/people.csv", http.StatusFound)
		})},
		{source: "https", fault: "TLS: a certificate of an unknown authority", says: "a CA that this machine does not trust", open: webSource, spoil: func(w *faultWorld) {
			pem, err := os.ReadFile(ldaptest.NewPKI(w.T, "127.0.0.1").CA)
			w.must(err)
			w.tomorrow()
			w.write("ca.pem", string(pem))
		}},
	}
}

func sftpSource(w *faultWorld) {
	s, err := filetest.NewSFTP()
	w.must(err)
	w.Cleanup(func() { _ = s.Close() })
	w.sftp = s
	w.write("people.csv", faultCSV(0))
	w.write("known_hosts", s.KnownHosts())
	w.write("user-key", string(s.Key))
	w.tomorrow = func() { w.write("people.csv", faultCSV(1)); w.write("known_hosts", s.KnownHosts()) }
	w.csvKeys(fmt.Sprintf("url: %q, known_hosts_file: known_hosts, key_file: user-key, settle: 0s", "sftp://rollcall@"+s.Addr().String()+w.path("people.csv")))
}

// portOf is the port of a server with its colon.
func portOf(l net.Listener) string { return strings.TrimPrefix(l.Addr().String(), "127.0.0.1") }

func sftpFaults() []faultRow {
	return []faultRow{
		{
			source: "sftp", fault: "the server refuses the key", says: "refused the login", open: sftpSource,
			spoil:  func(w *faultWorld) { w.tomorrow(); w.sftp.Refuse(true) },
			repair: func(w *faultWorld) { w.sftp.Refuse(false) },
		},
		{
			source: "sftp", fault: "the server has a different host key", says: "key is not the one in known_hosts_file", open: sftpSource,
			spoil: func(w *faultWorld) {
				w.tomorrow()
				other, err := filetest.NewSFTP()
				w.must(err)
				w.must(other.Close())
				w.write("known_hosts", strings.Replace(other.KnownHosts(), portOf(other), portOf(w.sftp), 1))
			},
		},
		{
			source: "sftp", fault: "the transfer is cut", says: "the connection was lost during the transfer", open: sftpSource,
			spoil:  func(w *faultWorld) { w.tomorrow(); w.sftp.Cut(1700) },
			repair: func(w *faultWorld) { w.sftp.Cut(0) },
		},
		{source: "sftp", fault: "the file is missing", says: "no such file", open: sftpSource, spoil: func(w *faultWorld) { w.must(os.Remove(w.path("people.csv"))) }},
	}
}
