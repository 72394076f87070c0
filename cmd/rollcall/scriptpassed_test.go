package main

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptPassed lets the time of an exception pass: passed ID. It moves the exception into
// the past, because no script can move the clock.
func scriptPassed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: passed ID")
	}
	changed := int64(0)
	ts.Check(filepath.WalkDir(ts.Getenv("HOME"), func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "journal.db" {
			return err
		}
		db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(10000)")
		if err != nil {
			return err
		}
		defer func() { _ = db.Close() }() // the statement below says whether it worked
		now := time.Now()
		result, err := db.Exec("UPDATE exceptions SET given = ?, ends = ? WHERE id = ?", now.Add(-48*time.Hour).UnixNano(), now.Add(-time.Second).UnixNano(), args[0])
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		changed += n
		return err
	}))
	if changed != 1 {
		ts.Fatalf("%d exceptions have the number %s", changed, args[0])
	}
}
