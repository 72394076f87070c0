package file_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
	"rollcall/source/file/filetest"
)

// However a server sends a whole file, it is the file.
func TestRemoteWhole(t *testing.T) {
	http2 := func(s *httptest.Server) { s.EnableHTTP2 = true }
	for name, c := range map[string]struct {
		page   filetest.Page
		change func(*httptest.Server)
	}{
		"with its length":            {},
		"in chunks":                  {page: filetest.Page{Chunked: true}},
		"packed":                     {page: filetest.Page{Packed: true}},
		"packed in chunks":           {page: filetest.Page{Packed: true, Chunked: true}},
		"over HTTP/2":                {change: http2},
		"over HTTP/2 without length": {page: filetest.Page{Chunked: true, Packed: true}, change: http2},
		"with an ETag and a time":    {page: filetest.Page{ETag: `"1"`, Modified: time.Now().Add(-time.Hour)}},
		"with a weak ETag":           {page: filetest.Page{ETag: `W/"1"`}},
		"with a time only":           {page: filetest.Page{Modified: time.Now().Add(-time.Hour)}},
	} {
		t.Run(name, func(t *testing.T) {
			c.page.Text = remoteText
			var changes []func(*httptest.Server)
			if c.change != nil {
				changes = append(changes, c.change)
			}
			w := startWeb(t, c.page.ServeHTTP, changes...)
			config := w.config("/people.csv")
			s, err := openRemote(t, config).Read(t.Context(), source.Request{})
			if err != nil {
				t.Fatal(err)
			}
			if people(s) != remotePeople || len(s.NoRemovals) > 0 || len(s.Groups) != 2 {
				t.Errorf("read %q, %d groups, nobody removed because of %q", people(s), len(s.Groups), s.NoRemovals)
			}
			if at := s.People[1].Origin.String(); at != w.URL+"/people.csv:3:3" {
				t.Errorf("ben is at %s", at)
			}
		})
	}
}

// rawAnswers are whole answers; whatever is cut off them, nothing is read.
func rawAnswers() map[string]string {
	packed := string(filetest.Pack(remoteText))
	chunks := func(body string) string {
		var b strings.Builder
		for len(body) > 0 {
			n := min(len(body), 30)
			fmt.Fprintf(&b, "%x\r\n%s\r\n", n, body[:n])
			body = body[n:]
		}
		return b.String() + "0\r\n\r\n"
	}
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n"
	return map[string]string{
		"length":                              head + "Content-Length: " + strconv.Itoa(len(remoteText)) + "\r\n\r\n" + remoteText,
		"chunks":                              head + "Transfer-Encoding: chunked\r\n\r\n" + chunks(remoteText),
		"packed":                              head + "Content-Encoding: gzip\r\nContent-Length: " + strconv.Itoa(len(packed)) + "\r\n\r\n" + packed,
		"packed chunks":                       head + "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(packed),
		"packed to the end of the connection": head + "Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + packed,
	}
}

// hijacked answers with raw bytes and ends the connection, in good form
// (close_notify) or by cutting it.
func hijacked(answer func() string, politely bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = buffered.WriteString(answer())
		_ = buffered.Flush()
		if under, ok := conn.(*tls.Conn); ok && !politely {
			conn = under.NetConn()
		}
		_ = conn.Close()
	}
}

// TestS09RemoteCutAnywhere cuts each form of an answer behind each of its
// bytes: never a snapshot, never damage, always the same kind of error.
func TestS09RemoteCutAnywhere(t *testing.T) {
	t.Parallel()
	for name, whole := range rawAnswers() {
		for _, politely := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, politely %v", name, politely), func(t *testing.T) {
				t.Parallel()
				var cut atomic.Int64
				w := startWeb(t, hijacked(func() string { return whole[:cut.Load()] }, politely))
				s := openRemote(t, w.config("/people.csv"), file.Options{Tries: 1})
				cut.Store(int64(len(whole)))
				if got, err := s.Read(t.Context(), source.Request{}); err != nil || people(got) != remotePeople {
					t.Fatalf("the whole is not read: %v", err)
				}
				for n := range len(whole) {
					if politely && n%5 > 0 {
						continue
					}
					cut.Store(int64(n))
					got, err := s.Read(t.Context(), source.Request{})
					if e, ok := errors.AsType[*file.FetchError](err); got != nil || !ok || isDamage(err) || !errors.Is(e, file.ErrIncomplete) {
						t.Fatalf("cut at %d of %d: %v, %v", n, len(whole), got, err)
					}
				}
			})
		}
	}
}

