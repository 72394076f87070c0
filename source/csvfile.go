package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"
)

// settleRounds bounds how often a file that keeps changing is waited for.
const settleRounds = 12

// emptyProblem is what is said of a file or stream without a header.
const emptyProblem = "input is empty; an export without anybody still has a header, so this one went wrong"

// csvFile is a file and how it looked before it was read (S11).
type csvFile struct {
	in   fileStore
	path string
	info fs.FileInfo
}

// fileStore is where files lie: this machine, or an SFTP server.
type fileStore interface {
	stat(path string) (fs.FileInfo, error)
	open(path string) (io.ReadCloser, error)
}

type localFiles struct{}

func (localFiles) stat(path string) (fs.FileInfo, error)   { return os.Stat(path) }
func (localFiles) open(path string) (io.ReadCloser, error) { return os.Open(path) }

// findFiles lists the files of a path or glob in sorted order, each once even
// when a glob reaches it by two names. What is there and no file is damage.
func findFiles(pattern string) ([]csvFile, error) {
	paths, err := expandPath(pattern)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", pattern, err)
	}
	if len(paths) == 0 {
		return nil, &MissingError{pattern, "no file matches"}
	}
	var files []csvFile
	for _, path := range paths {
		info, err := statFile(localFiles{}, path)
		if err != nil {
			return nil, err
		}
		same := func(f csvFile) bool { return os.SameFile(f.info, info) }
		if !slices.ContainsFunc(files, same) {
			files = append(files, csvFile{in: localFiles{}, path: path, info: info})
		}
	}
	return files, nil
}

func statFile(in fileStore, path string) (fs.FileInfo, error) {
	info, err := in.stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &MissingError{path, "no such file"}
	case err != nil:
		return nil, fmt.Errorf("look at csv file: %w", err)
	case info.IsDir():
		return nil, damaged(path, "is a directory; name a file in it, or all of them with "+path+"/*.csv")
	case !info.Mode().IsRegular():
		return nil, damaged(path, "is no regular file, so nobody can tell whether it is whole; feed it to standard input with path: -")
	case info.Size() == 0:
		return nil, &DamageError{Rows: []*RowError{{File: path, Line: 1, Column: 1, Problem: emptyProblem}}}
	}
	return info, nil
}

// waitSettled waits until a file was left alone for the settle time (S11), so
// that an export in progress is not read half.
func (s *csvSource) waitSettled(ctx context.Context, f csvFile) (csvFile, error) {
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
		if unchanged(f.info, info) && wait == s.settle {
			return f, nil
		}
		f.info = info
	}
	return f, fmt.Errorf("read %s: %w: it did not stay the same for %s; have the export write to another name and rename it",
		f.path, ErrChanged, s.settle)
}

// checkAge refuses a file that the export stopped renewing.
func (s *csvSource) checkAge(f csvFile) error {
	age := time.Since(f.info.ModTime())
	if s.config.MaxAge == 0 || age <= s.config.MaxAge {
		return nil
	}
	return fmt.Errorf("read %s: %w: it was written %s ago and max_age is %s; find out why it is not renewed",
		f.path, ErrStale, age.Round(time.Second), s.config.MaxAge)
}

// checkSame compares size and modification time with those before reading (S11).
func (f csvFile) checkSame() error {
	info, err := f.in.stat(f.path)
	if err != nil {
		return fmt.Errorf("look at csv file after reading: %w: %w", ErrChanged, err)
	}
	if !unchanged(f.info, info) {
		return f.changed()
	}
	return nil
}

func (f csvFile) changed() error {
	return fmt.Errorf("read %s: %w; nothing was concluded from it, run again when it is written", f.path, ErrChanged)
}

func unchanged(a, b fs.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
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
		n, err := c.r.Read(buf)
		done <- result{n, err}
	}()
	select {
	case <-c.ctx.Done():
		return 0, c.ctx.Err()
	case r := <-done:
		return copy(p, buf[:r.n]), r.err
	}
}

// place is what messages call the input as a whole.
func (s *csvSource) place() string {
	if s.remote != nil {
		return s.remote.name
	}
	return s.config.Path
}
