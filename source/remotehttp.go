package source

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
)

// httpTransport fetches a file over HTTPS.
type httpTransport struct {
	*remote
	cache *downloadCache // nil without a place for it
}

// The bounds of what a server may say before the file itself.
const (
	maxRedirects     = 5
	maxResponseBytes = 64 << 10
)

// request is what is asked of the server, beyond the file.
type request struct {
	wire   *http.Transport
	header http.Header
}

// open makes the connections of one read: certificates and secrets are read anew
// each time, so that renewed ones count.
func (t *httpTransport) open() (*request, error) {
	conf, err := tlsFiles(t.config.CAFile, t.config.CertFile, t.config.KeyFile)
	if err != nil {
		return nil, &localFault{err}
	}
	conf.ServerName = t.config.ServerName
	header, err := t.credentials()
	if err != nil {
		return nil, err
	}
	return &request{wire: t.wire(conf), header: header}, nil
}

// wire leaves packing to us, who can judge what comes, and uses a proxy only
// when told to (S38). It is used without an http.Client, which would follow
// redirects (see get), and whose errors hold whole URLs.
func (t *httpTransport) wire(conf *tls.Config) *http.Transport {
	wire := &http.Transport{
		DialContext:     (&net.Dialer{Timeout: t.config.ConnectTimeout}).DialContext,
		TLSClientConfig: conf, TLSHandshakeTimeout: t.config.ConnectTimeout,
		ForceAttemptHTTP2: true, DisableCompression: true, MaxResponseHeaderBytes: maxResponseBytes,
	}
	if t.config.Proxy == proxyEnvironment {
		wire.Proxy = http.ProxyFromEnvironment
	}
	return wire
}

