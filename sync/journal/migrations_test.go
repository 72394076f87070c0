package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi"
)

func TestS31ANewerSchemaIsRefused(t *testing.T) {
	dir := sample(t, 1)
	file := filepath.Join(dir, fileName)
	execute(t, file, fmt.Sprintf("PRAGMA user_version = %d", len(migrations)+1))
	before := fingerprint(t, dir)
	for _, readOnly := range []bool{true, false} {
		_, err := Open(t.Context(), dir, Options{ReadOnly: readOnly})
		newer, ok := errors.AsType[*NewerError](err)
		if !ok || newer.Have != len(migrations)+1 || newer.Known != len(migrations) || !strings.Contains(err.Error(), "use the rollcall that wrote it") {
			t.Errorf("read-only %v: %v", readOnly, err)
		}
	}
	diff(t, "the files", before, fingerprint(t, dir))
}

// testdata/v1.db was written by schema version 1. Each later version must read it.
func TestMigrationsKeepTheFirstVersionsHistory(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, fileName), read(t, filepath.Join("testdata", "v1.db")))
	db := open(t, dir, Options{})
	runs, err := db.Runs(t.Context(), 0)
	if err != nil || len(runs) != 2 || runs[0].Verb != "undo" || runs[1].Changes["add"] != 1 {
		t.Error("runs:", runs, err)
	}
	if all, err := db.Changes(t.Context(), 1); err != nil || len(all) != 2 || all[1].Name != fullChange(1).Name {
		t.Error("changes:", all, err)
	}
	facts, errFacts := db.Facts(t.Context())
	pauses, errPauses := db.Pauses(t.Context())
	approvals, errApprovals := db.Approvals(t.Context())
	_, errHeld := db.Held(t.Context(), "held")
	if len(facts) != 1 || len(pauses) != 1 || len(approvals) != 1 || errors.Join(errFacts, errPauses, errApprovals, errHeld) != nil {
		t.Error("the rest:", facts, pauses, approvals, errFacts, errPauses, errApprovals, errHeld)
	}
	if err := db.Bind(t.Context(), clerkapi.Instance{ID: "ins_v1"}); err != nil {
		t.Error(err)
	}
}

// A reader brings its copy to the newest version and leaves the file as it is. What
// waited after a run of an earlier version is not known.
func TestAReaderOfAnEarlierVersionChangesNothing(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, fileName), read(t, filepath.Join("testdata", "v1.db")))
	before := fingerprint(t, dir)
	db := open(t, dir, Options{ReadOnly: true})
	runs, err := db.Runs(t.Context(), 0)
	if err != nil || len(runs) != 2 {
		t.Error("runs:", runs, err)
	}
	for _, run := range []int64{1, 2, 99} {
		if waited, err := db.Waited(t.Context(), run); waited != nil || err != nil {
			t.Errorf("run %d: %s %v", run, waited, err)
		}
	}
	diff(t, "the files", before, fingerprint(t, dir))
}

// Each run asks for the removals of all earlier runs, and does not read the whole
// history for that.
func TestLatestLooksUpItsActions(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	rows, err := db.pool.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+latestQuery(2), Done, "remove", "revoke_invitation")
	must(t, err)
	defer func() { _ = rows.Close() }()
	var how []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		must(t, rows.Scan(&id, &parent, &unused, &detail))
		how = append(how, detail)
	}
	must(t, rows.Err())
	if text := strings.Join(how, "; "); strings.Contains(text, "SCAN changes") || !strings.Contains(text, "changes_by_action") {
		t.Error(text)
	}
}

// TestWriteV1 writes testdata/v1.db, once, when it is missing.
func TestWriteV1(t *testing.T) {
	file := filepath.Join("testdata", "v1.db")
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) || len(migrations) != 1 {
		t.Skip("testdata/v1.db is there, and never written again")
	}
	dir := t.TempDir()
	db := open(t, dir, Options{})
	ctx := t.Context()
	ids := intend(t, db, begin(t, db), 2)
	_, err := db.Begin(ctx, Run{Verb: "undo", Undoes: 1})
	must(t, errors.Join(err, db.Bind(ctx, clerkapi.Instance{ID: "ins_v1"}), db.Record(ctx, []Outcome{{ID: ids[0], Result: Done}}),
		db.Remember(ctx, 1, []Fact{{Kind: "pin", Key: "acme"}}, nil), db.Pause(ctx, Pause{Organization: "org_1"}),
		db.Approve(ctx, Approval{Hash: "h", Keys: []string{"k"}}), db.Hold(ctx, 1, []HeldSet{{Hash: "held"}}), db.Close()))
	must(t, os.MkdirAll("testdata", 0o755))
	write(t, file, read(t, filepath.Join(dir, fileName)))
}

// The state of each version that was ever released is read, goes on, and has the tables
// of a new one afterwards.
func TestEachSchemaIsRead(t *testing.T) {
	t.Parallel()
	const tables = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)"
	fresh := t.TempDir()
	must(t, open(t, fresh, Options{}).Close())
	want := query(t, filepath.Join(fresh, fileName), tables)
	for version := 1; version <= len(migrations); version++ {
		dir := t.TempDir()
		file := filepath.Join(dir, fileName)
		execute(t, file, append(slices.Clone(migrations[:version]), fmt.Sprintf("PRAGMA application_id = %d", applicationID), fmt.Sprintf("PRAGMA user_version = %d", version))...)
		db := open(t, dir, Options{})
		intend(t, db, begin(t, db), 2)
		must(t, db.Close())
		if got := query(t, file, tables); got != want {
			t.Errorf("version %d has become\n%s, want\n%s", version, got, want)
		}
	}
}

// The steps are tried on a later schema than ours: each is done once, in order,
// and one that fails leaves the version before it, whole.
func TestMigrationsAreWholeOrNotDone(t *testing.T) {
	dir := sample(t, 1)
	db := open(t, dir, Options{})
	steps := append(slices.Clone(migrations), "ALTER TABLE runs ADD COLUMN host TEXT NOT NULL DEFAULT 'h'", "CREATE TABLE t (a); INSERT INTO nowhere VALUES (1)")
	err := migrate(t.Context(), db.pool, steps)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("migrate the schema from version %d to %d", len(migrations)+1, len(migrations)+2)) {
		t.Fatal(err)
	}
	file := filepath.Join(dir, fileName)
	check := func(when string, version int, tables string) {
		t.Helper()
		if got := query(t, file, "PRAGMA user_version"); got != fmt.Sprint(version) {
			t.Errorf("%s: version %s, want %d", when, got, version)
		}
		if got := query(t, file, "SELECT count(*) FROM sqlite_schema WHERE name = 't'"); got != tables {
			t.Errorf("%s: %s tables t", when, got)
		}
	}
	check("a step failed", len(migrations)+1, "0")
	steps[len(steps)-1] = "CREATE TABLE t (a)"
	for range 2 {
		must(t, migrate(t.Context(), db.pool, steps))
		check("done", len(migrations)+2, "1")
	}
	if err := step(t.Context(), db.pool, len(migrations), len(migrations)+1, "not SQL"); err != nil {
		t.Error("a step that another process has taken:", err)
	}
	if got := query(t, file, "SELECT host FROM runs"); got != "h" {
		t.Error("host is", got)
	}
}
