package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/sync/exception"
)

// methods are all of a journal's, on the journal that TestMethods... make.
var methods = map[string]func(ctx context.Context, db *DB) error{
	"Bind":  func(ctx context.Context, db *DB) error { return db.Bind(ctx, clerkapi.Instance{ID: "ins_1"}) },
	"Begin": func(ctx context.Context, db *DB) error { _, err := db.Begin(ctx, Run{}); return err },
	"Finish": func(ctx context.Context, db *DB) error {
		return db.Finish(ctx, 1, Run{Outcome: "ok", Waited: []byte(`[2]`)})
	},
	"Waited":     func(ctx context.Context, db *DB) error { _, err := db.Waited(ctx, 1); return err },
	"Runs":       func(ctx context.Context, db *DB) error { _, err := db.Runs(ctx, 0); return err },
	"Run":        func(ctx context.Context, db *DB) error { _, err := db.Run(ctx, 1); return err },
	"Intend":     func(ctx context.Context, db *DB) error { _, err := db.Intend(ctx, 1, changes(3)); return err },
	"Record":     func(ctx context.Context, db *DB) error { return db.Record(ctx, []Outcome{{ID: 1, Result: Done}}) },
	"Unfinished": func(ctx context.Context, db *DB) error { _, err := db.Unfinished(ctx); return err },
	"Changes":    func(ctx context.Context, db *DB) error { _, err := db.Changes(ctx, 1); return err },
	"Outlines":   func(ctx context.Context, db *DB) error { _, err := db.Outlines(ctx, 1); return err },
	"ByID":       func(ctx context.Context, db *DB) error { _, err := db.ByID(ctx, []int64{1}); return err },
	"Since":      func(ctx context.Context, db *DB) error { _, err := db.Since(ctx, time.Time{}); return err },
	"Latest":     func(ctx context.Context, db *DB) error { _, err := db.Latest(ctx, "add"); return err },
	"Matching":   func(ctx context.Context, db *DB) error { _, err := db.Matching(ctx, Filter{}); return err },
	"Facts":      func(ctx context.Context, db *DB) error { _, err := db.Facts(ctx, "k"); return err },
	"Remember": func(ctx context.Context, db *DB) error {
		return db.Remember(ctx, 1, manyFacts(3, 1), []Fact{{Kind: "k", Key: "k"}})
	},
	"Approve": func(ctx context.Context, db *DB) error {
		return db.Approve(ctx, Approval{Hash: "h", Keys: []string{"n"}})
	},
	"Approvals":   func(ctx context.Context, db *DB) error { _, err := db.Approvals(ctx); return err },
	"UseApproval": func(ctx context.Context, db *DB) error { return db.UseApproval(ctx, "h", []string{"a", "b"}) },
	"Hold": func(ctx context.Context, db *DB) error {
		return db.Hold(ctx, 1, []HeldSet{{Hash: "x"}, {Hash: "h", Organization: "o"}})
	},
	"HoldAll": func(ctx context.Context, db *DB) error {
		return db.HoldAll(ctx, []HeldSet{{Hash: "x"}})
	},
	"Waiting": func(ctx context.Context, db *DB) error { _, err := db.Waiting(ctx); return err },
	"Held":    func(ctx context.Context, db *DB) error { _, err := db.Held(ctx, "h"); return err },
	"Pause":   func(ctx context.Context, db *DB) error { return db.Pause(ctx, Pause{Organization: "o", Reason: "r"}) },
	"Resume":  func(ctx context.Context, db *DB) error { return db.Resume(ctx, "") },
	"Pauses":  func(ctx context.Context, db *DB) error { _, err := db.Pauses(ctx); return err },
	"AddException": func(ctx context.Context, db *DB) error {
		return db.AddException(ctx, &exception.Exception{Kind: exception.Deny, Reason: "r"})
	},
	"EndException": func(ctx context.Context, db *DB) error { return db.EndException(ctx, 1, "root") },
	"Exceptions":   func(ctx context.Context, db *DB) error { _, err := db.Exceptions(ctx); return err },
	"Prune":        func(ctx context.Context, db *DB) error { _, err := db.Prune(ctx, time.Now()); return err },
	"HeldSets":     func(ctx context.Context, db *DB) error { _, err := db.HeldSets(ctx); return err },
	"Links":        func(ctx context.Context, db *DB) error { _, err := db.Links(ctx, 0); return err },
	"DropLinks":    func(ctx context.Context, db *DB) error { return db.DropLinks(ctx, func(*Link) bool { return true }) },
	"Last":         func(ctx context.Context, db *DB) error { _, err := db.Last(ctx); return err },
	"Instance":     func(ctx context.Context, db *DB) error { _, err := db.Instance(ctx); return err },
	"Newest":       func(ctx context.Context, db *DB) error { _, err := db.Newest(ctx, Search{Limit: 1}); return err },
	"After":        func(ctx context.Context, db *DB) error { _, err := db.After(ctx, 0, 1); return err },
	"WaitedTexts":  func(ctx context.Context, db *DB) error { _, err := db.WaitedTexts(ctx); return err },
	"Forget": func(ctx context.Context, db *DB) error {
		_, err := db.Forget(ctx, Forgetting{Changes: []int64{1, 2}, Exceptions: []int64{1, 2}, Set: []Fact{{Kind: "k", Key: "k"}}, Drop: []Fact{{Kind: "k", Key: "gone"}},
			Rewrite: func(_, text string) string { return strings.ReplaceAll(text, "r", "[1]") }, Held: func(string, string) bool { return true }, Key: func(string) bool { return true }})
		return err
	},
}