// Where nothing but the connection's end ends the file, nobody is removed by
// it, unless a checksum or the end marker says that it is whole.
func TestS11RemoteWithoutAnEnd(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n"
	for name, c := range map[string]struct {
		answer, marker string
		kept           bool
	}{
		"plain":             {answer: head + "\r\n" + remoteText, kept: true},
		"cut between rows":  {answer: head + "\r\n" + remoteText[:37], kept: true},
		"with a marker":     {answer: head + "\r\n" + remoteText + "#end\n", marker: "#end"},
		"cut at the marker": {answer: head + "\r\n" + remoteText, marker: "#end", kept: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := startWeb(t, hijacked(func() string { return c.answer }, true))
			config := w.config("/people.csv")
			config.EndMarker = c.marker
			s, err := openRemote(t, config).Read(t.Context(), source.Request{})
			if err != nil || (len(s.NoRemovals) > 0) != c.kept {
				t.Fatalf("%v, %+v", err, s)
			}
		})
	}
}

// TestS09RemoteFaults shows what is said of everything else that may go wrong,
// and that nothing is taken from it.
func TestS09RemoteFaults(t *testing.T) {
	t.Parallel()
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "secret words", code) }
	}
	whole := &filetest.Page{Text: remoteText}
	sends := func(key, value string) http.HandlerFunc {
		return (&filetest.Page{Text: remoteText, Headers: http.Header{key: {value}}}).ServeHTTP
	}
	var flips atomic.Int64
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		config  func(*csvfile.Config)
		told    string
		is      error
		asked   int // requests in all; 0 is one
	}{
		"not found":             {handler: status(404), told: "404 Not Found; check url, and check that the export ran"},
		"gone":                  {handler: status(410), told: "410 Gone; check url"},
		"no login":              {handler: status(401), told: "401 Unauthorized; the server requires a login"},
		"forbidden":             {handler: status(403), told: "403 Forbidden; check that these credentials may read the file"},
		"trouble":               {handler: status(503), told: "503 Service Unavailable; the server has a problem", asked: 3},
		"too many":              {handler: status(429), told: "429 Too Many Requests", asked: 3},
		"a part":                {handler: status(206), told: "206 Partial Content; the server did not send a file"},
		"no content":            {handler: status(204), told: "204 No Content; the server did not send a file"},
		"unchanged without ask": {handler: status(304), told: "304 Not Modified; the server said that the file is unchanged, but rollcall did not ask for that"},
		"a login page":          {handler: func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, told: "the server sent a web page, not a CSV file; most likely it is a login page"},
		"packed unasked":        {handler: sends("Content-Encoding", "br"), told: "used a compression that rollcall did not ask for"},
		"no gzip":               {handler: sends("Content-Encoding", "gzip"), told: "the gzip data is incomplete or damaged", is: file.ErrIncomplete},
		"rubbish behind gzip": {handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(append(filetest.Pack(remoteText), 1, 2, 3))
		}, told: "fetch", is: file.ErrIncomplete, asked: -1},
		"another host": {handler: http.RedirectHandler("https://elsewhere.example/people.csv?token=hidden", http.StatusFound).ServeHTTP, told: "redirects to https://elsewhere.example; rollcall does not follow a redirect to another host"},
		"down to http": {handler: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+"/people.csv", http.StatusMovedPermanently)
		}, told: "redirects to http://127.0.0.1"},
		"a circle": {handler: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }, told: "more than 5 redirects", asked: 5},
		"nowhere":  {handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(302) }, told: "302 Found; the redirect has no valid address"},
		"an unreadable place": {handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://%zz?secret=1")
			w.WriteHeader(302)
		}, told: "302 Found; the redirect has no valid address"},
		"too old":           {handler: (&filetest.Page{Text: remoteText, Modified: time.Now().Add(-time.Hour)}).ServeHTTP, config: func(c *csvfile.Config) { c.MaxAge = time.Minute }, told: "it was written 1h0m", is: source.ErrStale},
		"no age":            {handler: whole.ServeHTTP, config: func(c *csvfile.Config) { c.MaxAge = time.Minute }, told: "does not send the file's age"},
		"too large, said":   {handler: hijacked(func() string { return "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + head }, true), config: func(c *csvfile.Config) { c.MaxMegabytes = 1 }, told: "file is larger than max_megabytes"},
		"too large, unsaid": {handler: (&filetest.Page{Text: head + strings.Repeat("1,ann@corp.example,a\n", 60_000), Chunked: true}).ServeHTTP, config: func(c *csvfile.Config) { c.MaxMegabytes = 1 }, told: "file is larger than max_megabytes"},
		"a bomb":            {handler: (&filetest.Page{Text: head + strings.Repeat("1,ann@corp.example,a\n", 60_000), Packed: true}).ServeHTTP, config: func(c *csvfile.Config) { c.MaxMegabytes = 1 }, told: "file is larger than max_megabytes"},
		"a huge head":       {handler: sends("X-Long", strings.Repeat("x", 1<<20)), told: "fetch", asked: -1},
		"another file by then": {handler: func(w http.ResponseWriter, r *http.Request) {
			(&filetest.Page{Text: remoteText, ETag: `"` + strconv.FormatInt(flips.Add(1), 10) + `"`}).ServeHTTP(w, r)
		}, told: "nothing from it was used", is: source.ErrChanged, asked: 6},
		"gone by then":           {handler: onlyOnce(&filetest.Page{Text: remoteText, ETag: `"1"`}), told: "404 Not Found", asked: 2},
		"no certificate of ours": {handler: whole.ServeHTTP, config: func(c *csvfile.Config) { c.CAFile = "" }, told: "TLS failed", asked: -1},
		"another name":           {handler: whole.ServeHTTP, config: func(c *csvfile.Config) { c.ServerName = "else.example" }, told: "TLS failed", asked: -1},
		"no CA file":             {handler: whole.ServeHTTP, config: func(c *csvfile.Config) { c.CAFile = "/nowhere/ca.pem" }, told: "problem on this machine (read ca_file: open /nowhere/ca.pem", asked: -1},
		"no token":               {handler: whole.ServeHTTP, config: func(c *csvfile.Config) { c.BearerTokenFile = "/nowhere/token" }, told: "problem on this machine (read bearer_token_file: open /nowhere/token", is: os.ErrNotExist, asked: -1},
		"an empty token":         {handler: whole.ServeHTTP, config: func(c *csvfile.Config) { c.BearerTokenFile = os.DevNull }, told: "read bearer_token_file /dev/null: it is empty", asked: -1},
		"nobody there":           {handler: whole.ServeHTTP, config: func(c *csvfile.Config) { c.URL = "https://127.0.0.1:1/people.csv?sig=hidden" }, told: "the connection failed or was lost", asked: -1},
	} {
		t.Run(name, func(t *testing.T) {
			w := startWeb(t, c.handler)
			config := w.config("/people.csv?sig=hidden")
			if c.config != nil {
				c.config(&config)
			}
			s, err := openRemote(t, config).Read(t.Context(), source.Request{})
			_, fetch := errors.AsType[*file.FetchError](err)
			if s != nil || !fetch || isDamage(err) || !strings.Contains(err.Error(), c.told) || c.is != nil && !errors.Is(err, c.is) {
				t.Fatalf("got %v, %v, want %q", s, err, c.told)
			}
			if strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells a secret: %v", err)
			}
			if got := len(w.Requests()); c.asked >= 0 && got != max(1, c.asked) {
				t.Errorf("%d requests, want %d", got, max(1, c.asked))
			}
		})
	}
}

