package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

const runQuery = `SELECT id, verb, version, config_hash, plan_hash, started, finished, outcome,
	exit_code, error, recovers, undoes, summary,
	(SELECT json_group_array(json_object('action', action, 'n', n)) FROM
		(SELECT action, count(*) AS n FROM changes WHERE run = runs.id AND result = '` + Done + `' GROUP BY action))
	FROM runs `

// runTable holds the runs of a journal.
type runTable struct{ store *store }

// Begin writes that a run begins and gives its number. Started is now when it
// is the zero time; what only [DB.Finish] can know is ignored.
func (t *runTable) Begin(ctx context.Context, r Run) (int64, error) {
	if err := raw(r.Summary).check("the summary"); err != nil {
		return 0, fmt.Errorf("begin a run: %w", err)
	}
	if r.Started.IsZero() {
		r.Started = t.store.now()
	}
	var id int64
	err := t.store.write(ctx, "begin a run", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO runs (verb, version, config_hash, plan_hash, started, finished,
			outcome, exit_code, error, recovers, undoes, summary) VALUES (?, ?, ?, ?, ?, 0, '', 0, '', ?, ?, ?)`,
			r.Verb, r.Version, r.ConfigHash, r.PlanHash, stamp(r.Started), r.Recovers, r.Undoes, raw(r.Summary).arg())
		if err != nil {
			return err
		}
		id, err = result.LastInsertId()
		return err
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

// Finish writes how a run ended: outcome, exit code, error and time (now when
// Finished is the zero time), and of plan hash, recovered and undone run and
// summary what is not empty. What waited is kept too if it is not nil. It fails with
// [ErrNoRun] when there is no such run.
func (t *runTable) Finish(ctx context.Context, id int64, r Run) error {
	if err := errors.Join(raw(r.Summary).check("the summary"), raw(r.Waited).check("the list of waiting changes")); err != nil {
		return fmt.Errorf("finish run %d: %w", id, err)
	}
	if r.Finished.IsZero() {
		r.Finished = t.store.now()
	}
	return t.store.write(ctx, fmt.Sprintf("finish run %d", id), func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE runs SET finished = ?, outcome = ?, exit_code = ?, error = ?,
			plan_hash = coalesce(nullif(?, ''), plan_hash), recovers = coalesce(nullif(?, 0), recovers),
			undoes = coalesce(nullif(?, 0), undoes), summary = coalesce(?, summary) WHERE id = ?`,
			stamp(r.Finished), r.Outcome, r.ExitCode, r.Error, r.PlanHash, r.Recovers, r.Undoes, raw(r.Summary).arg(), id)
		if err := missed(result, err, ErrNoRun); err != nil || r.Waited == nil {
			return err
		}
		return keepWaited(ctx, tx, id, r.Waited)
	})
}

// missed is none when a statement met no row.
func missed(result sql.Result, err, none error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return none
}

// Runs lists the newest runs first, as many as limit says; 0 is all.
func (t *runTable) Runs(ctx context.Context, limit int) ([]Run, error) {
	if limit <= 0 {
		limit = -1
	}
	return lines(ctx, t.store, t.scanRun, runQuery+"ORDER BY id DESC LIMIT ?", limit)
}

// Run gives one run, or [ErrNoRun].
func (t *runTable) Run(ctx context.Context, id int64) (Run, error) {
	found, err := lines(ctx, t.store, t.scanRun, runQuery+"WHERE id = ?", id)
	if err != nil {
		return Run{}, err
	}
	if len(found) == 0 {
		return Run{}, fmt.Errorf("read run %d: %w", id, ErrNoRun)
	}
	return found[0], nil
}

func (t *runTable) scanRun(rows *sql.Rows) (Run, error) {
	var r Run
	var started, finished int64
	var changes string
	err := rows.Scan(&r.ID, &r.Verb, &r.Version, &r.ConfigHash, &r.PlanHash, &started, &finished, &r.Outcome,
		&r.ExitCode, &r.Error, &r.Recovers, &r.Undoes, &r.Summary, &changes)
	if err != nil {
		return Run{}, t.store.damaged("read a run: %w", err)
	}
	if err := raw(r.Summary).check("its summary"); err != nil {
		return Run{}, t.store.damaged("run %d: %w", r.ID, err)
	}
	if r.Changes, err = counts(changes); err != nil {
		return Run{}, t.store.damaged("run %d: count its changes: %w", r.ID, err)
	}
	r.Started, r.Finished = moment(started), moment(finished)
	return r, nil
}

// counts reads a JSON array of actions and their numbers: as names of an object,
// actions would have to be free of NUL.
func counts(text string) (map[string]int, error) {
	var pairs []struct {
		Action string
		N      int
	}
	if err := json.Unmarshal([]byte(text), &pairs); err != nil {
		return nil, err
	}
	out := make(map[string]int, len(pairs))
	for _, p := range pairs {
		out[p.Action] = p.N
	}
	return out, nil
}
