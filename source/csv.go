package source

import (
	"context"
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"
)

// csvSource reads people or memberships from CSV files or standard input.
type csvSource struct {
	name   string
	config CSVConfig
	settle time.Duration
	// canaries must be seen (S13).
	canaries Canaries
	opts     options
	dates    dates
	// remote is nil for files of this machine.
	remote *remote
}

func newCSV(cfg Config, o options) *csvSource {
	s := &csvSource{name: cfg.Name, config: *cfg.CSV, settle: defaultSettle, canaries: cfg.Canaries, opts: o,
		dates: newDates(cfg.CSV.Timezone, cfg.CSV.DateFormat)}
	if s.config.Settle != nil {
		s.settle = *s.config.Settle
	}
	if s.config.URL != "" {
		s.remote = newRemote(s)
	}
	return s
}

// Name is the name the configuration gives the source.
func (s *csvSource) Name() string { return s.name }

// Read reads all files of the source, or standard input, or the file behind the
// URL, from the first byte to the last. The answer does not depend on the order of the rows: people are
// sorted by id, then by address, groups by name, rows by person and
// organization. Only origins and notes, which name places, follow the files.
//
// Damaged input is a [DamageError] that lists every place, and nothing of it
// is used; [MissingError], [ErrChanged], [ErrStale], [FetchError] and what the
// system reports say that the input could not be judged.
func (s *csvSource) Read(ctx context.Context, want Request) (*Snapshot, error) {
	if s.remote != nil {
		return s.remote.read(ctx, want)
	}
	r := newCSVRead(s, want)
	read := r.readFiles
	if s.config.Path == stdinPath {
		read = r.readStdin
	}
	if err := read(ctx); err != nil {
		return nil, err
	}
	snapshot := r.snapshot()
	if err := r.damage.err(); err != nil {
		return nil, err
	}
	return snapshot, nil
}

func (r *csvRead) readStdin(ctx context.Context) error {
	text, err := r.readText(ctx, "stdin", &cancelReader{ctx: ctx, r: r.source.opts.stdin})
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	if !text.marked && r.source.config.EndMarker == "" {
		r.keep("standard input may have been cut short: nobody is removed by it unless end_marker is set (S11)")
	}
	return nil
}

// readFiles settles all files first and compares all of them last, so that
// they are of one moment as far as anybody can tell (S11).
func (r *csvRead) readFiles(ctx context.Context) error {
	files, err := findFiles(r.source.config.Path)
	if err != nil {
		return err
	}
	for _, f := range files {
		r.files = append(r.files, f.path)
	}
	return r.readSettled(ctx, files)
}

// readSettled reads files that lie somewhere with sizes and times.
func (r *csvRead) readSettled(ctx context.Context, files []csvFile) (err error) {
	length := &r.people.length
	for i := range files {
		if files[i], err = r.source.waitSettled(ctx, files[i]); err != nil {
			return err
		}
		if err := r.source.checkAge(files[i]); err != nil {
			return err
		}
		length.size += files[i].info.Size()
	}
	for _, f := range files {
		if err := r.readFile(ctx, f); err != nil {
			return err
		}
		length.done += f.info.Size()
	}
	for _, f := range files {
		if err := f.checkSame(); err != nil {
			return err
		}
	}
	return nil
}

func (r *csvRead) readFile(ctx context.Context, f csvFile) error {
	started := time.Now()
	in, err := f.in.open(f.path)
	if err != nil {
		return fmt.Errorf("open csv file: %w", err)
	}
	// The file is only read: closing it cannot lose anything.
	defer func() { _ = in.Close() }()
	raw := &countReader{r: in}
	r.people.length.raw = raw
	text, err := r.readText(ctx, f.path, raw)
	r.last = text
	if err != nil {
		return fmt.Errorf("read %s: %w", f.path, err)
	}
	// What the parser gave up on still counts as read.
	if _, err := io.Copy(io.Discard, raw); err != nil {
		return fmt.Errorf("read %s: %w", f.path, err)
	}
	if raw.n != f.info.Size() {
		return f.changed()
	}
	r.source.opts.logger.Debug("csv file read", zap.String("source", r.source.name), zap.String("file", f.path),
		zap.Int64("bytes", raw.n), zap.Int("rows", text.rows), zap.Duration("took", time.Since(started)))
	return nil
}
