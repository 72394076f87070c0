package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"go.uber.org/zap"

	"rollcall/source"
	"rollcall/source/internal/panics"
)

// settleRounds bounds how often a file that keeps changing is waited for.
const settleRounds = 12

// EmptyProblem is what is said of a file or stream without a header.
const EmptyProblem = "the input is empty: even an export without people has a header, so the export failed"

// localFile is a file and how it looked before it was read (S11).
type localFile struct {
	in   fileStore
	path string
	info fs.FileInfo
}

// fileStore is where files lie: this machine, or an SFTP server.
type fileStore interface {
	stat(path string) (fs.FileInfo, error)
	// open opens a file once, and says what its descriptor shows.
	open(path string) (io.ReadCloser, fs.FileInfo, error)
	// same reports whether two looks saw one file, as far as the store can tell.
	same(a, b fs.FileInfo) bool
}

// findFiles lists the files of a path or glob in sorted order, each once even
// when a glob reaches it by two names. What is there and no file is damage.
func (r *attempt) findFiles() ([]localFile, error) {
	s, pattern := r.store, r.store.config.Path
	paths, err := expandPath(pattern)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", pattern, err)
	}
	if len(paths) == 0 {
		return nil, &source.MissingError{Path: pattern, Problem: "no file matches"}
	}
	if s.config.Newest {
		taken, err := r.newest(paths)
		if err != nil {
			return nil, err
		}
		paths = []string{taken}
	}
	var files []localFile
	in := newLocalFiles(pattern, s.opts)
	for _, path := range paths {
		info, err := statFile(in, path)
		if err != nil {
			return nil, err
		}
		same := func(f localFile) bool { return os.SameFile(f.info, info) }
		if !slices.ContainsFunc(files, same) {
			files = append(files, localFile{in: in, path: path, info: info})
		}
	}
	return files, nil
}

func statFile(in fileStore, path string) (fs.FileInfo, error) {
	info, err := in.stat(path)
	_, damage := errors.AsType[*source.DamageError](err)
	switch {
	case damage:
		return nil, err
	case errors.Is(err, fs.ErrNotExist):
		return nil, &source.MissingError{Path: path, Problem: "no such file"}
	case err != nil:
		return nil, fmt.Errorf("check the CSV file: %w", err)
	case info.IsDir():
		return nil, source.Damaged(path, "is a directory: name a file in it, or all its CSV files with "+path+"/*.csv")
	case !info.Mode().IsRegular():
		return nil, source.Damaged(path, "is not a regular file, so rollcall cannot tell whether it is complete; set path: - and send it to standard input")
	case info.Size() == 0:
		return nil, &source.DamageError{Rows: []*source.RowError{{File: path, Line: 1, Column: 1, Problem: EmptyProblem}}}
	}
	return info, nil
}

// waitSettled waits until a file was left alone for the settle time (S11), so
// that an export in progress is not read half.
func (s *Store) waitSettled(ctx context.Context, f localFile) (localFile, error) {
	for range settleRounds {
		wait := s.settleWait(time.Since(f.info.ModTime()))
		if wait == 0 {
			return f, nil
		}
		if err := s.waitFor(ctx, wait, f.path); err != nil {
			return f, err
		}
		info, err := statFile(f.in, f.path)
		if err != nil {
			return f, err
		}
		if f.unchanged(info) && wait == s.settle {
			return f, nil
		}
		f.info = info
	}
	return f, fmt.Errorf("read %s: %w: it did not stay unchanged for %s (settle); let the export write to another name, then rename the file",
		f.path, source.ErrChanged, s.settle)
}

// checkAge refuses a file that the export stopped renewing.
func (s *Store) checkAge(f localFile) error {
	age := time.Since(f.info.ModTime())
	if s.config.MaxAge == 0 || age <= s.config.MaxAge {
		return nil
	}
	return fmt.Errorf("read %s: %w: it was written %s ago and max_age is %s; check that the export runs",
		f.path, source.ErrStale, age.Round(time.Second), s.config.MaxAge)
}

// checkSame compares size and modification time with those before reading (S11).
func (f localFile) checkSame() error {
	info, err := f.in.stat(f.path)
	if err != nil {
		return fmt.Errorf("check the CSV file after reading: %w: %w", source.ErrChanged, err)
	}
	if !f.unchanged(info) {
		return f.changed()
	}
	return nil
}

func (f localFile) changed() error {
	return fmt.Errorf("read %s: %w; nothing from it was used; run again when the export has finished", f.path, source.ErrChanged)
}