const head = "id,email,groups\n"

// onlyOnce serves a page to the first who asks.
func onlyOnce(p *filetest.Page) http.HandlerFunc {
	var asked atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > 1 {
			http.NotFound(w, r)
			return
		}
		p.ServeHTTP(w, r)
	}
}

// A connection that breaks off, and a server with trouble, are tried again;
// nothing of the first try stays.
func TestRemoteIsTriedAgain(t *testing.T) {
	var asked atomic.Int64
	w := startWeb(t, func(w http.ResponseWriter, r *http.Request) {
		switch asked.Add(1) {
		case 1:
			hijacked(func() string {
				return "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + head + "9,zoe@corp.example,a\n\"broken"
			}, false)(w, r)
		case 2:
			w.WriteHeader(http.StatusBadGateway)
		default:
			(&filetest.Page{Text: remoteText}).ServeHTTP(w, r)
		}
	})
	s, err := openRemote(t, w.config("/people.csv")).Read(t.Context(), source.Request{})
	if err != nil || people(s) != remotePeople {
		t.Fatalf("%v, %v", s, err)
	}
}

// Damage of a file that came whole is damage, with the places in the URL.
func TestRemoteDamage(t *testing.T) {
	w := startWeb(t, (&filetest.Page{Text: head + "1,nobody,a\n"}).ServeHTTP)
	s, err := openRemote(t, w.config("/people.csv?sig=hidden")).Read(t.Context(), source.Request{})
	if !isDamage(err) || s != nil || !strings.Contains(err.Error(), w.URL+"/people.csv:2:3: email: ") || strings.Contains(err.Error(), "hidden") {
		t.Errorf("got %v", err)
	}
	if n := len(w.Requests()); n != 1 {
		t.Errorf("damage was asked for %d times", n)
	}
}

