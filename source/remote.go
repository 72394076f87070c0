package source

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"
)

// A file behind a URL is read as it arrives. What is wrong with the transfer
// goes before what is wrong with the rows: half a file is no damaged file, and
// the people in its other half have not left (S09). Rows count only when all
// of this holds: the transfer ended as the server said it would, each checksum
// that there is fits, and the server has no other file by then.

// remote is a CSV behind a URL.
type remote struct {
	source *csvSource
	config RemoteConfig
	// url and sums are where the file is, and its checksum; sums may be nil.
	url, sums *url.URL
	// name is the URL as it is shown, which stands for the file in origins.
	name string
	// how speaks the protocol.
	how transport
	// fetched describes the last transfer that was whole.
	fetched string
}

// transport fetches a file over one protocol.
type transport interface {
	// fetch reads the file whole; what it learns of it goes into r. What it
	// wants to keep, which may be nil, is kept when the rows are good as well.
	fetch(ctx context.Context, r *csvRead) (*cacheWriter, error)
}

func newRemote(s *csvSource) *remote {
	r := &remote{source: s, config: s.config.withDefaults()}
	r.url, _ = url.Parse(string(r.config.URL)) // Validate has read both
	if r.config.ChecksumURL != "" {
		r.sums, _ = url.Parse(string(r.config.ChecksumURL))
	}
	r.name = shownURL(r.url)
	if r.url.Scheme == schemeSFTP {
		r.how = &sftpTransport{r}
	} else {
		r.how = &httpTransport{remote: r, cache: s.opts.cacheOf(s.name)}
	}
	return r
}

// read reads the file, again when the transfer broke off or the file changed meanwhile.
func (r *remote) read(ctx context.Context, want Request) (*Snapshot, error) {
	delays := backoff.NewExponentialBackOff()
	delays.InitialInterval = r.source.opts.retryDelay
	for try := 1; ; try++ {
		snapshot, err := r.once(ctx, want)
		e, ok := errors.AsType[*FetchError](err)
		if !ok || !e.again || try == r.source.opts.tries {
			return snapshot, err
		}
		wait := delays.NextBackOff()
		r.source.opts.logger.Warn("fetch csv again", zap.String("source", r.source.name), zap.String("url", r.name),
			zap.Int("try", try), zap.Duration("wait", wait), zap.String("why", e.Problem))
		if err := sleep(ctx, wait); err != nil {
			return nil, fetchFailure(ctx, r.name, err)
		}
	}
}

// once is one attempt: a new reading, for nothing of a broken one may stay.
func (r *remote) once(ctx context.Context, want Request) (*Snapshot, error) {
	reading := newCSVRead(r.source, want)
	kept, err := r.how.fetch(ctx, reading)
	if err != nil {
		return nil, err
	}
	defer kept.drop()
	snapshot := reading.snapshot()
	if err := reading.damage.err(); err != nil {
		return nil, err
	}
	if err := kept.commit(); err != nil {
		r.source.opts.logger.Debug("the file is not kept for the next read", zap.String("source", r.source.name), zap.Error(err))
	}
	return snapshot, nil
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
	return &FetchError{URL: r.name, Problem: "nothing was concluded from it", Err: ErrChanged, again: true,
		Hint: "have the export write to another name and rename it"}
}

func (r *remote) stale(age time.Duration) error {
	return &FetchError{URL: r.name, Err: ErrStale, Problem: fmt.Sprintf("it was written %s ago and max_age is %s",
		age.Round(time.Second), r.source.config.MaxAge), Hint: "find out why it is not renewed"}
}

// settleWait says how long to wait for a file that was written so long ago; a
// time in the future says nothing, so such a file is watched for the whole
// settle time (S11).
func (s *csvSource) settleWait(age time.Duration) time.Duration {
	if age >= s.settle {
		return 0
	}
	return min(s.settle, s.settle-age)
}

// waitFor waits and says so.
func (s *csvSource) waitFor(ctx context.Context, wait time.Duration, name string) error {
	s.opts.settle(fmt.Sprintf("waiting %s for %s to settle", wait.Round(100*time.Millisecond), name))
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

// teeHash feeds what is read to hashes and writers that cannot fail.
func teeHash(r io.Reader, sinks ...hash.Hash) io.Reader {
	for _, s := range sinks {
		r = io.TeeReader(r, s)
	}
	return r
}

// Fetcher is a source that fetches its file from a server.
type Fetcher interface {
	// Fetched describes the last transfer that was whole: the address, how much
	// came, and the columns; empty where there was none, and for files of this machine.
	Fetched() string
}

// Fetched describes the last transfer, see [Fetcher].
func (s *csvSource) Fetched() string {
	if s.remote == nil {
		return ""
	}
	return s.remote.fetched
}
