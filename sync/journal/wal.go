package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"rollcall/source/platform"
	"rollcall/sync/journal/internal/wallog"
)

// checkLog refuses a log that is none. SQLite would take it for an empty one,
// and what it held would be forgotten in silence. A header of zeros is what a
// power cut leaves of a log that held nothing yet.
func (p place) checkLog() error {
	f, err := p.openPlain(p.file + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the write-ahead log of the history: %w", err)
	}
	header := make([]byte, wallog.HeaderSize)
	_, err = io.ReadFull(f, header)
	err = errors.Join(err, f.Close())
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	if err == nil && !wallog.Is(header) {
		return &DamagedError{p.file, fmt.Errorf("%s-wal is not a write-ahead log", fileName)}
	}
	return err
}

// openPlain opens a file for reading, once, and judges it by its descriptor (S34):
// a named pipe would block for good, and a link leads to somebody else's file.
func (p place) openPlain(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|platform.NonBlock|platform.NoFollow, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() && !info.IsDir() { // a directory is an error of reading
		return nil, errors.Join(err, &DamagedError{p.file, fmt.Errorf("%s is not a regular file", filepath.Base(name))}, f.Close())
	}
	return f, nil
}

func (p place) readPlain(name string) ([]byte, error) {
	f, err := p.openPlain(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	return data, errors.Join(err, f.Close())
}

// applyLog writes the log's committed pages into the database's image, as a
// checkpoint does, and marks the image as one without a log.
func applyLog(image, log []byte) ([]byte, error) {
	if len(image) < 100 {
		return nil, errors.New("the file is shorter than its header")
	}
	if len(log) >= wallog.HeaderSize {
		if !wallog.Is(log) {
			return nil, fmt.Errorf("%s-wal is not a write-ahead log", fileName)
		}
		image = wallog.Apply(image, log)
	}
	// Bytes 18 and 19 say which journal a writer and a reader need (section 1.3.3).
	image[18], image[19] = 1, 1
	return image, nil
}
