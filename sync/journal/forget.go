package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Forgetting is what a journal forgets of a person.
type Forgetting struct {
	// Changes are the numbers of the person's changes. They keep the action, the
	// organization, the roles, the times and the result, by which runs are counted.
	Changes []int64
	// Exceptions are the numbers of the person's grants and denies. Those that have ended
	// are deleted.
	Exceptions []int64
	// Set and Drop are facts, as in [DB.Remember]; one that is set keeps its time and run.
	Set, Drop []Fact
	// Rewrite takes the person out of a text that other people's data stand in too.
	Rewrite func(text string) string
	// Mentions reports whether a text is about the person. Held sets and approvals that
	// are, are deleted.
	Mentions func(text string) bool
}

// Forgotten counts what a journal has forgotten.
type Forgotten struct{ Changes, Links, Texts, HeldSets, Approvals int }

// forgotten are the columns of texts in which several people may stand, and the key of
// each table. The metadata of other people's changes are no such texts: undo restores
// them as they were.
var forgotten = []struct{ table, key, column string }{
	{"runs", "id", "error"}, {"runs", "id", "summary"}, {"changes", "id", "because"}, {"changes", "id", "error"}, {"waited", "hash", "text"},
	{"approvals", "hash", "reason"}, {"approvals", "hash", "given_by"}, {"pauses", "organization", "reason"}, {"pauses", "organization", "given_by"}, {"exceptions", "id", "reason"}, {"exceptions", "id", "given_by"}, {"exceptions", "id", "ended_by"},
}

// Forget takes a person out of the journal, in one commit, and then out of the free
// space of its files.
func (db *DB) Forget(ctx context.Context, f Forgetting) (n Forgotten, err error) {
	err = db.write(ctx, "forget a person", func(tx *sql.Tx) (err error) {
		if n, err = forget(ctx, tx, &f); err != nil {
			return err
		}
		err = each(ctx, tx, "DELETE FROM facts WHERE kind = ? AND key = ?", f.Drop, func(f *Fact) []any { return []any{f.Kind, f.Key} })
		return errors.Join(err, each(ctx, tx, "UPDATE facts SET value = ? WHERE kind = ? AND key = ?", f.Set, func(f *Fact) []any {
			return []any{raw(f.Value).arg(), f.Kind, f.Key}
		}))
	})
	if err == nil {
		err = db.erase(ctx)
	}
	return n, err
}

func forget(ctx context.Context, tx *sql.Tx, f *Forgetting) (n Forgotten, err error) {
	for _, id := range f.Changes {
		links, errLinks := affected(ctx, tx, "DELETE FROM links WHERE change = ?", id)
		changes, errChanges := affected(ctx, tx, `UPDATE changes SET user_id = '', email = '', name = '', person_id = '', public = NULL, private = NULL,
			public_before = NULL, private_before = NULL, because = '', invitation_id = '', error = '', before = NULL, after = NULL, forgotten = 1 WHERE id = ?`, id)
		if err := errors.Join(errLinks, errChanges); err != nil {
			return n, err
		}
		n.Links, n.Changes = n.Links+links, n.Changes+changes
	}
	for _, id := range f.Exceptions {
		if _, err := affected(ctx, tx, "DELETE FROM exceptions WHERE id = ? AND ended <> 0", id); err != nil {
			return n, err
		}
	}
	for _, c := range forgotten {
		err := eachText(ctx, tx, fmt.Sprintf("SELECT %s, %s FROM %s WHERE %[2]s <> ''", c.key, c.column, c.table), func(key, text string) error {
			now := f.Rewrite(text)
			if now == text {
				return nil
			}
			n.Texts++
			_, err := affected(ctx, tx, fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s = ?", c.table, c.column, c.key), now, key)
			return err
		})
		if err != nil {
			return n, err
		}
	}
	drop := func(table string, count *int) func(hash, text string) error {
		return func(hash, text string) error {
			if !f.Mentions(text) {
				return nil
			}
			gone, err := affected(ctx, tx, "DELETE FROM "+table+" WHERE hash = ?", hash)
			*count += gone
			return err
		}
	}
	return n, errors.Join(eachText(ctx, tx, "SELECT hash, keys || char(10) || coalesce(text, '') FROM held", drop("held", &n.HeldSets)),
		eachText(ctx, tx, "SELECT hash, key FROM approval_keys", drop("approvals", &n.Approvals)))
}

// eachText passes on the rows of a query, each a key and a text. They are read before
// the first is passed on, which may change them.
func eachText(ctx context.Context, tx *sql.Tx, query string, do func(key, text string) error) error {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	var list [][2]string
	for rows.Next() {
		var row [2]string
		if err := rows.Scan(&row[0], &row[1]); err != nil {
			return err
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, row := range list {
		if err := do(row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

// affected runs a statement and counts its rows.
func affected(ctx context.Context, tx *sql.Tx, statement string, args ...any) (int, error) {
	result, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// erase writes the file anew without its free space, and empties its log: earlier
// versions left there what they deleted.
func (db *DB) erase(ctx context.Context) error {
	what := "erase what was forgotten from the free space of the history"
	if _, err := db.pool.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("%s %s: %w", what, db.file, db.explain(err))
	}
	var busy, frames, done int
	if err := db.pool.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done); err != nil {
		return fmt.Errorf("%s %s: %w", what, db.file, db.explain(err))
	}
	if busy != 0 {
		return fmt.Errorf("%s %s: another process is reading its log; run the command again", what, db.file)
	}
	return nil
}