// credentials are the headers of every request; they go to the host of url only.
func (t *httpTransport) credentials() (http.Header, error) {
	header := http.Header{"User-Agent": {"rollcall"}}
	switch {
	case t.config.BearerTokenFile != "":
		token, err := readSecret("bearer_token_file", t.config.BearerTokenFile)
		if err != nil {
			return nil, err
		}
		header.Set("Authorization", "Bearer "+token)
	case t.config.PasswordFile != "":
		password, err := readSecret("password_file", t.config.PasswordFile)
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
func (t *httpTransport) get(ctx context.Context, r *request, target *url.URL, more http.Header) (*http.Response, error) {
	for range maxRedirects {
		asked, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
		if err != nil {
			return nil, t.problem("the URL cannot be asked for", "")
		}
		asked.Header = r.header.Clone()
		maps.Copy(asked.Header, more)
		answer, err := r.wire.RoundTrip(asked)
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
			return nil, &FetchError{URL: shownURL(target), Problem: fmt.Sprintf("is redirected to %s://%s", next.Scheme, next.Host),
				Hint: "a redirect is followed within one host only, since credentials are for that host: put the last address into url"}
		}
		target = next
	}
	return nil, t.problem(fmt.Sprintf("more than %d redirects", maxRedirects), "put the last address into url")
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

// refused says what a status means that is no file.
func (t *httpTransport) refused(target *url.URL, answer *http.Response) error {
	status := answer.StatusCode
	e := &FetchError{URL: shownURL(target), Problem: strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))}
	switch {
	case status == http.StatusUnauthorized:
		e.Hint = "the server wants a login: check bearer_token_file, or username and password_file"
	case status == http.StatusForbidden:
		e.Hint = "check what these credentials may read; a presigned URL may have expired"
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Hint = "check url, and whether the export ran"
	case status == http.StatusNotModified:
		e.Hint = "the server calls the file unchanged, but was not asked that; look at what stands between"
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
		e.again, e.outage, e.Hint = true, true, "the server has trouble; look at its log"
	case status >= 300 && status < 400:
		e.Hint = "the server names no place that could be read"
	default:
		e.Hint = "that is no file"
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
	// cached is the last good file when the server says that it is still it.
	cached *cachedFile
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

// print tells two states of the file apart, as far as the server lets us.
func (a *answer) print() string {
	if a.etag != "" {
		return a.etag
	}
	if age, ok := a.age(); ok && age >= time.Second {
		return a.modified.String()
	}
	return ""
}

// ask begins a transfer. With a cached file, it asks for a newer one only.
func (t *httpTransport) ask(ctx context.Context, r *request, cached *cachedFile) (a *answer, err error) {
	ctx, cancel := t.limit(ctx)
	header := http.Header{"Accept": {"text/csv, */*;q=0.5"}, "Accept-Encoding": {"gzip"}}
	if cached != nil {
		header.Set("If-None-Match", cached.ETag)
	}
	response, err := t.get(ctx, r, t.url, header) //nolint:bodyclose // the answer closes it
	if err != nil {
		cancel()
		return nil, err
	}
	a = &answer{Response: response, cancel: cancel, etag: response.Header.Get("ETag"), date: time.Now()}
	a.modified, _ = http.ParseTime(response.Header.Get("Last-Modified"))
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		a.date = date
	}
	if response.StatusCode == http.StatusNotModified {
		if a.etag != "" && strings.TrimPrefix(a.etag, "W/") != cached.ETag {
			a.close()
			return nil, fmt.Errorf("%w: the server has another one", errBadCache)
		}
		a.cached, a.etag = cached, cached.ETag
		if a.modified.IsZero() {
			a.modified, _ = http.ParseTime(cached.Modified)
		}
		return a, nil
	}
	if err := t.suits(response); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// suits refuses what is no file: a page for people, such as a login, and a
// packing that was not asked for.
func (t *httpTransport) suits(response *http.Response) error {
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind == "text/html" || kind == "application/xhtml+xml" {
		return t.problem("the server sends a web page, and no CSV", "most likely it is a login page: check url and the credentials")
	}
	packing := lowerASCII(response.Header.Get("Content-Encoding"))
	if !slices.Contains([]string{"", "identity", "gzip", "x-gzip"}, packing) {
		return t.problem("the server packs the file in a way that was not asked for", "have it send gzip or nothing")
	}
	if response.ContentLength > int64(t.config.MaxMegabytes)*megabyte {
		return fetchFailure(context.Background(), t.name, errTooLarge)
	}
	return nil
}

// settled asks until the file was left alone for the settle time (S11).
func (t *httpTransport) settled(ctx context.Context, r *request, cached *cachedFile) (*answer, error) {
	var before string
	var watched time.Duration
	for range settleRounds {
		a, err := t.ask(ctx, r, cached)
		if err != nil {
			return nil, err
		}
		age, known := a.age()
		wait := t.source.settleWait(age)
		if !known || wait == 0 || watched == t.source.settle && a.print() != "" && a.print() == before {
			return a, nil
		}
		before, watched = a.print(), wait
		a.close() // it is asked for again
		if err := t.source.waitFor(ctx, wait, t.name); err != nil {
			return nil, err
		}
	}
	e := t.problem(fmt.Sprintf("it did not stay the same for %s", t.source.settle), "a file that is made anew for each request needs settle: 0s")
	e.Err = ErrChanged
	return nil, e
}

// unchanged asks once more, whether the server has another file by now: one
// that was written over while it was sent is half the old and half the new (S11).
func (t *httpTransport) unchanged(ctx context.Context, r *request, a *answer) error {
	was := a.print()
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
	response, err := t.get(ctx, r, t.url, header)
	if err != nil {
		return err
	}
	_ = response.Body.Close() // its head says it all
	now := &answer{Response: response, etag: response.Header.Get("ETag"), date: a.date}
	now.modified, _ = http.ParseTime(response.Header.Get("Last-Modified"))
	if response.StatusCode == http.StatusNotModified || now.print() == was {
		return nil
	}
	return t.changed()
}