// Each method that reads or writes the file is in the list. Room asks the file system.
func TestMethodsAreListed(t *testing.T) {
	for m := range reflect.TypeFor[*DB]().Methods() {
		if m.Type.NumIn() > 1 && m.Type.In(1) == reflect.TypeFor[context.Context]() && m.Name != "Room" && methods[m.Name] == nil {
			t.Errorf("methods has no %s", m.Name)
		}
	}
}

// tables are those that the methods of that name write.
var tables = []string{"meta", "runs", "changes", "facts", "approvals", "approval_keys", "held", "pauses", "waited", "exceptions", "links"}

// old makes a journal with something in each table, long ago: run 1 with an open
// intent, run 2 with a settled one.
func old(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	long := start.AddDate(-10, 0, 0)
	db := open(t, dir, Options{Now: func() time.Time { return long }})
	ctx := t.Context()
	must(t, db.Bind(ctx, clerkapi.Instance{ID: "ins_1"}))
	for range 2 {
		if _, err := db.Intend(ctx, begin(t, db), []Change{{Action: "add", Email: "a@corp.example"}}); err != nil {
			t.Fatal(err)
		}
	}
	must(t, errors.Join(db.Record(ctx, []Outcome{{ID: 2, Result: Done, Link: clerkapi.NewSecret("https://link.example")}}),
		db.Remember(ctx, 1, []Fact{{Kind: "k", Key: "k"}, {Kind: "k", Key: "gone"}}, nil), db.Pause(ctx, Pause{}), db.AddException(ctx, &exception.Exception{Reason: "r"}),
		db.AddException(ctx, &exception.Exception{Reason: "r"}), db.EndException(ctx, 2, "root"),
		db.Approve(ctx, Approval{Hash: "h", Keys: []string{"a", "b"}}), db.Hold(ctx, 1, []HeldSet{{Hash: "h"}}), db.Finish(ctx, 1, Run{Waited: []byte(`[1]`)}), db.Close()))
	return dir
}

// readers are the methods that write nothing.
var readers = map[string]bool{"Runs": true, "Waited": true, "Outlines": true, "ByID": true, "Run": true, "Unfinished": true, "Changes": true, "Since": true, "Facts": true, "Approvals": true, "Held": true, "HeldSets": true, "Matching": true, "Waiting": true, "Pauses": true, "Exceptions": true, "Latest": true,
	"Links": true, "Newest": true, "After": true, "WaitedTexts": true, "Last": true, "Instance": true}

// A statement may fail anywhere in a method: then the method says so, and all of it is
// as if it had not been called.
func TestS32EachWriteIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	image := read(t, filepath.Join(old(t), fileName))
	for name, method := range methods {
		if readers[name] {
			continue
		}
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), fileName)
			prepare := func(verb string, triggers ...string) {
				write(t, file, image)
				execute(t, file, append(triggers, "PRAGMA synchronous = OFF")...)
				if name == "Bind" {
					execute(t, file, "DELETE FROM meta WHERE key <> 'x' AND 'DELETE' <> '"+verb+"'")
				}
			}
			var written, failed []string
			for _, verb := range []string{"INSERT", "UPDATE", "DELETE"} {
				trigger := func(table, does string) string {
					return fmt.Sprintf("CREATE TRIGGER of_%s AFTER %s ON %[1]s BEGIN %[3]s; END", table, verb, does)
				}
				triggers := []string{"CREATE TABLE log (name)"}
				for _, table := range tables {
					triggers = append(triggers, trigger(table, "INSERT INTO log VALUES ('"+table+"')"))
				}
				prepare(verb, triggers...)
				for _, table := range writes(t, method, file) {
					written = append(written, verb+" "+table)
					prepare(verb, trigger(table, "SELECT RAISE(ABORT, 'not "+verb+"')"))
					if fails(t, method, file, "not "+verb) {
						failed = append(failed, verb+" "+table)
					}
				}
			}
			if len(written) == 0 {
				t.Error("it writes nothing")
			}
			diff(t, "what fails if what it writes cannot be written", written, failed)
		})
	}
}

