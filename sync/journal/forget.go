package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"rollcall/sync/journal/internal/texts"
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
	// Rewrite takes the person out of a text that other people's data stand in too. The
	// place is the table and the column of the text, such as runs.error.
	Rewrite func(place, text string) string
	// Held reports whether a held set, by the JSON of its keys and of its changes, has a
	// change of the person. Such a set is deleted.
	Held func(keys, text string) bool
	// Key reports whether the key of an approval is that of a change of the person. It is
	// deleted, and the approval with its last key.
	Key func(key string) bool
}

// Forgotten counts what a journal has forgotten.
type Forgotten struct{ Changes, Links, Exceptions, Texts, HeldSets, Approvals int }

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
		links, errLinks := texts.Affected(ctx, tx, "DELETE FROM links WHERE change = ?", id)
		changes, errChanges := texts.Affected(ctx, tx, `UPDATE changes SET user_id = '', email = '', name = '', person_id = '', public = NULL, private = NULL,
			public_before = NULL, private_before = NULL, because = '', invitation_id = '', error = '', before = NULL, after = NULL, forgotten = 1 WHERE id = ?`, id)
		if err := errors.Join(errLinks, errChanges); err != nil {
			return n, err
		}
		n.Links, n.Changes = n.Links+links, n.Changes+changes
	}
	for _, id := range f.Exceptions {
		gone, err := texts.Affected(ctx, tx, "DELETE FROM exceptions WHERE id = ? AND ended <> 0", id)
		if n.Exceptions += gone; err != nil {
			return n, err
		}
	}
	for _, c := range forgotten {
		err := texts.Each(ctx, tx, fmt.Sprintf("SELECT %s, %s FROM %s WHERE %[2]s <> ''", c.key, c.column, c.table), func(key, text string) error {
			now := f.Rewrite(c.table+"."+c.column, text)
			if now == text {
				return nil
			}
			n.Texts++
			_, err := texts.Affected(ctx, tx, fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s = ?", c.table, c.column, c.key), now, key)
			return err
		})
		if err != nil {
			return n, err
		}
	}
	return n, errors.Join(forgetHeld(ctx, tx, f, &n), forgetApprovals(ctx, tx, f, &n))
}

// forgetHeld deletes the held sets with a change of the person: the hash of a set covers
// all of its changes, so that a part of it cannot be approved.
func forgetHeld(ctx context.Context, tx *sql.Tx, f *Forgetting, n *Forgotten) error {
	return texts.Each(ctx, tx, "SELECT hash, json_array(keys, coalesce(text, '')) FROM held", func(hash, row string) error {
		var columns [2]string
		if err := json.Unmarshal([]byte(row), &columns); err != nil || !f.Held(columns[0], columns[1]) {
			return err
		}
		gone, err := texts.Affected(ctx, tx, "DELETE FROM held WHERE hash = ?", hash)
		n.HeldSets += gone
		return err
	})
}

// forgetApprovals deletes the keys of the person's changes. What was approved for others
// stays.
func forgetApprovals(ctx context.Context, tx *sql.Tx, f *Forgetting, n *Forgotten) error {
	touched := map[string]bool{}
	return texts.Each(ctx, tx, "SELECT hash, key FROM approval_keys", func(hash, key string) error {
		if !f.Key(key) {
			return nil
		}
		touched[hash] = true
		n.Approvals = len(touched)
		_, errKey := texts.Affected(ctx, tx, "DELETE FROM approval_keys WHERE hash = ? AND key = ?", hash, key)
		_, errEmpty := texts.Affected(ctx, tx, "DELETE FROM approvals WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM approval_keys WHERE hash = ?1)", hash)
		return errors.Join(errKey, errEmpty)
	})
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
