package source

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"
)

// fetch reads the file, or the cached one where the server says that it is
// still the same.
func (t *httpTransport) fetch(ctx context.Context, r *csvRead) (*cacheWriter, error) {
	asking, err := t.open()
	if err != nil {
		return nil, fetchFailure(ctx, t.name, err)
	}
	defer asking.wire.CloseIdleConnections()
	cached := t.cache.open(string(t.config.URL))
	defer cached.close()
	kept, err := t.transfer(ctx, asking, r, cached)
	if errors.Is(err, errBadCache) {
		t.source.opts.logger.Debug("the cached file is not used", zap.String("source", t.source.name), zap.Error(err))
		t.cache.forget()
		e := t.problem("the cached copy is damaged or out of date", "")
		e.again = true
		return nil, e
	}
	return kept, err
}

// transfer reads one answer from its head to the proof that it was whole.
func (t *httpTransport) transfer(ctx context.Context, asking *request, r *csvRead, cached *cachedFile) (kept *cacheWriter, err error) {
	started := time.Now()
	a, err := t.settled(ctx, asking, cached)
	if err != nil {
		return nil, err
	}
	defer a.close()
	if err := t.checkAge(a); err != nil {
		return nil, err
	}
	proof, err := t.proof(ctx, asking, a)
	if err != nil {
		return nil, err
	}
	body, err := t.body(a, proof)
	if err != nil {
		return nil, fetchFailure(a.Request.Context(), t.name, err)
	}
	defer func() {
		if err != nil {
			body.keep.drop()
		}
	}()
	text, err := r.readRemote(ctx, t.name, body)
	if err != nil {
		return nil, fetchFailure(a.Request.Context(), t.name, err)
	}
	if err := proof.check(t.remote, a.cached); err != nil {
		return nil, err
	}
	if !text.marked && !proof.given() && endless(a) {
		r.keep(t.name + ": the server does not say where the file ends, so it may have been cut short (S11); have it send Content-Length, or set checksum_url or end_marker")
		// A copy forgets that: read back, half a file would be a whole one (S09).
		body.keep.drop()
		body.keep = nil
	}
	if a.cached == nil && !proof.given() {
		if err := t.unchanged(ctx, asking, a); err != nil {
			return nil, err
		}
	}
	t.describe(a, text, body.raw.n, started)
	return body.keep, nil
}

// readRemote reads the text and what is left behind it.
func (r *csvRead) readRemote(ctx context.Context, name string, body *body) (*csvText, error) {
	r.people.length = forecast{size: body.size, raw: body.raw}
	text, err := r.readText(ctx, name, body.raw)
	if err != nil {
		return nil, err
	}
	// What the parser gave up on still counts as read.
	_, err = io.Copy(io.Discard, body.raw)
	return text, err
}

// endless reports whether nothing but the end of the connection ends the file:
// whoever cuts it makes the same end.
func endless(a *answer) bool {
	return a.cached == nil && a.ContentLength < 0 && len(a.TransferEncoding) == 0 && a.ProtoMajor == 1
}

// body is the file as it is read, unpacked and bounded.
type body struct {
	raw  *countReader
	size int64 // 0 when nobody knows
	keep *cacheWriter
}

func (t *httpTransport) body(a *answer, proof *proof) (*body, error) {
	most := int64(t.config.MaxMegabytes) * megabyte
	if a.cached != nil {
		return &body{raw: &countReader{r: teeHash(a.cached.body(), proof.text)}, size: a.cached.size}, nil
	}
	sent := teeHash(&boundedReader{a.Body, most}, proof.sent...)
	b := &body{size: max(0, a.ContentLength)}
	text := sent
	if packing := a.Header.Get("Content-Encoding"); packing != "" && lowerASCII(packing) != "identity" {
		unpacked, err := gzip.NewReader(sent)
		if err != nil {
			return nil, packed(err)
		}
		// A megabyte can unpack to a gigabyte: the bound counts for both.
		text, b.size = &boundedReader{gzipReader{unpacked}, most}, 0
	}
	text = teeHash(text, proof.text)
	if strong(a.etag) {
		b.keep = t.cache.begin(cacheHead{URL: cacheKey(string(t.config.URL)), ETag: a.etag, Modified: a.Header.Get("Last-Modified")})
		if b.keep != nil {
			text = io.TeeReader(text, b.keep)
		}
	}
	b.raw = &countReader{r: text}
	return b, nil
}

// gzipReader names what is wrong with packed bytes.
type gzipReader struct{ r io.Reader }

func (g gzipReader) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	return n, packed(err)
}

func packed(err error) error {
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return &FetchError{Problem: "what came is no whole gzip", Err: fmt.Errorf("%w: %w", ErrIncomplete, err)}
	}
	return err
}

// strong reports whether an ETag stands for the very bytes (RFC 9110, 8.8.1).
func strong(etag string) bool { return len(etag) > 2 && etag[0] == '"' }

// checkAge refuses a file that the export stopped renewing (S11).
func (t *httpTransport) checkAge(a *answer) error {
	most := t.source.config.MaxAge
	age, known := a.age()
	switch {
	case most == 0 || known && age <= most:
		return nil
	case !known:
		return t.problem("the server does not say when the file was written, and max_age asks for it", "have it send Last-Modified, or leave max_age out")
	}
	return t.stale(age)
}

