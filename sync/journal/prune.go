package journal

import (
	"context"
	"database/sql"
	"time"
)

// keptAtLeast is what no retention touches: the guards count over 24 h (S17),
// and a reverted change is known for as long (S30). The rest is for clocks that
// were set back.
const keptAtLeast = 48 * time.Hour

// Prune forgets the runs that began before a time, with their changes, and says
// how many. It keeps runs with open intents or with changes of the last two
// days, and all facts and pauses (S32). A run that a changed file, a changed
// directory or a program started and that changed nothing goes after two days: there may
// be thousands a day. Held sets that were shown before the
// time, and approvals that were used up or expired before it, go too.
func (db *DB) Prune(ctx context.Context, before time.Time) (int, error) {
	now := db.now()
	if latest := now.Add(-keptAtLeast); before.After(latest) {
		before = latest
	}
	var pruned int64
	err := db.write(ctx, "prune", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM runs WHERE started < ?1 AND NOT EXISTS
			(SELECT 1 FROM changes WHERE run = runs.id AND (settled = 0 OR intended >= ?1))
			OR started < ?2 AND outcome = 'done' AND CASE WHEN json_valid(summary) THEN summary ->> '$.why' END IN ('directory', 'file', 'request')
			AND NOT EXISTS (SELECT 1 FROM changes WHERE run = runs.id)`, stamp(before), stamp(now.Add(-keptAtLeast)))
		if err != nil {
			return err
		}
		if pruned, err = result.RowsAffected(); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM approvals WHERE given < ?1 AND (expires < ?1 OR NOT EXISTS
			(SELECT 1 FROM approval_keys k WHERE k.hash = approvals.hash AND NOT done))`, stamp(before)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM held WHERE at < ?", stamp(before))
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(pruned), nil
}
