package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"

	"rollcall/sync/exception"
	"rollcall/sync/journal/internal/disk"
	"rollcall/sync/journal/internal/exceptions"
)

// busyTimeout is how long a statement waits for another process's transaction.
// They last milliseconds, but for a first write of very many facts.
const busyTimeout = 10 * time.Second

// RoomNeeded is the free space that a run must find, in bytes: 5,000 changes
// with their metadata take about a quarter of it, log included.
const RoomNeeded = 64 << 20

// DB is an open journal. Its methods may be called from several goroutines and
// beside those of other processes; a commit of theirs is seen by the next call.
type DB struct {
	runTable
	changeTable
	factTable
	approvalTable
	heldTable
	pauseTable
	linkTable
	exceptions.Table

	*store
}

// place is where a journal is.
type place struct{ dir, file string }

// store is the open file, which all tables share.
type store struct {
	place

	pool     *sql.DB
	now      func() time.Time
	readOnly bool
	// broken is the first error of the disk, kept: what follows a failed write
	// or sync proves nothing (S32).
	broken atomic.Pointer[error]
}

// querier is a pool or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Open opens the journal of a state directory, and makes both when they are
// missing. It fails with a [*DamagedError] when the file is not a whole journal,
// with a [*NewerError] when a newer rollcall wrote it (S31), and read-only with
// [ErrNone] when there is none.
//
// A journal that is open for reading only is a snapshot: it shows the state at
// the time of opening.
func Open(ctx context.Context, dir string, o Options) (*DB, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the state directory: %w", err)
	}
	s := &store{place: place{dir, filepath.Join(dir, fileName)}, now: o.Now, readOnly: o.ReadOnly}
	if s.now == nil {
		s.now = time.Now
	}
	if o.network == nil {
		o.network = disk.NetworkName
	}
	if o.busy == 0 {
		o.busy = busyTimeout
	}
	// POSIX locks end when anything in the process closes the file, a copy for
	// reading say. Where the kernel has no other kind, SQLite does with them.
	_, _ = sqlite.OFDLocking(true)
	if o.ReadOnly {
		err = s.openSnapshot(ctx)
	} else {
		err = s.openForWriting(ctx, o)
	}
	db := &DB{runTable{s}, changeTable{s}, factTable{s}, approvalTable{s}, heldTable{s}, pauseTable{s}, linkTable{s}, exceptionTable(s), s}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// exceptionTable is the table of exceptions in this file.
func exceptionTable(s *store) exceptions.Table {
	return exceptions.Table{Write: s.write, Now: s.now, Damaged: func(format string, err error) error { return s.damaged(format, err) },
		List: func(ctx context.Context, scan func(*sql.Rows) (exception.Exception, error), query string) ([]exception.Exception, error) {
			return lines(ctx, s, scan, query)
		}}
}

func (s *store) openForWriting(ctx context.Context, o Options) error {
	found, err := s.find()
	if err != nil {
		return err
	}
	if !found {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return fmt.Errorf("create the state directory: %w; use another one with --state, or --state none", err)
		}
	}
	network, err := o.network(s.dir)
	if err != nil {
		return fmt.Errorf("find the file system of the state directory: %w", err)
	}
	mode := "WAL"
	if network != "" {
		mode = "DELETE" // S32
	}
	if !found {
		if err := s.create(ctx, mode); err != nil {
			return fmt.Errorf("create the history %s: %w", s.file, s.explain(err))
		}
	}
	if err := AsOwner(s.dir); err != nil {
		return err
	}
	if err := s.checkLog(); err != nil {
		return err
	}
	if s.pool, err = openPool(s.file, mode, o.busy); err != nil {
		return err
	}
	if err := s.check(ctx); err != nil {
		return err
	}
	if err := s.opening(migrate(ctx, s.pool, migrations)); err != nil {
		return err
	}
	return s.setMode(ctx, mode)
}

// find reports whether there is a journal, and refuses what cannot be one. Ours
// is never empty, not even for a moment (see create.go): an empty file has lost
// what it held.
func (p place) find() (bool, error) {
	info, err := os.Lstat(p.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, p.checkOrphan()
	case err != nil:
		return false, fmt.Errorf("open the history: %w", err)
	case !info.Mode().IsRegular():
		return false, &DamagedError{p.file, fmt.Errorf("it is not a regular file (%s)", info.Mode().Type())}
	case info.Size() == 0:
		return false, &DamagedError{p.file, errors.New("it is empty")}
	}
	return true, nil
}

