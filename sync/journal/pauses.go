package journal

import (
	"context"
	"database/sql"
	"errors"
)

// ErrNotPaused says that there is no pause to end.
var ErrNotPaused = errors.New("it is not paused")

// pauseTable holds the pauses of a journal.
type pauseTable struct{ store *store }

// Pause keeps runs from changing an organization, or any, until [DB.Resume]
// (S25). Since is now when it is the zero time. A pause takes the place of the
// one before.
func (t *pauseTable) Pause(ctx context.Context, p Pause) error {
	if p.Since.IsZero() {
		p.Since = t.store.now()
	}
	return t.store.write(ctx, "pause", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO pauses (organization, reason, given_by, since, run) VALUES (?, ?, ?, ?, ?)",
			p.Organization, p.Reason, p.By, stamp(p.Since), p.Run)
		return err
	})
}

// Resume ends the pause of an organization; the empty one is the pause of all,
// and leaves those of single organizations. It fails with [ErrNotPaused] when
// there is none.
func (t *pauseTable) Resume(ctx context.Context, organization string) error {
	return t.store.write(ctx, "resume", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM pauses WHERE organization = ?", organization)
		return missed(result, err, ErrNotPaused)
	})
}

// Pauses lists the pauses by organization, that of all first.
func (t *pauseTable) Pauses(ctx context.Context) ([]Pause, error) {
	return lines(ctx, t.store, t.scanPause, "SELECT organization, reason, given_by, since, run FROM pauses ORDER BY organization")
}

func (t *pauseTable) scanPause(rows *sql.Rows) (Pause, error) {
	var p Pause
	var since int64
	if err := rows.Scan(&p.Organization, &p.Reason, &p.By, &since, &p.Run); err != nil {
		return Pause{}, t.store.damaged("read a pause: %w", err)
	}
	p.Since = moment(since)
	return p, nil
}
