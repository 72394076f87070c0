package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// factTable holds the facts of a journal.
type factTable struct{ store *store }

// Facts lists the facts of the kinds, or all, sorted by kind and key.
func (t *factTable) Facts(ctx context.Context, kinds ...string) ([]Fact, error) {
	query, args := "SELECT kind, key, value, at, run FROM facts ", []any(nil)
	if len(kinds) > 0 {
		query += "WHERE kind IN (?" + strings.Repeat(", ?", len(kinds)-1) + ") "
		for _, k := range kinds {
			args = append(args, k)
		}
	}
	return lines(ctx, t.store, t.scanFact, query+"ORDER BY kind, key", args...)
}

func (t *factTable) scanFact(rows *sql.Rows) (Fact, error) {
	var f Fact
	var at int64
	if err := rows.Scan(&f.Kind, &f.Key, (*[]byte)(&f.Value), &at, &f.Run); err != nil {
		return Fact{}, t.store.damaged("read a fact: %w", err)
	}
	if err := raw(f.Value).check("its value"); err != nil {
		return Fact{}, t.store.damaged("fact %s %q: %w", f.Kind, f.Key, err)
	}
	f.At = moment(at)
	return f, nil
}

// Remember forgets some facts and sets others, in this order and in one commit.
// A fact that has its value already keeps its time and its run; so At says since
// when the value holds, and only what differs is written. At is now when it is
// the zero time, and Run is the run given. Forgetting looks at kind and key alone.
func (t *factTable) Remember(ctx context.Context, run int64, set, forget []Fact) error {
	if len(set) == 0 && len(forget) == 0 {
		return nil
	}
	for i := range set {
		if err := set[i].check(); err != nil {
			return fmt.Errorf("record the fact %s %q: %w", set[i].Kind, set[i].Key, err)
		}
	}
	return t.store.write(ctx, "record facts", func(tx *sql.Tx) error {
		if err := each(ctx, tx, "DELETE FROM facts WHERE kind = ? AND key = ?", forget, func(f *Fact) []any {
			return []any{f.Kind, f.Key}
		}); err != nil {
			return err
		}
		now := t.store.now()
		return each(ctx, tx, `INSERT INTO facts (kind, key, value, at, run) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at, run = excluded.run
			WHERE value IS NOT excluded.value`, set, func(f *Fact) []any {
			at := f.At
			if at.IsZero() {
				at = now
			}
			return []any{f.Kind, f.Key, raw(f.Value).arg(), stamp(at), run}
		})
	})
}

// rememberTime is how long RememberIn waits for others that write.
const rememberTime = 10 * time.Second

// RememberIn writes facts into the journal of a state directory, for those who have
// none open: a service after a run. Without facts it writes nothing.
func RememberIn(dir string, run int64, set, forget []Fact) error {
	if len(set)+len(forget) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), rememberTime)
	defer cancel()
	db, err := Open(ctx, dir, Options{})
	if err != nil {
		return err
	}
	return errors.Join(db.Remember(ctx, run, set, forget), db.Close())
}

func (f *Fact) check() error {
	if f.Kind == "" {
		return errors.New("the kind is missing")
	}
	return raw(f.Value).check("its value")
}

// each runs one statement for each item.
func each[T any](ctx context.Context, tx *sql.Tx, statement string, items []T, args func(*T) []any) error {
	if len(items) == 0 {
		return nil
	}
	prepared, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	defer func() { _ = prepared.Close() }() // it ends with its transaction
	for i := range items {
		if _, err := prepared.ExecContext(ctx, args(&items[i])...); err != nil {
			return err
		}
	}
	return nil
}
