package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// Hold keeps the sets that a plan showed as held, each under its hash; one that
// was shown before is replaced. The run is 0 for a plan that is no run.
func (db *DB) Hold(ctx context.Context, run int64, sets []HeldSet) error {
	keys := make([][]byte, len(sets))
	for i := range sets {
		if sets[i].Hash == "" {
			return errors.New("keep a held set: it has no hash")
		}
		if err := raw(sets[i].Text).check("its text"); err != nil {
			return fmt.Errorf("keep the held set %s: %w", sets[i].Hash, err)
		}
		var err error
		if keys[i], err = json.Marshal(sets[i].Keys); err != nil {
			return fmt.Errorf("keep the held set %s: %w", sets[i].Hash, err)
		}
	}
	if len(sets) == 0 {
		return nil
	}
	return db.write(ctx, "keep held sets", func(tx *sql.Tx) error {
		now := db.now()
		for i := range sets {
			s := &sets[i]
			at := s.At
			if at.IsZero() {
				at = now
			}
			if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO held (hash, organization, keys, text, at, run) VALUES (?, ?, ?, ?, ?, ?)",
				s.Hash, s.Organization, string(keys[i]), raw(s.Text).arg(), stamp(at), run); err != nil {
				return err
			}
		}
		return nil
	})
}

// Held gives the set with that hash, or [ErrNoHeld]. A hash may be shortened
// to its first characters, eight at least, when they fit one set only.
func (db *DB) Held(ctx context.Context, hash string) (HeldSet, error) {
	query := "WHERE hash = ?"
	found, err := lines(ctx, db, db.scanHeld, heldQuery+query, hash)
	if err == nil && len(found) == 0 && len(hash) >= shortHash {
		found, err = lines(ctx, db, db.scanHeld, heldQuery+"WHERE substr(hash, 1, length(?1)) = ?1 LIMIT 2", hash)
	}
	switch {
	case err != nil:
		return HeldSet{}, err
	case len(found) == 0:
		return HeldSet{}, fmt.Errorf("find the held set %s: %w", hash, ErrNoHeld)
	case len(found) > 1:
		return HeldSet{}, fmt.Errorf("find the held set %s: several begin so, give more of the hash", hash)
	}
	return found[0], nil
}

const (
	heldQuery = "SELECT hash, organization, keys, text, at, run FROM held "
	shortHash = 8
)

func (db *DB) scanHeld(rows *sql.Rows) (HeldSet, error) {
	var s HeldSet
	var keys []byte
	var at int64
	if err := rows.Scan(&s.Hash, &s.Organization, &keys, &s.Text, &at, &s.Run); err != nil {
		return HeldSet{}, db.damaged("read a held set: %w", err)
	}
	if err := errors.Join(json.Unmarshal(keys, &s.Keys), raw(s.Text).check("its text")); err != nil {
		return HeldSet{}, db.damaged("held set %s: %w", s.Hash, err)
	}
	s.At = moment(at)
	return s, nil
}