// writes gives the tables of which the method, which does not fail, makes entries in
// the log.
func writes(t *testing.T, method func(ctx context.Context, db *DB) error, file string) []string {
	t.Helper()
	db, err := Open(t.Context(), filepath.Dir(file), Options{})
	must(t, err)
	_, err = db.pool.ExecContext(t.Context(), "DELETE FROM log") // of what opening wrote
	must(t, errors.Join(err, method(t.Context(), db)))
	var names string
	must(t, db.pool.QueryRowContext(t.Context(), "SELECT coalesce(group_concat(DISTINCT name), '') FROM log").Scan(&names))
	must(t, db.Close())
	return strings.FieldsFunc(names, func(r rune) bool { return r == ',' })
}

// fails reports whether the method fails, and if so looks that it wrote nothing.
func fails(t *testing.T, method func(ctx context.Context, db *DB) error, file, says string) bool {
	t.Helper()
	before := read(t, file)
	db, err := Open(t.Context(), filepath.Dir(file), Options{})
	must(t, err)
	err = method(t.Context(), db)
	must(t, db.Close())
	if err == nil {
		return false
	}
	if !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), file) {
		t.Errorf("%v; want %q", err, says)
	}
	if string(read(t, file)) != string(before) {
		t.Errorf("something was written before %v", err)
	}
	return true
}

// Without its tables, or closed, a journal answers every call with an error
// that names the file, and never with nothing.
func TestMethodsSayWhatTheyCannotRead(t *testing.T) {
	t.Parallel()
	for name, method := range methods {
		t.Run(name, func(t *testing.T) {
			dir := old(t)
			file := filepath.Join(dir, fileName)
			db := open(t, dir, Options{})
			for _, table := range tables {
				if _, err := db.pool.ExecContext(t.Context(), "PRAGMA foreign_keys = 0; DROP TABLE "+table); err != nil {
					t.Fatal(err)
				}
			}
			if err := method(t.Context(), db); err == nil || !strings.Contains(err.Error(), file) {
				t.Error("without tables:", err)
			}
			must(t, db.Close())
			if err := method(t.Context(), db); err == nil {
				t.Error("closed: no error")
			}
		})
	}
}

// A disk that has become read-only is said, and stops the sending.
func TestMethodsSayThatTheDiskIsReadOnly(t *testing.T) {
	db := open(t, old(t), Options{})
	if _, err := db.pool.ExecContext(t.Context(), "PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Begin(t.Context(), Run{}); err == nil || !strings.Contains(err.Error(), "run as the owner of "+db.dir) {
		t.Error(err)
	}
	if _, err := db.Intend(t.Context(), 1, changes(1)); err == nil || !strings.Contains(err.Error(), "nothing more is sent") {
		t.Error(err)
	}
}

// Columns without a value cannot come from us: they are damage, in every table.
func TestS31MissingValuesAreDamage(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ table, column, reads string }{
		{"runs", "verb", "Runs"}, {"changes", "email", "Unfinished"}, {"changes", "result", "Outlines"}, {"facts", "at", "Facts"},
		{"approvals", "reason", "Approvals"}, {"held", "organization", "Held"}, {"pauses", "reason", "Pauses"}, {"exceptions", "reason", "Exceptions"},
		{"links", "url", "Links"}, {"links", "url", "DropLinks"},
	} {
		t.Run(x.reads, func(t *testing.T) {
			dir := old(t)
			execute(t, filepath.Join(dir, fileName),
				"UPDATE held SET at = 9000000000000000000", // an old set is none any more
				"CREATE TABLE x AS SELECT * FROM "+x.table, "DROP TABLE "+x.table, "ALTER TABLE x RENAME TO "+x.table, "UPDATE "+x.table+" SET "+x.column+" = NULL")
			err := methods[x.reads](t.Context(), open(t, dir, Options{}))
			if _, ok := errors.AsType[*DamagedError](err); !ok {
				t.Error(err)
			}
		})
	}
}

func TestReadOnlySeesThatTheFileChanged(t *testing.T) {
	db := open(t, sample(t, 1), Options{ReadOnly: true})
	before, err := os.Stat(db.file)
	must(t, err)
	must(t, db.checkStill(before))
	must(t, os.Chtimes(db.file, start, start))
	if err := db.checkStill(before); !errors.Is(err, errMoving) {
		t.Error(err)
	}
}