// unchanged compares a later look with the first one.
func (f localFile) unchanged(later fs.FileInfo) bool {
	return f.in.same(f.info, later) && f.info.Size() == later.Size() && f.info.ModTime().Equal(later.ModTime())
}

// countReader counts what was read, to compare with the size of the file.
type countReader struct {
	r io.Reader
	n int64
}

func (c *countReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// cancelReader gives up waiting when its context ends: a read from a terminal
// or a pipe cannot be interrupted otherwise. The goroutine of the read that
// was given up ends when that read does.
type cancelReader struct {
	ctx context.Context
	r   io.Reader
	buf []byte
}

func (c *cancelReader) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	if c.buf == nil {
		c.buf = make([]byte, 64<<10)
	}
	done := make(chan result, 1)
	buf := c.buf[:min(len(p), len(c.buf))]
	go func() {
		var r result
		defer func() { done <- r }()
		defer panics.Recover(&r.err)
		r.n, r.err = c.r.Read(buf)
	}()
	select {
	case <-c.ctx.Done():
		return 0, c.ctx.Err()
	case r := <-done:
		return copy(p, buf[:r.n]), r.err
	}
}

func (r *attempt) readStdin(ctx context.Context) error {
	text, err := r.readText(ctx, "stdin", &cancelReader{ctx: ctx, r: r.store.opts.Stdin})
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	if !text.Complete && !text.Judged {
		r.addDoubt("standard input may have been cut short, so nobody is removed because of it; set end_marker to allow removals (S11)")
	}
	return nil
}

// readFiles settles all files first and compares all of them last, so that
// they are of one moment, as far as sizes and times show (S11).
func (r *attempt) readFiles(ctx context.Context) error {
	files, err := r.findFiles()
	if err != nil {
		return err
	}
	for _, f := range files {
		r.Files = append(r.Files, f.path)
	}
	if err := r.readSettled(ctx, files); err != nil || !r.store.config.Newest {
		return err
	}
	return r.stillNewest(files[0].path)
}

// readSettled reads files that lie somewhere with sizes and times.
func (r *attempt) readSettled(ctx context.Context, files []localFile) (err error) {
	for i := range files {
		if files[i], err = r.store.waitSettled(ctx, files[i]); err != nil {
			return err
		}
		if err := r.store.checkAge(files[i]); err != nil {
			return err
		}
		r.doubtAge(files[i])
		r.size += files[i].info.Size()
	}
	if most := r.store.config.withDefaults().MaxMegabytes; r.size > int64(most)*megabyte {
		return source.Damaged(files[0].path, fmt.Sprintf("is larger than %d MB, together with the other files of the path; if that size is expected, raise max_megabytes", most))
	}
	for _, f := range files {
		if err := r.readFile(ctx, f); err != nil {
			return err
		}
		r.done += f.info.Size()
	}
	for _, f := range files {
		if err := f.checkSame(); err != nil {
			return err
		}
	}
	return nil
}

// unopened is the error of a file that could not be opened.
func unopened(err error) error {
	remedy := ""
	if errors.Is(err, fs.ErrPermission) {
		remedy = fmt.Sprintf("; allow the user who runs rollcall (uid %d) to read it and to enter its directories", os.Geteuid())
	}
	return fmt.Errorf("open the CSV file: %w%s", err, remedy)
}

func (r *attempt) readFile(ctx context.Context, f localFile) error {
	started := time.Now()
	in, info, err := f.in.open(f.path)
	if _, damage := errors.AsType[*source.DamageError](err); damage {
		return err
	}
	if err != nil {
		return unopened(err)
	}
	// The file is only read: closing it cannot lose anything.
	defer func() { _ = in.Close() }()
	if !info.Mode().IsRegular() || !f.in.same(f.info, info) {
		return f.changed() // something else took its place since it was looked at
	}
	raw := &countReader{r: in}
	text, err := r.readText(ctx, f.path, raw)
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
	r.store.opts.Logger.Debug("csv file read", zap.String("source", r.store.name), zap.String("file", f.path),
		zap.Int64("bytes", raw.n), zap.Int("rows", text.Rows), zap.Duration("took", time.Since(started)))
	return nil
}

// Place is what messages call the input as a whole.
func (s *Store) Place() string {
	if s.remote != nil {
		return s.remote.name
	}
	if s.command != nil {
		return s.command.name
	}
	return s.config.Path
}
