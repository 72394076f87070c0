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
func (db *DB) write(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	if db.readOnly {
		return fmt.Errorf("%s: %w: %s", what, ErrReadOnly, db.file)
	}
	err := db.transact(ctx, f)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s in the journal %s: %w", what, db.file, db.explain(err))
	if e, ok := errors.AsType[*sqlite.Error](err); ok && ctx.Err() == nil && primary(e) != codes.SQLITE_CONSTRAINT {
		db.broken.CompareAndSwap(nil, &err)
	}
	return err
}

func (db *DB) transact(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// reading wraps an error of a query.
func (db *DB) reading(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("read the journal %s: %w", db.file, db.explain(err))
}

func primary(e *sqlite.Error) int { return e.Code() & 0xff }

// explain adds what to do about an error of SQLite's.
func (db *DB) explain(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch primary(e) {
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB, codes.SQLITE_MISMATCH:
		return &DamagedError{db.file, err}
	case codes.SQLITE_FULL:
		return fmt.Errorf("%w; free space in %s and run again", err, db.dir)
	case codes.SQLITE_IOERR:
		return fmt.Errorf("%w; look at the disk of %s and at its free space, then run again", err, db.dir)
	case codes.SQLITE_BUSY, codes.SQLITE_PROTOCOL:
		return fmt.Errorf("%w; another process has been writing for %s, run again when it is done", err, busyTimeout)
	case codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN, codes.SQLITE_PERM:
		return fmt.Errorf("%w; run as the owner of %s, whose files must be writable for it", err, db.dir)
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
func lines[T any](ctx context.Context, db *DB, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := db.pool.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, db.reading(err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, db.reading(err)
		}
		out = append(out, v)
	}
	return out, db.reading(rows.Err())
}

// damaged says that a row holds what was never written.
func (db *DB) damaged(format string, args ...any) error {
	return &DamagedError{db.file, fmt.Errorf(format, args...)}
}