// Between the copies of the file and of its log, the log begins anew: the two do
// not belong together.
func TestReadOnlySeesThatTheLogBeganAnew(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, Options{})
	run := begin(t, db)
	for name, meanwhile := range map[string]bool{"quiet": false, "began anew": true} {
		_, err := db.tryImage(func(name string) ([]byte, error) {
			data, err := os.ReadFile(name)
			if name == db.file && meanwhile {
				intend(t, db, run, 20)
				if _, err := db.pool.ExecContext(t.Context(), "PRAGMA wal_checkpoint(RESTART)"); err != nil {
					t.Error(err)
				}
				intend(t, db, run, 1)
			}
			return data, err
		})
		if errors.Is(err, errMoving) != meanwhile {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALogThatCannotBeReadIsSaid(t *testing.T) {
	dir := sample(t, 1)
	must(t, os.Mkdir(filepath.Join(dir, fileName+"-wal"), 0o700))
	for _, readOnly := range []bool{true, false} {
		if _, err := Open(t.Context(), dir, Options{ReadOnly: readOnly}); err == nil || !strings.Contains(err.Error(), "is a directory") {
			t.Errorf("read-only %v: %v", readOnly, err)
		}
	}
}

// A pipe in the log's place is refused, and not waited for (S34).
func TestS34APipeForALogIsRefused(t *testing.T) {
	dir := sample(t, 1)
	must(t, suite.NamedPipe(filepath.Join(dir, fileName+"-wal")))
	if _, err := Open(t.Context(), dir, Options{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v", err)
	}
}

// Reading only blocks on no pipe, whichever of the two files it is, and follows no
// link. A journal with a plain log is read.
func TestS34ReadingTakesPlainFilesOnly(t *testing.T) {
	pipe := func(name string) error { return suite.NamedPipe(name) }
	link := func(name string) error { return os.Symlink(name+".old", name) }
	for name, x := range map[string]struct {
		put    func(name string) error
		file   string
		reason string
	}{
		"a pipe for the log":      {pipe, fileName + "-wal", "not a regular file"},
		"a link for the log":      {link, fileName + "-wal", "too many levels of symbolic links"},
		"a pipe beside the look":  {pipe, fileName, "not a regular file"},
		"a link beside the look":  {link, fileName, "too many levels of symbolic links"},
		"the journal and its log": {os.Remove, "none", ""},
	} {
		dir := t.TempDir()
		db := open(t, dir, Options{})
		begin(t, db)
		file := filepath.Join(dir, x.file)
		if x.reason != "" {
			must(t, os.Rename(file, file+".old"))
			must(t, x.put(file))
		}
		done := make(chan error, 1)
		go func() {
			_, err := place{dir, filepath.Join(dir, fileName)}.image(t.Context())
			done <- err
		}()
		select {
		case err := <-done:
			if (err == nil) != (x.reason == "") || err != nil && !strings.Contains(err.Error(), x.reason) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: it hangs", name)
		}
	}
}

func TestReadOnlyWaitsForATransactionToEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, on("NFS"))
	run := begin(t, db)
	tx, err := db.pool.BeginTx(t.Context(), nil)
	must(t, err)
	if _, err := tx.ExecContext(t.Context(), "UPDATE runs SET verb = 'x'"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, dir, Options{ReadOnly: true}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error("its time is over:", err)
	}
	if _, err := Open(t.Context(), dir, Options{ReadOnly: true}); err == nil || !strings.Contains(err.Error(), "a transaction was cut off") {
		t.Error("it does not end:", err)
	}
	go func() {
		time.Sleep(60 * time.Millisecond)
		_ = tx.Rollback()
	}()
	r, err := open(t, dir, Options{ReadOnly: true}).Run(t.Context(), run)
	if err != nil || r.Verb != "apply" {
		t.Error(r, err)
	}
}

// Many make the journal at once: one is made, and all have it.
func TestS32OneJournalIsMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	const n = 8
	done := make(chan error, n)
	for i := range n {
		go func() {
			db, err := Open(t.Context(), dir, Options{})
			if err == nil {
				_, err = db.Begin(t.Context(), Run{Verb: fmt.Sprint(i), Summary: json.RawMessage("{}")})
				err = errors.Join(err, db.Close())
			}
			done <- err
		}()
	}
	for range n {
		must(t, <-done)
	}
	if runs, err := open(t, dir, Options{ReadOnly: true}).Runs(t.Context(), 0); err != nil || len(runs) != n {
		t.Error(len(runs), err)
	}
	diff(t, "the files", []string{fileName}, names(t, dir))
}

func TestDirectoriesThatTakeNoJournal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, []byte("x"))
	for _, c := range []struct{ dir, says string }{
		{file, "not a directory"},
		{filepath.Join(file, "below"), "not a directory"},
		{"/proc/self/fdinfo", "or --state none"},
		{"/proc/self/none/state", "or --state none"},
	} {
		if _, err := Open(t.Context(), c.dir, Options{}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %q", c.dir, err, c.says)
		}
	}
}
