package journal

import (
	"context"
	"database/sql"
	"errors"

	"rollcall/clerkapi"
)

// The rows of table meta that say which instance the journal belongs to. A
// journal of an earlier version has the id only.
const (
	metaID          = "instance"
	metaEnvironment = "environment"
	metaAddress     = "address"
)

// Bind ties the journal to a Clerk instance, by the id that GET /instance
// gives, and keeps its name. The first call decides; a later one with another id
// fails with an [*OtherInstanceError] (S31). Read-only, it only compares.
func (db *DB) Bind(ctx context.Context, instance clerkapi.Instance) error {
	if instance.ID == "" {
		return errors.New("link the history to the Clerk instance: the instance has no id")
	}
	bound, err := db.Instance(ctx)
	if err != nil {
		return err
	}
	if !db.readOnly && bound != instance && (bound.ID == "" || bound.ID == instance.ID) {
		err := db.write(ctx, "bind", func(tx *sql.Tx) error {
			bound, err = db.bindIn(ctx, tx, instance)
			return err
		})
		if err != nil {
			return err
		}
	}
	if bound.ID != "" && bound.ID != instance.ID {
		return &OtherInstanceError{File: db.file, Dir: db.dir, Bound: bound, Asked: instance}
	}
	return nil
}

// bindIn writes the id, the environment and the address, unless another process
// was quicker with another instance. It returns what the journal has then.
func (s *store) bindIn(ctx context.Context, tx *sql.Tx, instance clerkapi.Instance) (clerkapi.Instance, error) {
	bound, err := s.instance(ctx, tx)
	if err != nil || bound.ID != "" && bound.ID != instance.ID {
		return bound, err
	}
	for key, value := range map[string]string{metaID: instance.ID, metaEnvironment: instance.Environment, metaAddress: instance.Address} {
		if _, err := tx.ExecContext(ctx, "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value); err != nil {
			return bound, err
		}
	}
	return instance, nil
}

// Instance is the instance that the journal belongs to; without an id before the
// first run has bound it.
func (db *DB) Instance(ctx context.Context) (clerkapi.Instance, error) {
	bound, err := db.instance(ctx, db.pool)
	return bound, db.reading(err)
}

func (s *store) instance(ctx context.Context, q querier) (out clerkapi.Instance, err error) {
	for key, to := range map[string]*string{metaID: &out.ID, metaEnvironment: &out.Environment, metaAddress: &out.Address} {
		err := q.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = ?", key).Scan(to)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return out, err
		}
	}
	return out, nil
}