// silent says a little and then nothing more, until the test ends.
func silent(t *testing.T, said string) http.HandlerFunc {
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(said))
		if said != "" {
			_ = http.NewResponseController(w).Flush()
		}
		select {
		case <-end:
		case <-r.Context().Done():
		}
	}
}

// A server that stops in the middle is given up after transfer_timeout, and at
// once when the run is interrupted.
func TestS09RemoteSilence(t *testing.T) {
	t.Parallel()
	for _, said := range []string{"", "id,em", head + "1,ann@corp.example,a\n"} {
		w := startWeb(t, silent(t, said))
		config := w.config("/people.csv")
		config.TransferTimeout = 300 * time.Millisecond
		s, err := openRemote(t, config).Read(t.Context(), source.Request{})
		if s != nil || err == nil || !strings.Contains(err.Error(), "timed out") || !strings.Contains(err.Error(), "raise transfer_timeout") || len(w.Requests()) != 1 {
			t.Errorf("after %q: %v, %v", said, s, err)
		}
		config.TransferTimeout = 0
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		s, err = openRemote(t, config).Read(ctx, source.Request{})
		if s != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted after %q: %v, %v", said, s, err)
		}
	}
}

// A file that was just written is asked for until it was left alone (S11).
func TestS11RemoteSettles(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	young := &filetest.Page{Text: remoteText, ETag: `"1"`, Modified: now, Date: now.Add(4 * time.Second)}
	old := *young
	old.Date = now.Add(time.Minute)
	fresh := &filetest.Page{Text: remoteText, Modified: now, Date: now}
	for name, c := range map[string]struct {
		pages  []*filetest.Page
		told   int
		settle time.Duration
		err    error
	}{
		"left alone":             {pages: []*filetest.Page{&old}, settle: 5 * time.Second},
		"young":                  {pages: []*filetest.Page{young, &old}, told: 1, settle: 5 * time.Second},
		"no time":                {pages: []*filetest.Page{{Text: remoteText}}, settle: 5 * time.Second},
		"anew for each, settled": {pages: []*filetest.Page{fresh}},
		"the clock stands still": {pages: []*filetest.Page{fresh}, told: file.SettleRounds, settle: 20 * time.Millisecond, err: source.ErrChanged},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			w := startWeb(t, func(w http.ResponseWriter, r *http.Request) {
				n := int(asked.Add(1)) - 1
				c.pages[min(n, len(c.pages)-1)].ServeHTTP(w, r)
			})
			config := w.config("/people.csv")
			config.Settle = &c.settle
			var told []string
			s, err := openRemote(t, config, file.Options{Settle: func(name string, wait time.Duration) {
				told = append(told, fmt.Sprint(name, " ", wait.Round(time.Second)))
			}}).Read(t.Context(), source.Request{})
			if !errors.Is(err, c.err) || len(told) != c.told || (err == nil) != (s != nil) {
				t.Fatalf("told %q, %v", told, err)
			}
			if c.told == 1 && told[0] != w.URL+"/people.csv 1s" {
				t.Errorf("told %q", told)
			}
		})
	}
}

// The checksum of the file beside it has to fit, in each form that is in use.
func TestRemoteSidecar(t *testing.T) {
	t.Parallel()
	right := sha256.Sum256([]byte(remoteText))
	sum, wrong := hex.EncodeToString(right[:]), strings.Repeat("0", 64)
	for text, ok := range map[string]bool{
		sum:                                   true,
		sum + "\n":                            true,
		strings.ToUpper(sum) + "\r\n":         true,
		sum + "  people.csv\n":                true,
		sum + " *out/people.csv\n":            true,
		"SHA256 (people.csv) = " + sum + "\n": true,
		wrong + "  other.csv\n" + sum + "  people.csv\n": true,
		wrong + "  people.csv\n":                         false,
		sum + "  other.csv\n":                            false,
		sum + "\n" + wrong + "\n":                        false,
		sum[:62]:                                         false,
		"":                                               false,
		strings.Repeat("x", file.MaxChecksumFile+1): false,
	} {
		w := startWeb(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".sha256") {
				_, _ = w.Write([]byte(text))
				return
			}
			(&filetest.Page{Text: remoteText, ETag: `"1"`}).ServeHTTP(w, r)
		})
		config := w.config("/people.csv")
		config.ChecksumURL = config.URL + ".sha256"
		s, err := openRemote(t, config).Read(t.Context(), source.Request{})
		if (err == nil) != ok || (s != nil) != ok || isDamage(err) {
			t.Errorf("%.80q: %v", text, err)
		}
	}
}

