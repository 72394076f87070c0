package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
)

// mostWaited bounds what is kept of all runs together, in bytes: every reader copies
// the journal. Runs with the same changes waiting share one text.
const mostWaited = 8 << 20

// keepWaited keeps what waited when a run ended, and drops what only old runs need.
func keepWaited(ctx context.Context, tx *sql.Tx, run int64, text []byte) error {
	sum := sha256.Sum256(text)
	hash := hex.EncodeToString(sum[:])
	if _, err := tx.ExecContext(ctx, "INSERT INTO waited (hash, text) VALUES (?, ?) ON CONFLICT DO NOTHING", hash, string(text)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE runs SET waited = ? WHERE id = ?", hash, run); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM waited WHERE hash <> ?1 AND hash NOT IN (SELECT hash FROM
		(SELECT hash, sum(length(text)) OVER (ORDER BY newest DESC) AS size FROM waited JOIN
			(SELECT waited AS of, max(id) AS newest FROM runs GROUP BY waited) ON of = hash)
		WHERE size <= ?2)`, hash, mostWaited)
	return err
}

// Waited is what waited when a run ended. It is nil if that is not known: the run has
// not ended, had no plan, is of an earlier version, or is too long ago.
func (t *runTable) Waited(ctx context.Context, run int64) ([]byte, error) {
	found, err := lines(ctx, t.store, t.scanWaited, "SELECT text FROM waited JOIN runs ON waited = hash WHERE id = ?", run)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// WaitedTexts lists what waited when runs ended, each text once.
func (t *runTable) WaitedTexts(ctx context.Context) ([][]byte, error) {
	return lines(ctx, t.store, t.scanWaited, "SELECT text FROM waited ORDER BY hash")
}

func (t *runTable) scanWaited(rows *sql.Rows) ([]byte, error) {
	var text []byte
	if err := rows.Scan(&text); err != nil {
		return nil, t.store.damaged("read the waiting changes: %w", err)
	}
	if err := raw(text).check("it"); err != nil {
		return nil, t.store.damaged("the waiting changes: %w", err)
	}
	return text, nil
}
