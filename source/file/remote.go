package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"rollcall/source"
	"rollcall/source/internal/check"
	"rollcall/source/internal/tlsfile"
)

// A file behind a URL is read as it arrives. What is wrong with the transfer
// goes before what is wrong with the rows: half a file is not a damaged file, and
// the people in its other half have not left (S09). Rows count only when all
// of this holds: the transfer ended as the server said it would, each checksum
// that there is fits, and the server has no other file by then.

// remote is a CSV behind a URL.
type remote struct {
	source *Store
	config Remote
	// url and sums are where the file is, and its checksum; sums may be nil.
	url, sums *url.URL
	// name is the URL as it is shown, which stands for the file in origins.
	name string
	// protocol is HTTPS or SFTP.
	protocol transport
	// lastTransfer describes the last transfer that was whole.
	lastTransfer string
}

// transport fetches a file over one protocol.
type transport interface {
	// fetch reads the file whole; what it learns of it goes into r.
	fetch(ctx context.Context, r *attempt) error
}

func newRemote(s *Store) *remote {
	r := &remote{source: s, config: s.config.withDefaults()}
	if r.config.URL == "" {
		r.name = "the URL in " + r.config.URLFile
		return r
	}
	r.url, _ = url.Parse(string(r.config.URL)) // Validate has read both
	if r.config.ChecksumURL != "" {
		r.sums, _ = url.Parse(string(r.config.ChecksumURL))
	}
	r.name = shownURL(r.url)
	if r.url.Scheme == schemeSFTP {
		r.protocol = &sftpTransport{r}
	} else {
		r.protocol = &httpTransport{r}
	}
	return r
}

// open is the remote of a read. The URL in a file may have changed since the
// last one; no error shows it.
func (r *remote) open() (*remote, error) {
	file := r.source.config.URLFile
	if file == "" {
		return r, nil
	}
	text, err := tlsfile.Secret("url_file", file)
	if err != nil {
		return nil, &FetchError{URL: "the URL in " + file, Problem: "problem on this machine", Err: err}
	}
	store := *r.source
	store.config.URLFile, store.config.URL = "", SecretURL(strings.TrimSpace(text))
	var problems check.Problems
	if store.config.Remote.Validate(&problems); problems.Err() == nil && !strings.HasPrefix(string(store.config.URL), schemeHTTPS+":") {
		problems.Add("csv.url", "must begin with https://")
	}
	if err := problems.Err(); err != nil {
		return nil, &FetchError{URL: "the URL in " + file, Problem: "cannot be used", Err: err, Hint: "the file must contain one https:// URL"}
	}
	return newRemote(&store), nil
}

// read reads the file, again when the transfer broke off or the file changed meanwhile.
func (r *remote) read(ctx context.Context, begin func() Use) error {
	delays := backoff.NewExponentialBackOff()
	delays.InitialInterval = r.source.opts.RetryDelay
	for try := 1; ; try++ {
		err := r.tryOnce(ctx, begin())
		e, ok := errors.AsType[*FetchError](err)
		if !ok || !e.retry || try == r.source.opts.Tries {
			return err
		}
		wait := delays.NextBackOff()
		r.source.opts.Logger.Warn("fetch the CSV file again", zap.String("source", r.source.name), zap.String("url", r.name),
			zap.Int("try", try), zap.Duration("wait", wait), zap.String("why", e.Problem))
		if err := sleep(ctx, wait); err != nil {
			return fetchFailure(ctx, r.name, err)
		}
	}
}

// tryOnce reads the file in one attempt.
func (r *remote) tryOnce(ctx context.Context, use Use) error {
	a := &attempt{store: r.source, use: use, Outcome: Outcome{Path: Stdin}}
	if err := r.protocol.fetch(ctx, a); err != nil {
		return err
	}
	return use.End(a.Outcome)
}

// limit is the time that one transfer may take.
func (r *remote) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, r.config.TransferTimeout, errTransferTime)
}

func (r *remote) problem(problem, hint string) *FetchError {
	return &FetchError{URL: r.name, Problem: problem, Hint: hint}
}

// changed is the same as for a file of this machine (S11); the next attempt
// may find it at rest.
func (r *remote) changed() error {
	return &FetchError{URL: r.name, Problem: "nothing from it was used", Err: source.ErrChanged, retry: true,
		Hint: "let the export write to another name, then rename the file"}
}

func (r *remote) stale(age time.Duration) error {
	return &FetchError{URL: r.name, Err: source.ErrStale, Problem: fmt.Sprintf("it was written %s ago and max_age is %s",
		age.Round(time.Second), r.source.config.MaxAge), Hint: "check that the export runs"}
}

// settleWait says how long to wait for a file that was written so long ago; a
// time in the future says nothing, so such a file is watched for the whole
// settle time (S11).
func (s *Store) settleWait(age time.Duration) time.Duration {
	if age >= s.settle {
		return 0
	}
	return min(s.settle, s.settle-age)
}

// waitFor waits, and gives notice of it.
func (s *Store) waitFor(ctx context.Context, wait time.Duration, name string) error {
	s.opts.Settle(name, wait)
	if err := sleep(ctx, wait); err != nil {
		return fmt.Errorf("wait for %s to settle: %w", name, err)
	}
	return nil
}

// errTooLarge ends a transfer of more than max_megabytes, packed or unpacked.
var errTooLarge = errors.New("file is larger than max_megabytes")

const megabyte = 1 << 20

// boundedReader reads at most so many bytes; one more is an error, and no end
// of file: what lies behind would be missing.
type boundedReader struct {
	r    io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		n, err := io.ReadFull(b.r, one[:])
		if n > 0 {
			return 0, errTooLarge
		}
		return 0, err
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// Fetched describes the last transfer, or output of a program, that was whole:
// where it came from, how much came, and the columns; empty where there was none,
// and for files of this machine.
func (s *Store) Fetched() string {
	switch {
	case s.remote != nil:
		return s.remote.lastTransfer
	case s.command != nil:
		return s.command.last
	}
	return ""
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
