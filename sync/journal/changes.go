package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

const changeColumns = `run, seq, action, organization, user_id, email, name, source, person_id, role_from, role_to,
	admin, public, private, public_before, private_before, nulls, because, approved, invitation_id, intended, settled,
	result, error, before, after`

const (
	insertChange = "INSERT INTO changes (" + changeColumns +
		") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '', ?, ?)"
	changeQuery = "SELECT id, " + changeColumns + ", forgotten FROM changes "
)

// changeTable holds the changes, intents and outcomes, of a journal.
type changeTable struct{ store *store }

// Intend writes changes before they are sent, in one commit, and gives their
// numbers in order. When it returns nil they are on the disk: only now may the
// requests leave (S32). After the disk has failed once, it fails with the same
// error for as long as the journal is open.
//
// ID, Run, Seq, Settled, Result and Error of the changes are ignored; Intended
// is now when it is the zero time.
func (t *changeTable) Intend(ctx context.Context, run int64, changes []Change) ([]int64, error) {
	if broken := t.store.broken.Load(); broken != nil {
		return nil, fmt.Errorf("nothing more is sent, because the history cannot be written: %w", *broken)
	}
	if len(changes) == 0 {
		return nil, nil
	}
	for i := range changes {
		if err := changes[i].check(); err != nil {
			return nil, fmt.Errorf("record change %d of run %d before sending it: %w", i+1, run, err)
		}
	}
	var ids []int64
	err := t.store.write(ctx, fmt.Sprintf("record changes of run %d before sending them", run), func(tx *sql.Tx) (err error) {
		ids, err = t.insertChanges(ctx, tx, run, changes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

func (c *Change) check() error {
	return errors.Join(
		raw(c.Public).check("its public metadata"), raw(c.Private).check("its private metadata"),
		raw(c.PublicBefore).check("its public metadata before"), raw(c.PrivateBefore).check("its private metadata before"),
		raw(c.Before).check("its state before"), raw(c.After).check("its state after"))
}

func (t *changeTable) insertChanges(ctx context.Context, tx *sql.Tx, run int64, changes []Change) ([]int64, error) {
	var seq int
	err := tx.QueryRowContext(ctx, `SELECT (SELECT coalesce(max(seq), 0) FROM changes WHERE run = runs.id)
		FROM runs WHERE id = ?`, run).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoRun
	}
	if err != nil {
		return nil, err
	}
	insert, err := tx.PrepareContext(ctx, insertChange)
	if err != nil {
		return nil, err
	}
	defer func() { _ = insert.Close() }() // it ends with its transaction
	ids := make([]int64, len(changes))
	for i := range changes {
		result, err := insert.ExecContext(ctx, t.changeArgs(run, seq+i+1, &changes[i])...)
		if err != nil {
			return nil, err
		}
		if ids[i], err = result.LastInsertId(); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func (t *changeTable) changeArgs(run int64, seq int, c *Change) []any {
	intended := c.Intended
	if intended.IsZero() {
		intended = t.store.now()
	}
	return []any{
		run, seq, c.Action, c.Organization, c.UserID, c.Email, c.Name, c.Source, c.PersonID, c.From, c.To,
		c.Admin, raw(c.Public).arg(), raw(c.Private).arg(), raw(c.PublicBefore).arg(), raw(c.PrivateBefore).arg(),
		c.Nulls, c.Because, c.Approved, c.InvitationID, stamp(intended), raw(c.Before).arg(), raw(c.After).arg(),
	}
}

// Record writes what became of changes, in one commit. An outcome that is there
// already is left when it has the same result; another result for a settled
// change is refused, and nothing of the call is written: what happened once
// does not change.
func (t *changeTable) Record(ctx context.Context, outcomes []Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	for i := range outcomes {
		if err := outcomes[i].check(); err != nil {
			return fmt.Errorf("record the outcome of change %d: %w", outcomes[i].ID, err)
		}
	}
	return t.store.write(ctx, "record outcomes", func(tx *sql.Tx) error {
		update, err := tx.PrepareContext(ctx, `UPDATE changes SET settled = ?, result = ?, error = ?,
			user_id = coalesce(nullif(?, ''), user_id), invitation_id = coalesce(nullif(?, ''), invitation_id), before = coalesce(?, before), after = coalesce(?, after)
			WHERE id = ? AND settled = 0`)
		if err != nil {
			return err
		}
		defer func() { _ = update.Close() }() // it ends with its transaction
		for i := range outcomes {
			o := &outcomes[i]
			result, err := update.ExecContext(ctx, stamp(t.store.now()), o.Result, o.Error, o.UserID, o.InvitationID,
				raw(o.Before).arg(), raw(o.After).arg(), o.ID)
			if err = missed(result, err, errSettled); errors.Is(err, errSettled) {
				err = confirm(ctx, tx, o)
			} else if err == nil {
				err = keepLink(ctx, tx, o)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

var errSettled = errors.New("the change already has an outcome")

func (o *Outcome) check() error {
	if o.Result == "" {
		return errors.New("the result is missing")
	}
	return errors.Join(raw(o.Before).check("its state before"), raw(o.After).check("its state after"))
}

// confirm accepts an outcome that was recorded before.
func confirm(ctx context.Context, tx *sql.Tx, o *Outcome) error {
	var result string
	err := tx.QueryRowContext(ctx, "SELECT result FROM changes WHERE id = ?", o.ID).Scan(&result)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("change %d is not in the history", o.ID)
	case err != nil:
		return err
	case result != o.Result:
		return fmt.Errorf("change %d: %w: %s, and cannot be changed to %s", o.ID, errSettled, result, o.Result)
	}
	return nil
}

// Unfinished lists the intents without outcome, oldest first: whether they had
// their effect, only Clerk can tell.
func (t *changeTable) Unfinished(ctx context.Context) ([]Change, error) {
	return lines(ctx, t.store, t.scanChange, changeQuery+"WHERE settled = 0 ORDER BY id")
}

// Changes lists what a run meant to do, in order. A run that does not exist has
// no changes.
func (t *changeTable) Changes(ctx context.Context, run int64) ([]Change, error) {
	return lines(ctx, t.store, t.scanChange, changeQuery+"WHERE run = ? ORDER BY seq", run)
}

// Since lists the changes intended at or after a time, open ones included, oldest
// first: what the guards count over a rolling 24 h (S17).
func (t *changeTable) Since(ctx context.Context, from time.Time) ([]Change, error) {
	return lines(ctx, t.store, t.scanChange, changeQuery+"WHERE intended >= ? ORDER BY id", stamp(from))
}

// After lists the changes that were written after the one with that number,
// oldest first and so many at most, open ones included: for a reader who
// remembers how far it has come.
func (t *changeTable) After(ctx context.Context, id int64, limit int) ([]Change, error) {
	return lines(ctx, t.store, t.scanChange, changeQuery+"WHERE id > ? ORDER BY id LIMIT ?", id, limit)
}

// Latest is, for each membership and invited address, the newest change of
// these actions that was done, oldest first, those of forgotten people left out.
func (t *changeTable) Latest(ctx context.Context, actions ...string) ([]Change, error) {
	if len(actions) == 0 {
		return nil, nil
	}
	args := []any{Done}
	for _, a := range actions {
		args = append(args, a)
	}
	return lines(ctx, t.store, t.scanChange, latestQuery(len(actions)), args...)
}

// latestQuery takes the result and so many actions.
func latestQuery(actions int) string {
	return changeQuery + `WHERE id IN (SELECT max(id) FROM changes
		WHERE result = ? AND NOT forgotten AND action IN (?` + strings.Repeat(", ?", actions-1) + `)
		GROUP BY organization, user_id, CASE user_id WHEN '' THEN email END) ORDER BY id`
}

// Matching lists the changes that a filter selects, oldest first.
func (t *changeTable) Matching(ctx context.Context, f Filter) ([]Change, error) {
	people := make([][2]string, len(f.People))
	for i, p := range f.People {
		people[i] = [2]string{p.Source, p.ID}
	}
	var lists []any
	for _, list := range []any{f.Users, f.Emails, people} {
		text, err := json.Marshal(list)
		if err != nil {
			return nil, fmt.Errorf("read changes: %w", err)
		}
		lists = append(lists, string(text))
	}
	everybody := len(f.Users)+len(f.Emails)+len(f.People) == 0
	return lines(ctx, t.store, t.scanChange, changeQuery+`WHERE ?1 IN ('', organization) AND (?5
		OR user_id != '' AND user_id IN (SELECT value FROM json_each(?2)) OR email != '' AND email IN (SELECT value FROM json_each(?3))
		OR person_id != '' AND EXISTS (SELECT 1 FROM json_each(?4) WHERE json_extract(value, '$[1]') = person_id AND json_extract(value, '$[0]') IN ('', source)))
		ORDER BY id`, append(append([]any{f.Organization}, lists...), everybody)...)
}

// Last is the number of the newest change, 0 when there is none.
func (t *changeTable) Last(ctx context.Context) (int64, error) {
	var id int64
	err := t.store.pool.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM changes").Scan(&id)
	return id, t.store.reading(err)
}

func (t *changeTable) scanChange(rows *sql.Rows) (Change, error) {
	var c Change
	var intended, settled int64
	err := rows.Scan(&c.ID, &c.Run, &c.Seq, &c.Action, &c.Organization, &c.UserID, &c.Email, &c.Name, &c.Source,
		&c.PersonID, &c.From, &c.To, &c.Admin, (*[]byte)(&c.Public), (*[]byte)(&c.Private), (*[]byte)(&c.PublicBefore),
		(*[]byte)(&c.PrivateBefore), &c.Nulls, &c.Because, &c.Approved, &c.InvitationID, &intended, &settled,
		&c.Result, &c.Error, (*[]byte)(&c.Before), (*[]byte)(&c.After), &c.Forgotten)
	if err != nil {
		return Change{}, t.store.damaged("read a change: %w", err)
	}
	c.Intended, c.Settled = moment(intended), moment(settled)
	if err := c.check(); err != nil {
		return Change{}, t.store.damaged("change %d of run %d: %w", c.ID, c.Run, err)
	}
	if (c.Result == "") != c.Open() {
		return Change{}, t.store.damaged("change %d of run %d: the result and its time do not match", c.ID, c.Run)
	}
	return c, nil
}
