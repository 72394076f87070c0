package source

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// The last good file of an https URL lies in the state directory, so that a
// server which still has it need not send it again (If-None-Match, 304). It is
// one file: a line of JSON, the CSV, and the SHA-256 of both in hex. Whatever
// is wrong with it counts as no cache.

// downloadCache is the place of one source's last good file; nil is no cache.
type downloadCache struct {
	dir, name string
	// written is told the name once the file is there, for its owner to be set (S34).
	written func(dir, name string) error
}

// cacheHead is the line of JSON.
type cacheHead struct {
	// URL is a hash: the query may be a secret.
	URL      string `json:"url_sha256"`
	ETag     string `json:"etag"`
	Modified string `json:"last_modified,omitempty"`
}

const (
	cachePrefix  = "download-"
	cacheMode    = 0o600
	maxCacheHead = 16 << 10
	sumLength    = 2 * sha256.Size
)

var errBadCache = errors.New("the cached file cannot be used")

// cacheOf is the cache of a source; nil where no directory was given.
func (o *options) cacheOf(source string) *downloadCache {
	if o.cacheDir == "" {
		return nil
	}
	return &downloadCache{dir: o.cacheDir, name: cachePrefix + cacheKey(source)[:16], written: o.cacheWritten}
}

func cacheKey(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// cachedFile is the last good file, open.
type cachedFile struct {
	cacheHead
	file *os.File
	at   int64 // where the CSV begins
	size int64
	sum  hash.Hash
}

// open answers with the last good file of the URL; nil where there is none, or
// where somebody else could have written it.
func (c *downloadCache) open(url string) *cachedFile {
	if c == nil {
		return nil
	}
	name := filepath.Join(c.dir, c.name)
	info, err := os.Lstat(name)
	const others fs.FileMode = 0o022
	if err != nil || !info.Mode().IsRegular() || info.Mode()&others != 0 {
		return nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil
	}
	line, err := bufio.NewReader(io.LimitReader(file, maxCacheHead)).ReadBytes('\n')
	f := &cachedFile{file: file, at: int64(len(line)), size: info.Size() - int64(len(line)) - sumLength, sum: sha256.New()}
	if err != nil || json.Unmarshal(line, &f.cacheHead) != nil || f.URL != cacheKey(url) || f.size < 0 || !strong(f.ETag) {
		f.close()
		return nil
	}
	_, _ = f.sum.Write(line) // a hash takes everything
	return f
}

func (f *cachedFile) close() {
	if f != nil {
		_ = f.file.Close() // it was only read
	}
}

// body is the CSV.
func (f *cachedFile) body() io.Reader {
	return teeHash(cacheReader{io.NewSectionReader(f.file, f.at, f.size)}, f.sum)
}

// cacheReader says of a disk that fails that it is the cache's.
type cacheReader struct{ r io.Reader }

func (c cacheReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", errBadCache, err)
	}
	return n, err
}

// check compares the sum of what was read with the one at the end.
func (f *cachedFile) check() error {
	told := make([]byte, sumLength)
	if _, err := f.file.ReadAt(told, f.at+f.size); err != nil {
		return fmt.Errorf("%w: %w", errBadCache, err)
	}
	if string(told) != hex.EncodeToString(f.sum.Sum(nil)) {
		return errBadCache
	}
	return nil
}

// forget removes a file that is of no use.
func (c *downloadCache) forget() {
	_ = os.Remove(filepath.Join(c.dir, c.name)) // else it is replaced by the next one
}

// cacheWriter keeps what is read on its way. It never fails: a full disk costs
// the cache, and no read.
type cacheWriter struct {
	cache *downloadCache
	file  *renameio.PendingFile
	sum   hash.Hash
	err   error
}

// begin starts a new file beside the old one; nil where it cannot be written.
func (c *downloadCache) begin(head cacheHead) *cacheWriter {
	if c == nil {
		return nil
	}
	const mode fs.FileMode = 0o700
	line, err := json.Marshal(head)
	if err != nil || len(line) >= maxCacheHead || os.MkdirAll(c.dir, mode) != nil {
		return nil
	}
	file, err := renameio.NewPendingFile(filepath.Join(c.dir, c.name), renameio.WithTempDir(c.dir), renameio.WithStaticPermissions(cacheMode))
	if err != nil {
		return nil
	}
	w := &cacheWriter{cache: c, file: file, sum: sha256.New()}
	_, _ = w.Write(append(line, '\n')) // it keeps its error
	return w
}

// Write takes everything and remembers what went wrong.
func (w *cacheWriter) Write(p []byte) (int, error) {
	if w.err == nil {
		_, _ = w.sum.Write(p) // a hash takes everything
		_, w.err = w.file.Write(p)
	}
	return len(p), nil
}

// commit puts the new file in place of the old one.
func (w *cacheWriter) commit() error {
	if w == nil {
		return nil
	}
	if w.err != nil {
		return w.err
	}
	if _, err := io.Copy(w.file, bytes.NewReader([]byte(hex.EncodeToString(w.sum.Sum(nil))))); err != nil {
		return err
	}
	if err := w.file.CloseAtomicallyReplace(); err != nil {
		return err
	}
	if w.cache.written == nil {
		return nil
	}
	return w.cache.written(w.cache.dir, w.cache.name)
}

// drop forgets what was not committed.
func (w *cacheWriter) drop() {
	if w != nil {
		_ = w.file.Cleanup() // after a commit there is nothing to clean up
	}
}
