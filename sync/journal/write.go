package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// write runs f in one transaction, which is on the disk when write returns nil.
func (s *store) write(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	if s.readOnly {
		return fmt.Errorf("%s: %w: %s", what, ErrReadOnly, s.file)
	}
	err := s.transact(ctx, f)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s in the history %s: %w", what, s.file, s.explain(err))
	if e, ok := errors.AsType[*sqlite.Error](err); ok && ctx.Err() == nil && primary(e) != codes.SQLITE_CONSTRAINT {
		s.broken.CompareAndSwap(nil, &err)
	}
	return err
}

func (s *store) transact(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// reading wraps an error of a query.
func (s *store) reading(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("read the history %s: %w", s.file, s.explain(err))
}

func primary(e *sqlite.Error) int { return e.Code() & 0xff }

// explain adds what to do about an error of SQLite's.
func (s *store) explain(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch primary(e) {
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB, codes.SQLITE_MISMATCH:
		return &DamagedError{s.file, err}
	case codes.SQLITE_FULL:
		return fmt.Errorf("%w; free space in %s and run again", err, s.dir)
	case codes.SQLITE_IOERR:
		return fmt.Errorf("%w; check the disk of %s and its free space, then run again", err, s.dir)
	case codes.SQLITE_BUSY, codes.SQLITE_PROTOCOL:
		return fmt.Errorf("%w; another process has been writing for %s; run again when it has finished", err, busyTimeout)
	case codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN, codes.SQLITE_PERM:
		return fmt.Errorf("%w; run as the owner of %s, and make sure that the owner may write its files", err, s.dir)
	}
	return err
}

// stamp is a time in the journal.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// moment is the time of a stamp.
func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// raw is JSON on its way into the journal. What would not come out again is
// refused on its way in.
type raw []byte

func (r raw) check(name string) error {
	if r != nil && !json.Valid(r) {
		return fmt.Errorf("%s is not JSON", name)
	}
	return nil
}

func (r raw) arg() any {
	if r == nil {
		return nil
	}
	return string(r)
}

// lines runs a query and scans each of its rows.
func lines[T any](ctx context.Context, s *store, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := s.pool.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.reading(err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, s.reading(err)
		}
		out = append(out, v)
	}
	return out, s.reading(rows.Err())
}

// damaged says that a row holds what was never written.
func (s *store) damaged(format string, args ...any) error {
	return &DamagedError{s.file, fmt.Errorf(format, args...)}
}