// checkOrphan refuses a log whose journal is gone: it holds what was last
// written, and a new journal would throw it away.
func (p place) checkOrphan() error {
	for _, suffix := range []string{"-wal", "-journal"} {
		if info, err := os.Lstat(p.file + suffix); err == nil && info.Size() > 0 {
			return &DamagedError{p.file, fmt.Errorf("the file is missing, but %s%s exists", fileName, suffix)}
		}
	}
	return nil
}

// dsn is the address of a database file with what must hold on each connection.
func dsn(file string, values url.Values) string {
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: settings(values)}).String()
}

func settings(values url.Values) string {
	values.Set("_foreign_keys", "1")
	values.Set("_txlock", "immediate") // else a reader that turns writer cannot wait
	values.Set("_defensive", "1")
	values.Set("_dqs", "0")
	values.Set("_error_rc", "1")
	values.Add("_pragma", "trusted_schema(0)")
	values.Add("_pragma", "cell_size_check(1)")
	if disk.NeedsFullSync {
		values.Add("_pragma", "fullfsync(1)") // S32
	}
	values.Add("_pragma", "secure_delete(1)") // what is deleted, the link of an invitation say, is in no free page
	return values.Encode()
}

func openPool(file, mode string, busy time.Duration) (*sql.DB, error) {
	values := url.Values{"mode": {"rw"}, "_synchronous": {"FULL"}, "_busy_timeout": {fmt.Sprint(busy.Milliseconds())}}
	if mode == "DELETE" {
		// FULL syncs no directory: a power cut could bring back the rollback
		// journal of a commit. A log that was left here by a local disk is read
		// without shared memory, hence alone.
		values.Set("_synchronous", "EXTRA")
		values.Add("_pragma", "locking_mode(EXCLUSIVE)")
	}
	connector, err := sqlite.NewConnector(dsn(file, values))
	if err != nil {
		return nil, err
	}
	return newPool(connector), nil
}

// newPool holds one connection: writers would wait for each other anyway, and
// nobody waits for long.
func newPool(connector driver.Connector) *sql.DB {
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(1)
	return pool
}

// check refuses a file that is newer, somebody else's, or damaged (S31).
func (s *store) check(ctx context.Context) error {
	application, schema, err := version(ctx, s.pool)
	if err != nil {
		return s.opening(err)
	}
	if application != applicationID || schema == 0 {
		return &DamagedError{s.file, errors.New("it is not a history of rollcall")}
	}
	if schema > len(migrations) {
		return &NewerError{s.file, schema, len(migrations)}
	}
	var verdict string
	if err := s.pool.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return s.opening(err)
	}
	if verdict != "ok" {
		return &DamagedError{s.file, errors.New(verdict)}
	}
	return nil
}

func (s *store) opening(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("open the history %s: %w", s.file, s.explain(err))
}

// setMode makes the journal mode so, which the file keeps.
func (s *store) setMode(ctx context.Context, mode string) error {
	var got string
	if err := s.pool.QueryRowContext(ctx, "PRAGMA journal_mode="+mode).Scan(&got); err != nil {
		return s.opening(err)
	}
	if got != strings.ToLower(mode) {
		return fmt.Errorf("open the history %s: SQLite keeps the journal mode %s, but %s is needed here; end the other processes that use the file, or put the state directory on a local disk", s.file, got, mode)
	}
	if mode == "WAL" {
		return nil
	}
	// Others may come in again: the exclusive mode ends with the next read.
	_, err := s.pool.ExecContext(ctx, "PRAGMA locking_mode=NORMAL; SELECT count(*) FROM meta")
	if err != nil {
		return s.opening(err)
	}
	return nil
}

// Close ends the use of the journal. The last one out moves the log into the file.
func (db *DB) Close() error {
	if db.pool == nil {
		return nil
	}
	if err := db.pool.Close(); err != nil {
		return fmt.Errorf("close the history %s: %w", db.file, db.explain(err))
	}
	return nil
}

// Room says whether the disk has room for a run: a [*RoomError] when it has not
// (S32). A file system that does not tell passes.
func (db *DB) Room(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	free, known, err := disk.FreeBytes(db.dir)
	if err != nil {
		return fmt.Errorf("check the free space for the history: %w", err)
	}
	if known && free < RoomNeeded {
		return &RoomError{db.dir, free, RoomNeeded}
	}
	return nil
}