// The login goes to the server and nowhere else, and no way to print it shows it.
func TestRemoteLogin(t *testing.T) {
	const secret = "hidden-7f3a"
	secretPath := secretFile(t, secret)
	w := startWeb(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/people.csv" {
			http.Redirect(w, r, "/moved.csv?sig=hidden-too", http.StatusTemporaryRedirect)
			return
		}
		user, password, _ := r.BasicAuth()
		if r.Header.Get("Authorization") != "Bearer "+secret && (user != "rollcall" || password != secret) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		(&filetest.Page{Text: remoteText}).ServeHTTP(w, r)
	})
	for name, login := range map[string]func(*csvfile.Config){
		"bearer": func(c *csvfile.Config) { c.BearerTokenFile = secretPath },
		"basic":  func(c *csvfile.Config) { c.Username, c.PasswordFile = "rollcall", secretPath },
		"none":   func(*csvfile.Config) {},
	} {
		config := w.config("/people.csv?sig=hidden")
		login(&config)
		s, err := openRemote(t, config).Read(t.Context(), source.Request{})
		if (err == nil) != (name != "none") || (s != nil) != (name != "none") {
			t.Errorf("%s: %v", name, err)
		}
		if text := fmt.Sprintf("%v %+v %#v %v", config, config, config, err); strings.Contains(text, "hidden") {
			t.Errorf("%s: a secret is shown: %s", name, text)
		}
	}
}

// A client certificate is shown to a server that asks for one.
func TestRemoteClientCertificate(t *testing.T) {
	w := startWeb(t, (&filetest.Page{Text: remoteText}).ServeHTTP, func(s *httptest.Server) { s.TLS.ClientAuth = tls.RequireAnyClientCert })
	config := w.config("/people.csv")
	s, err := openRemote(t, config).Read(t.Context(), source.Request{})
	if s != nil || err == nil || !strings.Contains(err.Error(), "TLS failed") || !strings.Contains(err.Error(), "cert_file") {
		t.Errorf("without: %v", err)
	}
	config.CertFile, config.KeyFile = w.pki.ClientCert, w.pki.ClientKey
	if s, err = openRemote(t, config).Read(t.Context(), source.Request{}); err != nil || people(s) != remotePeople {
		t.Errorf("with: %v", err)
	}
}

// A URL that is a secret as a whole stands in a file, which is read for each
// transfer; what is wrong with it does not show it (S43).
func TestS43URLInAFile(t *testing.T) {
	w := startWeb(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("signature") == "" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, remoteText)
	})
	config := w.config("")
	config.URL, config.URLFile = "", secretFile(t, w.URL+"/people.csv?signature=hidden1")
	s := openRemote(t, config)
	for _, signature := range []string{"hidden1", "hidden2"} {
		must(t, os.WriteFile(config.URLFile, []byte(w.URL+"/people.csv?signature="+signature+"\n"), 0o600))
		got, err := s.Read(t.Context(), source.Request{})
		if err != nil || people(got) != remotePeople || strings.Contains(s.Fetched()+got.People[0].Origin.String(), "hidden") {
			t.Errorf("%s: %v, %v, %s", signature, got, err, s.Fetched())
		}
	}
	for name, text := range map[string]string{
		"refused": w.URL + "/hidden.csv?hidden=1", "http": "http://hidden.example/hidden.csv", "sftp": "sftp://hidden@h.example/hidden.csv",
		"no URL": "hidden", "two lines": "https://h.example/hidden\nhidden", "empty": "", "a password": "https://me:hidden@h.example/p.csv",
	} {
		must(t, os.WriteFile(config.URLFile, []byte(text), 0o600))
		got, err := s.Read(t.Context(), source.Request{})
		if got != nil || err == nil || isDamage(err) || name != "refused" && strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	config.URL = "https://h.example/p.csv"
	if err := config.Validate(); err == nil || !strings.Contains(err.Error(), "cannot be set together with url") {
		t.Errorf("url and url_file: %v", err)
	}
	config.URL, config.Path = "", "people.csv"
	if err := config.Validate(); err == nil || !strings.Contains(err.Error(), "cannot be set together with path") {
		t.Errorf("path and url_file: %v", err)
	}
}
