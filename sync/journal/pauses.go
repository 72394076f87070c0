package journal

import (
	"context"
	"database/sql"
	"errors"
)

// ErrNotPaused says that there is no pause to end.
var ErrNotPaused = errors.New("it is not paused")

// Pause keeps runs from changing an organization, or any, until [DB.Resume]
// (S25). Since is now when it is the zero time. A pause takes the place of the
// one before.
func (db *DB) Pause(ctx context.Context, p Pause) error {
	if p.Since.IsZero() {
		p.Since = db.now()
	}
	return db.write(ctx, "pause", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO pauses (organization, reason, given_by, since, run) VALUES (?, ?, ?, ?, ?)",
			p.Organization, p.Reason, p.By, stamp(p.Since), p.Run)
		return err
	})
}

// Resume ends the pause of an organization; the empty one is the pause of all,
// and leaves those of single organizations. It fails with [ErrNotPaused] when
// there is none.
func (db *DB) Resume(ctx context.Context, organization string) error {
	return db.write(ctx, "resume", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM pauses WHERE organization = ?", organization)
		return missed(result, err, ErrNotPaused)
	})
}

// Pauses lists the pauses by organization, that of all first.
func (db *DB) Pauses(ctx context.Context) ([]Pause, error) {
	return lines(ctx, db, db.scanPause, "SELECT organization, reason, given_by, since, run FROM pauses ORDER BY organization")
}

func (db *DB) scanPause(rows *sql.Rows) (Pause, error) {
	var p Pause
	var since int64
	if err := rows.Scan(&p.Organization, &p.Reason, &p.By, &since, &p.Run); err != nil {
		return Pause{}, db.damaged("read a pause: %w", err)
	}
	p.Since = moment(since)
	return p, nil
}
