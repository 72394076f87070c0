package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// heldTable holds the held sets of a journal.
type heldTable struct{ store *store }

// Hold keeps the sets that a plan showed as held, each under its hash; one that
// was shown before is replaced. The run is the one that the plan takes back; 0 if
// it takes back none.
func (t *heldTable) Hold(ctx context.Context, run int64, sets []HeldSet) error {
	if len(sets) == 0 {
		return nil
	}
	return t.hold(ctx, run, sets, false)
}

// HoldAll keeps the sets of a plan of all organizations. What an earlier plan
// showed and this one does not, waits no more; see [heldTable.Waiting].
func (t *heldTable) HoldAll(ctx context.Context, sets []HeldSet) error {
	return t.hold(ctx, 0, sets, true)
}

func (t *heldTable) hold(ctx context.Context, run int64, sets []HeldSet, all bool) error {
	keys := make([][]byte, len(sets))
	for i := range sets {
		if sets[i].Hash == "" {
			return errors.New("record waiting changes: the hash is missing")
		}
		if err := raw(sets[i].Text).check("its text"); err != nil {
			return fmt.Errorf("record the waiting changes %s: %w", sets[i].Hash, err)
		}
		var err error
		if keys[i], err = json.Marshal(sets[i].Keys); err != nil {
			return fmt.Errorf("record the waiting changes %s: %w", sets[i].Hash, err)
		}
	}
	return t.store.write(ctx, "record waiting changes", func(tx *sql.Tx) error {
		now := t.store.now()
		if all {
			if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", metaHeldSince, fmt.Sprint(stamp(now))); err != nil {
				return err
			}
		}
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
		return t.dropOld(ctx, tx, sets)
	})
}

// metaHeldSince is when the newest plan of all organizations was made.
const metaHeldSince = "held_since"

// keptSets is how many sets of an organization, or of the whole run, are kept.
const keptSets = 10

// dropOld drops the sets that are older than an approval can live, and all but
// the newest of an organization: while a set is held, one value that changes in
// every run would fill the disk otherwise (S32).
func (t *heldTable) dropOld(ctx context.Context, tx *sql.Tx, shown []HeldSet) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM held WHERE at <= ?", t.oldest()); err != nil {
		return err
	}
	return each(ctx, tx, `DELETE FROM held WHERE organization = ?1 AND hash NOT IN
		(SELECT hash FROM held WHERE organization = ?1 ORDER BY at DESC, rowid DESC LIMIT ?2)`, shown, func(s *HeldSet) []any {
		return []any{s.Organization, keptSets}
	})
}

// oldest is since when a set that was shown can be approved.
func (t *heldTable) oldest() any { return stamp(t.store.now().Add(-ApprovalLife)) }

// Held gives the set with that hash, or [ErrNoHeld]. A set that was last shown
// before [ApprovalLife] is none any more. A hash may be shortened to its first
// characters, 32 at least, when they fit one set only: of fewer, anybody can find
// two sets that begin alike (S23).
func (t *heldTable) Held(ctx context.Context, hash string) (HeldSet, error) {
	found, err := lines(ctx, t.store, t.scanHeld, heldQuery+"WHERE hash = ?1 AND at > ?2", hash, t.oldest())
	if err == nil && len(found) == 0 && len(hash) >= shortHash {
		found, err = lines(ctx, t.store, t.scanHeld, heldQuery+"WHERE substr(hash, 1, length(?1)) = ?1 AND at > ?2 LIMIT 2", hash, t.oldest())
	}
	switch {
	case err != nil:
		return HeldSet{}, err
	case len(found) == 0:
		return HeldSet{}, fmt.Errorf("find the waiting changes %s: %w", hash, ErrNoHeld)
	case len(found) > 1:
		return HeldSet{}, fmt.Errorf("find the waiting changes %s: several hashes begin with this; give more characters of the hash", hash)
	}
	return found[0], nil
}

// Waiting lists the sets that the newest plan showed. A later plan of one
// organization replaces what waits there. The sets of an undo wait beside them,
// those of its newest plan.
func (t *heldTable) Waiting(ctx context.Context) ([]HeldSet, error) {
	return lines(ctx, t.store, t.scanHeld, heldQuery+`WHERE at > ?1
		AND (run <> 0 OR at >= coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?2), 0))
		AND (run = 0 AND organization = '' OR at = (SELECT max(h.at) FROM held h
			WHERE h.run = held.run AND (held.run <> 0 OR h.organization = held.organization)))
		ORDER BY at, rowid`, t.oldest(), metaHeldSince)
}

const (
	heldQuery = "SELECT hash, organization, keys, text, at, run FROM held "
	shortHash = 32
)

func (t *heldTable) scanHeld(rows *sql.Rows) (HeldSet, error) {
	var s HeldSet
	var keys []byte
	var at int64
	if err := rows.Scan(&s.Hash, &s.Organization, &keys, &s.Text, &at, &s.Run); err != nil {
		return HeldSet{}, t.store.damaged("read waiting changes: %w", err)
	}
	if err := errors.Join(json.Unmarshal(keys, &s.Keys), raw(s.Text).check("its text")); err != nil {
		return HeldSet{}, t.store.damaged("waiting changes %s: %w", s.Hash, err)
	}
	s.At = moment(at)
	return s, nil
}

// HeldSets lists the sets that can be approved, the newest first.
func (t *heldTable) HeldSets(ctx context.Context) ([]HeldSet, error) {
	return lines(ctx, t.store, t.scanHeld, heldQuery+"WHERE at > ? ORDER BY at DESC, rowid DESC", t.oldest())
}
