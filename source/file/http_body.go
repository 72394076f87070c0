package file

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"rollcall/source"
)

// fetch reads one answer of the server from its head to the proof that it is whole.
func (t *httpTransport) fetch(ctx context.Context, r *attempt) error {
	session, err := t.open()
	if err != nil {
		return fetchFailure(ctx, t.name, err)
	}
	defer session.transport.CloseIdleConnections()
	started := time.Now()
	a, err := t.askUntilSettled(ctx, session)
	if err != nil {
		return err
	}
	defer a.close()
	if err := t.checkAge(a, r); err != nil {
		return err
	}
	want, err := t.checksum(ctx, session)
	if err != nil {
		return err
	}
	body, text, err := t.read(ctx, a, r)
	if err != nil {
		return err
	}
	if err := t.checkWhole(ctx, session, a, r, text, body.sum.Sum(nil), want); err != nil {
		return err
	}
	t.describe(a, text, body.raw.n, started)
	return nil
}

// read reads the text of an answer.
func (t *httpTransport) read(ctx context.Context, a *answer, r *attempt) (*body, *Parsed, error) {
	body, err := t.body(a)
	if err != nil {
		return nil, nil, fetchFailure(a.Request.Context(), t.name, err)
	}
	text, err := r.readRemote(ctx, t.name, body)
	if err != nil {
		return nil, nil, fetchFailure(a.Request.Context(), t.name, err)
	}
	return body, text, nil
}

// checkWhole looks for a proof that all of the file came: its checksum, or a
// server that has the same file afterwards. Without an end of the text, only
// the end of the connection says that it is complete.
func (t *httpTransport) checkWhole(ctx context.Context, session *httpSession, a *answer, r *attempt, text *Parsed, got, want []byte) error {
	if want != nil {
		return t.compareChecksum(got, want)
	}
	if !text.Complete && endless(a) {
		r.addDoubt(t.name + ": the server did not send the length of the file, so it may have been cut short (S11); let it send Content-Length, or set checksum_url or end_marker")
	}
	return t.unchanged(ctx, session, a)
}

// readRemote reads the text and what is left behind it.
func (r *attempt) readRemote(ctx context.Context, name string, body *body) (*Parsed, error) {
	r.size = body.size
	text, err := r.readText(ctx, name, body.raw)
	if err != nil {
		return nil, err
	}
	// What the parser gave up on still counts as read.
	_, err = io.Copy(io.Discard, body.raw)
	return text, err
}

// endless reports whether nothing but the end of the connection ends the file:
// a connection that breaks off ends in the same way.
func endless(a *answer) bool {
	return a.ContentLength < 0 && len(a.TransferEncoding) == 0 && a.ProtoMajor == 1
}

// body is the file as it is read, unpacked and bounded.
type body struct {
	raw  *countReader
	size int64     // 0 when it is unknown
	sum  hash.Hash // SHA-256 of the file itself, unpacked
}

func (t *httpTransport) body(a *answer) (*body, error) {
	most := int64(t.config.MaxMegabytes) * megabyte
	b := &body{size: max(0, a.ContentLength), sum: sha256.New()}
	var text io.Reader = &boundedReader{a.Body, most}
	if packing := a.Header.Get("Content-Encoding"); packing != "" && source.LowerASCII(packing) != "identity" {
		unpacked, err := gzip.NewReader(text)
		if err != nil {
			return nil, packed(err)
		}
		// A megabyte can unpack to a gigabyte: the bound counts for both.
		text, b.size = &boundedReader{gzipReader{unpacked}, most}, 0
	}
	b.raw = &countReader{r: io.TeeReader(text, b.sum)}
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
		return &FetchError{Problem: "the gzip data is incomplete or damaged", Err: fmt.Errorf("%w: %w", ErrIncomplete, err)}
	}
	return err
}

// checkAge refuses a file that the export stopped renewing (S11). The older of two ages
// counts, by the server's clock and by ours: a cache repeats the time at which it got its
// answer. A file from the future would never be too old (S12).
func (t *httpTransport) checkAge(a *answer, r *attempt) error {
	most := t.source.config.MaxAge
	age, known := a.age()
	if known && most > 0 && -age > mostAhead {
		r.doubtFuture(t.name, a.modified)
	}
	if known {
		age = max(age, time.Since(a.modified))
	}
	switch {
	case most == 0 || known && age <= most:
		return nil
	case !known:
		return t.problem("max_age is set, but the server does not send the file's age", "let it send Last-Modified, or leave max_age out")
	}
	return t.stale(age)
}

// describe says in one line what the last transfer was, for check and for the log.
func (t *httpTransport) describe(a *answer, text *Parsed, bytes int64, started time.Time) {
	parts := []string{fmt.Sprintf("%s over HTTP/%d.%d", source.Count(int(bytes), "byte"), a.ProtoMajor, a.ProtoMinor)}
	if !a.modified.IsZero() {
		parts = append(parts, "written "+a.modified.UTC().Format(time.RFC3339))
	}
	t.recordTransfer(parts, text, bytes, started)
}

// recordTransfer keeps the description, and logs it.
func (r *remote) recordTransfer(parts []string, text *Parsed, bytes int64, started time.Time) {
	r.lastTransfer = r.source.describe(r.name, parts, text, bytes, started)
}

// describe logs a text that came whole, and says in one line what it was.
func (s *Store) describe(name string, parts []string, text *Parsed, bytes int64, started time.Time) string {
	var headings []string
	for _, h := range text.Headings {
		headings = append(headings, strconv.Quote(h))
	}
	s.opts.Logger.Debug("csv fetched", zap.String("source", s.name), zap.String("from", name),
		zap.Int64("bytes", bytes), zap.Int("rows", text.Rows), zap.Duration("took", time.Since(started)))
	return name + ": " + strings.Join(append(parts, "columns "+strings.Join(headings, ", ")), ", ")
}

// checksum reads the checksum of the file from checksum_url; nil without one.
func (t *httpTransport) checksum(ctx context.Context, session *httpSession) ([]byte, error) {
	if t.sums == nil {
		return nil, nil
	}
	ctx, cancel := t.limit(ctx)
	defer cancel()
	shown := shownURL(t.sums)
	response, err := t.get(ctx, session, t.sums, http.Header{"Accept-Encoding": {"identity"}})
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // it was read, or is not wanted
	data, err := io.ReadAll(&boundedReader{response.Body, maxChecksumFile})
	if errors.Is(err, errTooLarge) {
		return nil, &FetchError{URL: shown, Problem: "is too large for a checksum file"}
	}
	if err != nil {
		return nil, fetchFailure(ctx, shown, err)
	}
	return t.findChecksum(string(data))
}
