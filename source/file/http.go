package file

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"rollcall/source"
	"rollcall/source/internal/tlsfile"
)

// httpTransport fetches a file over HTTPS.
type httpTransport struct{ *remote }

// The bounds of what a server may say before the file itself.
const (
	maxRedirects     = 5
	maxResponseBytes = 64 << 10
)

// httpSession are the connections of one read, and the headers of its requests.
type httpSession struct {
	transport *http.Transport
	header    http.Header
}

// open makes the connections of one read: certificates and secrets are read anew
// each time, so that renewed ones count.
func (t *httpTransport) open() (*httpSession, error) {
	conf, err := tlsfile.Config(t.config.CAFile, t.config.CertFile, t.config.KeyFile)
	if err != nil {
		return nil, &tlsfile.LocalFault{Err: err}
	}
	conf.ServerName = t.config.ServerName
	header, err := t.credentials()
	if err != nil {
		return nil, err
	}
	return &httpSession{transport: t.transport(conf), header: header}, nil
}

// transport does not unpack: fetch has to see whether a gzip came whole. It uses
// a proxy only if the configuration says so (S38). There is no http.Client
// around it, because a client follows redirects to other hosts and puts whole
// URLs into its errors.
func (t *httpTransport) transport(conf *tls.Config) *http.Transport {
	transport := &http.Transport{
		DialContext:     (&net.Dialer{Timeout: t.config.ConnectTimeout}).DialContext,
		TLSClientConfig: conf, TLSHandshakeTimeout: t.config.ConnectTimeout,
		ForceAttemptHTTP2: true, DisableCompression: true, MaxResponseHeaderBytes: maxResponseBytes,
	}
	if t.config.Proxy == proxyEnvironment {
		transport.Proxy = http.ProxyFromEnvironment
	}
	return transport
}

// credentials are the headers of every request; they go to the host of url only.
func (t *httpTransport) credentials() (http.Header, error) {
	// A cache on the way must ask the server: what it has may be an older file (S12).
	header := http.Header{"User-Agent": {"rollcall"}, "Cache-Control": {"no-cache"}}
	switch {
	case t.config.BearerTokenFile != "":
		token, err := tlsfile.Secret("bearer_token_file", t.config.BearerTokenFile)
		if err != nil {
			return nil, err
		}
		header.Set("Authorization", "Bearer "+token)
	case t.config.PasswordFile != "":
		password, err := tlsfile.Secret("password_file", t.config.PasswordFile)
		if err != nil {
			return nil, err
		}
		basic := http.Request{Header: header}
		basic.SetBasicAuth(t.config.Username, password)
	}
	return header, nil
}

// get asks for a URL and follows redirects on the same host. What it answers
// is good, or a 304 where header asked for that; everything else is an error.
func (t *httpTransport) get(ctx context.Context, session *httpSession, target *url.URL, more http.Header) (*http.Response, error) {
	for range maxRedirects {
		asked, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
		if err != nil {
			return nil, t.problem("the URL cannot be requested", "")
		}
		asked.Header = session.header.Clone()
		maps.Copy(asked.Header, more)
		answer, err := session.transport.RoundTrip(asked)
		if err != nil {
			return nil, fetchFailure(ctx, shownURL(target), err)
		}
		if answer.StatusCode == http.StatusOK || answer.StatusCode == http.StatusNotModified && len(more["If-None-Match"])+len(more["If-Modified-Since"]) > 0 {
			return answer, nil
		}
		_ = answer.Body.Close() // nothing of it is wanted
		next := redirection(answer)
		if next == nil {
			return nil, t.refused(target, answer)
		}
		if !sameHost(t.url, next) {
			return nil, &FetchError{URL: shownURL(target), Problem: fmt.Sprintf("redirects to %s://%s", next.Scheme, next.Host),
				Hint: "rollcall does not follow a redirect to another host, because the credentials are for this one: set url to the final address"}
		}
		target = next
	}
	return nil, t.problem(fmt.Sprintf("more than %d redirects", maxRedirects), "set url to the final address")
}

// redirection is where an answer sends us; nil where it is none, or says no
// place that could be read.
func redirection(answer *http.Response) *url.URL {
	switch answer.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if next, err := answer.Location(); err == nil {
			return next
		}
	}
	return nil
}

// refused says what a status without a file means.
func (t *httpTransport) refused(target *url.URL, answer *http.Response) error {
	status := answer.StatusCode
	e := &FetchError{URL: shownURL(target), Problem: strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))}
	switch {
	case status == http.StatusUnauthorized:
		e.Hint = "the server requires a login: check bearer_token_file, or username and password_file"
	case status == http.StatusForbidden:
		e.Hint = "check that these credentials may read the file; a presigned URL may have expired"
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Hint = "check url, and check that the export ran"
	case status == http.StatusNotModified:
		e.Hint = "the server said that the file is unchanged, but rollcall did not ask for that; check any proxy in between"
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
		e.retry, e.outage, e.Hint = true, true, "the server has a problem: check its log"
	case status >= 300 && status < 400:
		e.Hint = "the redirect has no valid address"
	default:
		e.Hint = "the server did not send a file"
	}
	return e
}