// describe says in one line what the last transfer was, for check and for the log.
func (t *httpTransport) describe(a *answer, text *csvText, bytes int64, started time.Time) {
	parts := []string{fmt.Sprintf("%s over HTTP/%d.%d", count(int(bytes), "byte"), a.ProtoMajor, a.ProtoMinor)}
	if a.cached != nil {
		parts = append(parts, "unchanged since the last read (304)")
	}
	if !a.modified.IsZero() {
		parts = append(parts, "written "+a.modified.UTC().Format(time.RFC3339))
	}
	t.tell(parts, text, bytes, started)
}

// tell keeps the description, and logs it.
func (r *remote) tell(parts []string, text *csvText, bytes int64, started time.Time) {
	var headings []string
	for _, h := range text.layout.headings {
		headings = append(headings, quote(h))
	}
	r.fetched = r.name + ": " + strings.Join(append(parts, "columns "+strings.Join(headings, ", ")), ", ")
	r.source.opts.logger.Debug("csv fetched", zap.String("source", r.source.name), zap.String("url", r.name),
		zap.Int64("bytes", bytes), zap.Int("rows", text.rows), zap.Duration("took", time.Since(started)))
}

// proof is what the file has to add up to, and what it did.
type proof struct {
	// want are the checksums that must fit, each as a name and the bytes.
	want []checksum
	sent []hash.Hash // of the bytes as they were sent
	text hash.Hash   // SHA-256 of the file itself, unpacked
}

// checksum is one that was told; sums are those that it may fit.
type checksum struct {
	from string
	sum  []byte
	fits []hash.Hash
}

func (p *proof) given() bool { return len(p.want) > 0 }

// proof gathers the checksums that are known before the file is read.
func (t *httpTransport) proof(ctx context.Context, r *request, a *answer) (*proof, error) {
	p := &proof{text: sha256.New()}
	if t.sums != nil {
		sum, err := t.sidecar(ctx, r)
		if err != nil {
			return nil, err
		}
		p.want = append(p.want, checksum{"checksum_url", sum, []hash.Hash{p.text}})
	}
	if a.cached != nil {
		return p, nil
	}
	if err := p.addDigests(a.Header); err != nil {
		return nil, t.problem("the server sends a digest that cannot be read", "have it follow RFC 9530")
	}
	if t.config.Digest == digestRequired && len(p.sent) == 0 {
		return nil, t.problem("the server sends no Repr-Digest that is known here, and digest: required asks for it", "have it send sha-256 or sha-512, or set digest: optional")
	}
	return p, nil
}

// check compares what came with what it has to be.
func (p *proof) check(r *remote, cached *cachedFile) error {
	for _, want := range p.want {
		ok := false
		for _, h := range want.fits {
			ok = ok || string(h.Sum(nil)) == string(want.sum)
		}
		switch {
		case ok:
		case cached != nil:
			return fmt.Errorf("%w: %s names another file", errBadCache, want.from)
		default:
			return &FetchError{URL: r.name, Err: ErrChecksum, again: true, Problem: "what came is not what " + want.from + " says",
				Hint: "nothing of it was used; have the export write the file first, then its checksum"}
		}
	}
	if cached != nil {
		return cached.check()
	}
	return nil
}

// maxSidecar bounds a file of checksums.
const maxSidecar = 1 << 20

// sidecar reads the checksum of the file from the file beside it.
func (t *httpTransport) sidecar(ctx context.Context, r *request) ([]byte, error) {
	ctx, cancel := t.limit(ctx)
	defer cancel()
	shown := shownURL(t.sums)
	response, err := t.get(ctx, r, t.sums, http.Header{"Accept-Encoding": {"identity"}})
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // it was read, or is not wanted
	data, err := io.ReadAll(&boundedReader{response.Body, maxSidecar})
	if errors.Is(err, errTooLarge) {
		return nil, &FetchError{URL: shown, Problem: "is too large for a checksum"}
	}
	if err != nil {
		return nil, fetchFailure(ctx, shown, err)
	}
	return t.parseSidecar(string(data))
}

func (r *remote) parseSidecar(text string) ([]byte, error) {
	sum, ok := findSum(text, r.url.Path)
	if !ok {
		return nil, &FetchError{URL: shownURL(r.sums), Problem: "holds no SHA-256 of the file", Hint: "write it as sha256sum does"}
	}
	return sum, nil
}

// findSum finds the SHA-256 of a file in what sha256sum writes ("HEX  NAME",
// "HEX *NAME", or "SHA256 (NAME) = HEX"), or in a file with nothing but it.
func findSum(text, path string) ([]byte, bool) {
	name := path[strings.LastIndex(path, "/")+1:]
	var found []byte
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		of, sum := "", line
		if inner, ok := strings.CutPrefix(line, "SHA256 ("); ok {
			of, sum, _ = strings.Cut(inner, ") = ")
		} else if first, rest, ok := strings.Cut(line, " "); ok {
			sum, of = first, strings.TrimLeft(rest, " *")
		}
		bytes, err := hex.DecodeString(sum)
		if err != nil || len(bytes) != sha256.Size || of != "" && of[strings.LastIndex(of, "/")+1:] != name {
			continue
		}
		if found != nil && string(found) != string(bytes) {
			return nil, false // two of them: nobody knows which one counts
		}
		found = bytes
	}
	return found, found != nil
}
