// Package exceptions is the table of grants and denies in a journal. The person stands in
// columns of its own: address, user_id and person_id.
package exceptions

import (
	"context"
	"database/sql"
	"time"

	"rollcall/sync/exception"
)

// Schema makes the table.
const Schema = `
CREATE TABLE exceptions (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	kind TEXT NOT NULL,
	organization TEXT NOT NULL,
	address TEXT NOT NULL,
	user_id TEXT NOT NULL,
	source TEXT NOT NULL,
	person_id TEXT NOT NULL,
	role TEXT NOT NULL,
	reason TEXT NOT NULL,
	given_by TEXT NOT NULL,
	given INTEGER NOT NULL,
	ends INTEGER NOT NULL,
	ended INTEGER NOT NULL,
	ended_by TEXT NOT NULL
) STRICT;
`

// Table holds the exceptions of a journal, with what it needs of the journal's file.
type Table struct {
	// Write does something in one transaction.
	Write func(ctx context.Context, doing string, do func(tx *sql.Tx) error) error
	// List reads the rows of a query.
	List func(ctx context.Context, scan func(*sql.Rows) (exception.Exception, error), query string) ([]exception.Exception, error)
	// Damaged is the error of a row that cannot be read.
	Damaged func(format string, err error) error
	Now     func() time.Time
}

// AddException keeps an exception and gives it its number. Given is now.
func (t Table) AddException(ctx context.Context, e *exception.Exception) error {
	e.Given = t.Now().UTC()
	return t.Write(ctx, "keep an exception", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO exceptions (kind, organization, address, user_id, source, person_id, role, reason, given_by, given, ends, ended, ended_by)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')`,
			e.Kind, e.Organization, e.Address, e.UserID, e.Person.Source, e.Person.ID, e.Role, e.Reason, e.By, e.Given.UnixNano(), e.Ends.UnixNano())
		if err != nil {
			return err
		}
		e.ID, err = result.LastInsertId()
		return err
	})
}

// EndException ends an exception now; by is empty if the clock does. It fails with
// [exception.ErrNone] if none with that number is in force.
func (t Table) EndException(ctx context.Context, id int64, by string) error {
	return t.Write(ctx, "end an exception", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "UPDATE exceptions SET ended = ?, ended_by = ? WHERE id = ? AND ended = 0", t.Now().UnixNano(), by, id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return exception.ErrNone
	})
}

// Exceptions lists all exceptions, also those that have ended, in the order in which
// they were made.
func (t Table) Exceptions(ctx context.Context) ([]exception.Exception, error) {
	return t.List(ctx, t.scan, "SELECT id, kind, organization, address, user_id, source, person_id, role, reason, given_by, given, ends, ended, ended_by FROM exceptions ORDER BY id")
}

func (t Table) scan(rows *sql.Rows) (e exception.Exception, err error) {
	var given, ends, ended int64
	if err := rows.Scan(&e.ID, &e.Kind, &e.Organization, &e.Address, &e.UserID, &e.Person.Source, &e.Person.ID, &e.Role, &e.Reason, &e.By, &given, &ends, &ended, &e.EndedBy); err != nil {
		return e, t.Damaged("read an exception: %w", err)
	}
	e.Given, e.Ends = time.Unix(0, given).UTC(), time.Unix(0, ends).UTC()
	if ended != 0 {
		e.Ended = time.Unix(0, ended).UTC()
	}
	return e, nil
}