// answer is what the server said before the file, or in place of it.
type answer struct {
	*http.Response
	cancel context.CancelFunc
	// etag is empty when there is none, modified and date are zero.
	etag           string
	modified, date time.Time
}

func (a *answer) close() {
	_ = a.Body.Close() // what is left of it is not wanted
	a.cancel()
}

// age is how old the file is by the server's own clock; ok is false when it
// does not say. A file that was made this very second may still be written, or
// may be made anew for each request.
func (a *answer) age() (age time.Duration, ok bool) {
	return a.date.Sub(a.modified), !a.modified.IsZero()
}

// fingerprint tells two states of the file apart, as far as the server lets us.
func (a *answer) fingerprint() string {
	if a.etag != "" {
		return a.etag
	}
	if age, ok := a.age(); ok && age >= time.Second {
		return a.modified.String()
	}
	return ""
}

// ask begins a transfer.
func (t *httpTransport) ask(ctx context.Context, session *httpSession) (*answer, error) {
	ctx, cancel := t.limit(ctx)
	header := http.Header{"Accept": {"text/csv, */*;q=0.5"}, "Accept-Encoding": {"gzip"}}
	response, err := t.get(ctx, session, t.url, header) //nolint:bodyclose // the answer closes it
	if err != nil {
		cancel()
		return nil, err
	}
	a := &answer{Response: response, cancel: cancel, etag: response.Header.Get("ETag"), date: time.Now()}
	a.modified, _ = http.ParseTime(response.Header.Get("Last-Modified"))
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		a.date = date
	}
	if err := t.suits(response); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// suits refuses an answer that is not a CSV: a web page, such as a login, and a
// packing that was not asked for.
func (t *httpTransport) suits(response *http.Response) error {
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind == "text/html" || kind == "application/xhtml+xml" {
		return t.problem("the server sent a web page, not a CSV file", "most likely it is a login page: check url and the credentials")
	}
	packing := source.LowerASCII(response.Header.Get("Content-Encoding"))
	if !slices.Contains([]string{"", "identity", "gzip", "x-gzip"}, packing) {
		return t.problem("the server used a compression that rollcall did not ask for", "let it send gzip, or no compression")
	}
	if response.ContentLength > int64(t.config.MaxMegabytes)*megabyte {
		return fetchFailure(context.Background(), t.name, errTooLarge)
	}
	return nil
}

// askUntilSettled asks until the file has not changed for the settle time (S11).
func (t *httpTransport) askUntilSettled(ctx context.Context, session *httpSession) (*answer, error) {
	var before string
	var watched time.Duration
	for range settleRounds {
		a, err := t.ask(ctx, session)
		if err != nil {
			return nil, err
		}
		age, known := a.age()
		wait := t.source.settleWait(age)
		if !known || wait == 0 || watched == t.source.settle && a.fingerprint() != "" && a.fingerprint() == before {
			return a, nil
		}
		before, watched = a.fingerprint(), wait
		a.close() // it is asked for again
		if err := t.source.waitFor(ctx, wait, t.name); err != nil {
			return nil, err
		}
	}
	e := t.problem(fmt.Sprintf("it did not stay unchanged for %s (settle)", t.source.settle), "if the server generates the file for each request, set settle: 0s")
	e.Err = source.ErrChanged
	return nil, e
}

// unchanged asks once more, whether the server has another file by now: one
// that was written over while it was sent is half the old and half the new (S11).
func (t *httpTransport) unchanged(ctx context.Context, session *httpSession, a *answer) error {
	was := a.fingerprint()
	if was == "" {
		return nil // the server gives nothing to go by
	}
	ctx, cancel := t.limit(ctx)
	defer cancel()
	header := http.Header{"Accept-Encoding": {"gzip"}}
	if a.etag != "" {
		header.Set("If-None-Match", a.etag)
	} else {
		header.Set("If-Modified-Since", a.modified.UTC().Format(http.TimeFormat))
	}
	response, err := t.get(ctx, session, t.url, header)
	if err != nil {
		return err
	}
	_ = response.Body.Close() // its head says it all
	now := &answer{Response: response, etag: response.Header.Get("ETag"), date: a.date}
	now.modified, _ = http.ParseTime(response.Header.Get("Last-Modified"))
	if response.StatusCode == http.StatusNotModified || now.fingerprint() == was {
		return nil
	}
	return t.changed()
}
