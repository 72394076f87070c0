package journal

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/clerkapi"
)

// sample makes a journal with a history in it and closes it.
func sample(t testing.TB, runs int) string {
	t.Helper()
	dir := t.TempDir()
	fillSample(t, dir, runs)
	return dir
}

func fillSample(t testing.TB, dir string, runs int) {
	t.Helper()
	db, err := Open(t.Context(), dir, Options{Now: ticking()})
	if err != nil {
		t.Fatal(err)
	}
	for range runs {
		intend(t, db, begin(t, db), 50)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// query asks the file without the package.
func query(t testing.TB, file, statement string) string {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+file+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	var out string
	if err := pool.QueryRowContext(t.Context(), statement).Scan(&out); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return out
}

// execute changes the file without the package.
func execute(t testing.TB, file string, statements ...string) {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := pool.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenMakesAPrivateFileThatIsWriteAheadLogged(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c#d%41&e", "state")
	db := open(t, dir, Options{})
	if err := db.Bind(t.Context(), clerkapi.Instance{ID: "ins_1"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fileName, fileName + "-wal", fileName + "-shm"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000", "trusted_schema": "0"} {
		var got string
		if err := db.pool.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", pragma, got, err, want)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	diff(t, "after closing", []string{fileName}, names(t, dir))
}

func TestS31TheJournalBelongsToOneInstance(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, Options{})
	if err := open(t, dir, Options{ReadOnly: true}).Bind(t.Context(), clerkapi.Instance{ID: "ins_9"}); err != nil {
		t.Error("an unbound journal, read-only:", err)
	}
	for range 2 {
		if err := db.Bind(t.Context(), clerkapi.Instance{ID: "ins_1"}); err != nil {
			t.Fatal(err)
		}
	}
	for name, reader := range map[string]*DB{"the same": db, "another": open(t, dir, Options{}), "read-only": open(t, dir, Options{ReadOnly: true})} {
		err := reader.Bind(t.Context(), clerkapi.Instance{ID: "ins_2"})
		other, ok := errors.AsType[*OtherInstanceError](err)
		if !ok || !strings.Contains(err.Error(), "add --state "+dir+"-ins_2 to the command, or the line state: "+dir+"-ins_2 to the configuration") || other.Bound.ID != "ins_1" || other.Asked.ID != "ins_2" || other.File != filepath.Join(dir, fileName) {
			t.Errorf("%s: %v", name, err)
		}
		if err := reader.Bind(t.Context(), clerkapi.Instance{ID: "ins_1"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Damage of several kinds, each refused with words, and nothing written.
func TestS31DamagedFilesAreRefused(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(i*i>>3) ^ byte(i*31) | 1
	}
	overwrite := func(at int, with []byte) func(t *testing.T, file string) {
		return func(t *testing.T, file string) {
			data := read(t, file)
			copy(data[at:], with)
			write(t, file, data)
		}
	}
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, file string)
		says   string
	}{
		{"truncated", func(t *testing.T, file string) { write(t, file, read(t, file)[:30_000]) }, ""},
		{"cut within the header", func(t *testing.T, file string) { write(t, file, read(t, file)[:50]) }, ""},
		{"header overwritten", overwrite(0, noise[:100]), "not a database"},
		{"a page overwritten", overwrite(6*4096, noise), ""},
		{"a page of zeros", overwrite(6*4096, make([]byte, 4096)), ""},
		{"all pages but the first", func(t *testing.T, file string) {
			for at := 4096; at < len(read(t, file)); at += 4096 {
				overwrite(at, noise)(t, file)
			}
		}, ""},
		{"text", func(t *testing.T, file string) { write(t, file, []byte(strings.Repeat("hello ", 1000))) }, "not a database"},
		{"empty", func(t *testing.T, file string) { write(t, file, nil) }, "it is empty"},
		{"a directory", func(t *testing.T, file string) { must(t, os.Remove(file)); must(t, os.Mkdir(file, 0o700)) }, "not a regular file"},
		{"a link", func(t *testing.T, file string) {
			must(t, os.Rename(file, file+".x"))
			must(t, os.Symlink(file+".x", file))
		}, "not a regular file"},
		{"somebody else's database", func(t *testing.T, file string) { execute(t, file, "PRAGMA application_id = 7") }, "not a history of rollcall"},
		{"a database without a version", func(t *testing.T, file string) { execute(t, file, "PRAGMA user_version = 0") }, "not a history of rollcall"},
		{"a log that is none", func(t *testing.T, file string) { write(t, file+"-wal", noise) }, "not a write-ahead log"},
		{"a log without its file", func(t *testing.T, file string) { write(t, file+"-wal", noise); must(t, os.Remove(file)) }, "the file is missing"},
		{"a rollback journal without its file", func(t *testing.T, file string) { write(t, file+"-journal", noise); must(t, os.Remove(file)) }, "the file is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := sample(t, 4)
			file := filepath.Join(dir, fileName)
			c.damage(t, file)
			before := fingerprint(t, dir)
			for _, readOnly := range []bool{true, false} {
				_, err := Open(t.Context(), dir, Options{ReadOnly: readOnly})
				d, ok := errors.AsType[*DamagedError](err)
				if !ok || !strings.Contains(err.Error(), c.says) || d.File != file || !strings.Contains(err.Error(), "restore a backup") || d.Unwrap() == nil {
					t.Errorf("read-only %v: %v; want a DamagedError with %q", readOnly, err, c.says)
				}
				if strings.Count(errorText(err), "restore a backup") > 1 {
					t.Error("it says what to do twice:", err)
				}
				diff(t, "the files", before, fingerprint(t, dir))
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fingerprint is every plain file of a directory with its content, but for the
// shared memory that SQLite may leave.
func fingerprint(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range names(t, dir) {
		info, err := os.Lstat(filepath.Join(dir, name))
		must(t, err)
		if !info.Mode().IsRegular() {
			out[name] = info.Mode().String()
			continue
		}
		out[name] = string(read(t, filepath.Join(dir, name)))
	}
	return out
}

// What a power cut leaves of a log that held nothing yet is no damage.
func TestS31AnUnwrittenLogIsNoDamage(t *testing.T) {
	for name, log := range map[string][]byte{"empty": {}, "short": make([]byte, 20), "zeros": make([]byte, 5000)} {
		t.Run(name, func(t *testing.T) {
			dir := sample(t, 1)
			write(t, filepath.Join(dir, fileName+"-wal"), log)
			for _, readOnly := range []bool{true, false} {
				if found, err := open(t, dir, Options{ReadOnly: readOnly}).Unfinished(t.Context()); err != nil || len(found) != 50 {
					t.Errorf("read-only %v: %d changes, %v", readOnly, len(found), err)
				}
			}
		})
	}
}

// Damage that the check at opening cannot see is met when it is read.
func TestS31DamagedRowsAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, damage string
		read         func(ctx context.Context, db *DB) error
	}{
		{"change", "UPDATE changes SET public = '{' WHERE id = 2", func(ctx context.Context, db *DB) error { _, err := db.Changes(ctx, 1); return err }},
		{"change without time", "UPDATE changes SET result = 'done' WHERE id = 2", func(ctx context.Context, db *DB) error { _, err := db.Unfinished(ctx); return err }},
		{"change with another truth", "UPDATE changes SET approved = 7 WHERE id = 2", func(ctx context.Context, db *DB) error { _, err := db.Unfinished(ctx); return err }},
		{"summary", "UPDATE runs SET summary = 'x'", func(ctx context.Context, db *DB) error { _, err := db.Runs(ctx, 0); return err }},
		{"exit code", "UPDATE runs SET exit_code = 9223372036854775807, started = -1, summary = 'x'", func(ctx context.Context, db *DB) error { _, err := db.Run(ctx, 1); return err }},
		{"fact", "INSERT INTO facts VALUES ('k', 'k', 'x', 0, 0)", func(ctx context.Context, db *DB) error { _, err := db.Facts(ctx); return err }},
		{"what waited", "INSERT INTO waited VALUES ('h', 'x'); INSERT INTO runs SELECT 9, verb, version, config_hash, plan_hash, started, finished, outcome, exit_code, error, recovers, undoes, summary, 'h' FROM runs WHERE id = 1", func(ctx context.Context, db *DB) error { _, err := db.Waited(ctx, 9); return err }},
		{"held keys", "INSERT INTO held VALUES ('h', '', '[', NULL, 9000000000000000000, 0)", func(ctx context.Context, db *DB) error { _, err := db.Held(ctx, "h"); return err }},
		{"held text", "INSERT INTO held VALUES ('h', '', '[]', 'x', 9000000000000000000, 0)", func(ctx context.Context, db *DB) error { _, err := db.Held(ctx, "h"); return err }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := sample(t, 1)
			execute(t, filepath.Join(dir, fileName), c.damage)
			err := c.read(t.Context(), open(t, dir, Options{}))
			if _, ok := errors.AsType[*DamagedError](err); !ok {
				t.Errorf("%v; want a DamagedError", err)
			}
		})
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := sample(t, 1)
	for _, readOnly := range []bool{true, false} {
		if _, err := Open(ctx, dir, Options{ReadOnly: readOnly}); !errors.Is(err, context.Canceled) {
			t.Errorf("read-only %v: %v", readOnly, err)
		}
	}
	db := open(t, dir, Options{})
	if _, err := db.Begin(ctx, Run{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := db.Room(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := db.Intend(t.Context(), 1, changes(1)); err != nil {
		t.Error("an interruption is no fault of the disk:", err)
	}
}

// Whoever looks often reads the journal only when it was written to.
func TestStampChangesWithEachWrite(t *testing.T) {
	dir := sample(t, 1)
	still := Stamp(dir)
	reader, err := Open(t.Context(), dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if Stamp(dir) != still {
		t.Error("reading changed the stamp")
	}
	db := open(t, dir, Options{})
	begin(t, db)
	during := Stamp(dir)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if during == still || Stamp(dir) == still {
		t.Errorf("writing left the stamp %s", still)
	}
	if got := Stamp(t.TempDir()); got != "" {
		t.Errorf("no journal has the stamp %q", got)
	}
}
