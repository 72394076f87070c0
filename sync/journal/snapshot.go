package journal

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"

	"rollcall/sync/journal/internal/wallog"
)

// A journal that is opened for reading only is copied into memory, with its
// log. SQLite would need to write beside a write-ahead logged file, or to be
// told that nobody else does (immutable), which only the operator could know:
// a service may be at work on the very disk that is mounted read-only here.

// copyTries and copyPause bound the wait for a moment without a checkpoint.
const (
	copyTries = 40
	copyPause = 25 * time.Millisecond
)

// What makes a copy be tried again.
var (
	errMoving  = errors.New("another process was writing all the time; try again")
	errRolling = errors.New("a transaction was cut off and must be rolled back first: run rollcall plan once as a user who may write this file")
)

// openSnapshot opens a copy in memory.
func (s *store) openSnapshot(ctx context.Context) error {
	found, err := s.find()
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("open the history %s: %w", s.file, ErrNone)
	}
	image, err := s.image(ctx)
	if err != nil {
		return fmt.Errorf("open the history %s for reading: %w", s.file, err)
	}
	memory, err := sqlite.NewConnector("file::memory:?" + settings(url.Values{}))
	if err != nil {
		return err
	}
	s.pool = newPool(&imageConnector{memory, image})
	if err := s.check(ctx); err != nil {
		return err
	}
	// The file stays at the version that wrote it, and queries are for the newest.
	return s.opening(migrate(ctx, s.pool, migrations))
}

// image copies the file and its log at a moment when they belong together.
func (p place) image(ctx context.Context) ([]byte, error) {
	var err error
	for try := range copyTries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(copyPause):
			}
		}
		var image []byte
		image, err = p.tryImage(p.readPlain)
		if !errors.Is(err, errMoving) && !errors.Is(err, errRolling) {
			return image, err
		}
	}
	return nil, err
}

// tryImage copies the file before its log. Frames that are added to the log
// meanwhile do no harm, nor does a checkpoint, whose pages the log still
// holds: unless the log began anew, which its header tells, or the file changed
// without a log.
func (p place) tryImage(readFile func(name string) ([]byte, error)) ([]byte, error) {
	logBefore, err := p.readLog(readFile)
	if err != nil {
		return nil, err
	}
	before, err := os.Stat(p.file)
	if err != nil {
		return nil, err
	}
	image, err := readFile(p.file)
	if err != nil {
		return nil, err
	}
	log, err := p.readLog(readFile)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(head(logBefore), head(log)) {
		return nil, errMoving
	}
	if len(log) == 0 {
		if err := p.checkStill(before); err != nil {
			return nil, err
		}
	}
	image, err = applyLog(image, log)
	if err != nil {
		return nil, &DamagedError{p.file, err}
	}
	return image, nil
}

// checkStill fails when the file, which has no log, has changed or is about to.
func (p place) checkStill(before fs.FileInfo) error {
	after, err := os.Stat(p.file)
	if err != nil {
		return err
	}
	if after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) {
		return errMoving
	}
	if p.rollingBack() {
		return errRolling
	}
	return nil
}

// rollingBack reports whether there is a rollback journal: a transaction is
// going on, or was cut off and waits for somebody who may write.
func (p place) rollingBack() bool {
	info, err := os.Stat(p.file + "-journal")
	return err == nil && info.Size() > 0
}

// readLog reads the log; none is no bytes.
func (p place) readLog(readFile func(name string) ([]byte, error)) ([]byte, error) {
	log, err := readFile(p.file + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return log, err
}

// Stamp tells the states of a journal apart without opening it: it stays the
// same while nothing is written. Of what cannot be looked at it is empty.
func Stamp(dir string) string {
	var b strings.Builder
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(filepath.Join(dir, fileName+suffix)); err == nil {
			fmt.Fprintf(&b, "%d %d %s;", info.Size(), info.ModTime().UnixNano(), info.Mode())
		}
	}
	return b.String()
}

func head(log []byte) []byte { return log[:min(len(log), wallog.HeaderSize)] }

// imageConnector opens databases in memory that begin as the image.
type imageConnector struct {
	driver.Connector
	image []byte
}

type deserializer interface{ Deserialize(buf []byte) error }

// Connect opens one more copy.
func (c *imageConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	d, ok := conn.(deserializer)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver cannot open a copy in memory"), conn.Close())
	}
	if err := d.Deserialize(c.image); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
