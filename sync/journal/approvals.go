package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// approvalTable holds the approvals of a journal.
type approvalTable struct{ store *store }

// Approve writes an admin's yes to held sets: all of them, or none. Given is now
// when it is the zero time; Expires is [ApprovalLife] later, or earlier when it
// says so. An approval of the same hash takes the place of the one before, as if
// nothing were done of it. Done and Used are ignored.
func (t *approvalTable) Approve(ctx context.Context, approvals ...Approval) error {
	for i := range approvals {
		if a := &approvals[i]; a.Hash == "" || len(a.Keys) == 0 {
			return errors.New("approve: the hash is missing, or there are no changes")
		}
	}
	return t.store.write(ctx, "approve", func(tx *sql.Tx) error {
		for i := range approvals {
			if err := t.insert(ctx, tx, approvals[i]); err != nil {
				return fmt.Errorf("%s: %w", approvals[i].Hash, err)
			}
		}
		return nil
	})
}

func (t *approvalTable) insert(ctx context.Context, tx *sql.Tx, a Approval) error {
	if a.Given.IsZero() {
		a.Given = t.store.now()
	}
	if end := a.Given.Add(ApprovalLife); a.Expires.IsZero() || a.Expires.After(end) {
		a.Expires = end // S23
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM approvals WHERE hash = ?", a.Hash); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO approvals (hash, organization, reason, given_by, given, expires) VALUES (?, ?, ?, ?, ?, ?)",
		a.Hash, a.Organization, a.Reason, a.By, stamp(a.Given), stamp(a.Expires)); err != nil {
		return err
	}
	keys := slices.Compact(slices.Sorted(slices.Values(a.Keys)))
	return each(ctx, tx, "INSERT INTO approval_keys (hash, key, done) VALUES (?, ?, 0)", keys, func(key *string) []any {
		return []any{a.Hash, *key}
	})
}

// Approvals lists the approvals that are kept, the used up and expired ones
// among them, oldest first; [Approval.Live] tells them apart.
func (t *approvalTable) Approvals(ctx context.Context) ([]Approval, error) {
	return lines(ctx, t.store, t.scanApproval, `SELECT hash, organization, reason, given_by, given, expires,
		(SELECT json_group_array(key) FROM (SELECT key FROM approval_keys k WHERE k.hash = a.hash ORDER BY key)),
		(SELECT json_group_array(key) FROM (SELECT key FROM approval_keys k WHERE k.hash = a.hash AND done ORDER BY key))
		FROM approvals a ORDER BY given, hash`)
}

func (t *approvalTable) scanApproval(rows *sql.Rows) (Approval, error) {
	var a Approval
	var given, expires int64
	var keys, done []byte
	if err := rows.Scan(&a.Hash, &a.Organization, &a.Reason, &a.By, &given, &expires, &keys, &done); err != nil {
		return Approval{}, t.store.damaged("read an approval: %w", err)
	}
	if err := errors.Join(json.Unmarshal(keys, &a.Keys), json.Unmarshal(done, &a.Done)); err != nil {
		return Approval{}, t.store.damaged("approval %s: %w", a.Hash, err)
	}
	a.Given, a.Expires = moment(given), moment(expires)
	a.Used = len(a.Done) == len(a.Keys)
	return a, nil
}

// UseApproval marks changes of an approval as done; when all are, it is used up
// (S23). It fails with [ErrNoApproval] when there is none, or when it does not
// cover one of the changes. It does not ask whether the approval has expired
// since the changes were sent.
func (t *approvalTable) UseApproval(ctx context.Context, hash string, keys []string) error {
	return t.store.write(ctx, "record the use of approval "+hash, func(tx *sql.Tx) error {
		var covered, found int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM approvals WHERE hash = ?", hash).Scan(&found); err != nil {
			return err
		}
		if found == 0 {
			return ErrNoApproval
		}
		for _, key := range keys {
			result, err := tx.ExecContext(ctx, "UPDATE approval_keys SET done = 1 WHERE hash = ? AND key = ?", hash, key)
			if err = missed(result, err, ErrNoApproval); err != nil {
				return fmt.Errorf("change %d of %d: %w", covered+1, len(keys), err)
			}
			covered++
		}
		return nil
	})
}
