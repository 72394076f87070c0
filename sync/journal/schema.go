package journal

import (
	"context"
	"database/sql"
	"fmt"

	"rollcall/sync/journal/internal/exceptions"
)

// applicationID marks the file as ours in SQLite's header: "rlcl".
const applicationID = 0x726c636c

// migrations lead from each schema version to the next; the file's version is
// how many of them it has seen. One that was released never changes.
//
// Times are nanoseconds since 1970 in UTC, 0 is none. JSON is text. Facts,
// approvals and pauses outlive the runs that they name, so they have no
// foreign key.
var migrations = []string{`
CREATE TABLE meta (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	verb TEXT NOT NULL,
	version TEXT NOT NULL,
	config_hash TEXT NOT NULL,
	plan_hash TEXT NOT NULL,
	started INTEGER NOT NULL,
	finished INTEGER NOT NULL,
	outcome TEXT NOT NULL,
	exit_code INTEGER NOT NULL,
	error TEXT NOT NULL,
	recovers INTEGER NOT NULL,
	undoes INTEGER NOT NULL,
	summary TEXT
) STRICT;

CREATE TABLE changes (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	seq INTEGER NOT NULL,
	action TEXT NOT NULL,
	organization TEXT NOT NULL,
	user_id TEXT NOT NULL,
	email TEXT NOT NULL,
	name TEXT NOT NULL,
	source TEXT NOT NULL,
	person_id TEXT NOT NULL,
	role_from TEXT NOT NULL,
	role_to TEXT NOT NULL,
	admin TEXT NOT NULL,
	public TEXT,
	private TEXT,
	public_before TEXT,
	private_before TEXT,
	nulls INTEGER NOT NULL,
	because TEXT NOT NULL,
	approved INTEGER NOT NULL,
	invitation_id TEXT NOT NULL,
	intended INTEGER NOT NULL,
	settled INTEGER NOT NULL,
	result TEXT NOT NULL,
	error TEXT NOT NULL,
	before TEXT,
	after TEXT,
	UNIQUE (run, seq)
) STRICT;
CREATE INDEX changes_open ON changes (id) WHERE settled = 0;
CREATE INDEX changes_intended ON changes (intended);

CREATE TABLE facts (
	kind TEXT NOT NULL,
	key TEXT NOT NULL,
	value TEXT,
	at INTEGER NOT NULL,
	run INTEGER NOT NULL,
	PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
	hash TEXT PRIMARY KEY,
	organization TEXT NOT NULL,
	reason TEXT NOT NULL,
	given_by TEXT NOT NULL,
	given INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT;
CREATE TABLE approval_keys (
	hash TEXT NOT NULL REFERENCES approvals (hash) ON DELETE CASCADE,
	key TEXT NOT NULL,
	done INTEGER NOT NULL,
	PRIMARY KEY (hash, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE held (
	hash TEXT PRIMARY KEY,
	organization TEXT NOT NULL,
	keys TEXT NOT NULL,
	text TEXT,
	at INTEGER NOT NULL,
	run INTEGER NOT NULL
) STRICT;

CREATE TABLE pauses (
	organization TEXT PRIMARY KEY,
	reason TEXT NOT NULL,
	given_by TEXT NOT NULL,
	since INTEGER NOT NULL,
	run INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`, `
CREATE INDEX changes_by_action ON changes (action, result);
`, `
CREATE TABLE waited (
	hash TEXT PRIMARY KEY,
	text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE runs ADD COLUMN waited TEXT NOT NULL DEFAULT '';
CREATE INDEX runs_waited ON runs (waited, id);
`, `
CREATE TABLE links (
	change INTEGER PRIMARY KEY REFERENCES changes (id) ON DELETE CASCADE,
	url TEXT NOT NULL,
	expires INTEGER NOT NULL
) STRICT;
`, `
ALTER TABLE changes ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
`, exceptions.Schema}

// version reads the file's application and schema version.
func version(ctx context.Context, q querier) (application, schema int, err error) {
	if err = q.QueryRowContext(ctx, "PRAGMA application_id").Scan(&application); err != nil {
		return 0, 0, err
	}
	err = q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&schema)
	return application, schema, err
}

// migrate brings the file to the newest version, each step in a transaction of
// its own: a crash leaves a version that is whole.
func migrate(ctx context.Context, pool *sql.DB, steps []string) error {
	_, have, err := version(ctx, pool)
	if err != nil {
		return err
	}
	for v := have; v < len(steps); v++ {
		if err := step(ctx, pool, v, v+1, steps[v]); err != nil {
			return fmt.Errorf("migrate the schema from version %d to %d: %w", v, v+1, err)
		}
	}
	return nil
}

func step(ctx context.Context, pool *sql.DB, from, to int, statements string) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // says that it is done, after a commit
	// Another process may have been quicker: the lock is ours only now.
	_, have, err := version(ctx, tx)
	if err != nil || have > from {
		return err
	}
	statements += fmt.Sprintf(";\nPRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, to)
	if _, err := tx.ExecContext(ctx, statements); err != nil {
		return err
	}
	return tx.Commit()
}
