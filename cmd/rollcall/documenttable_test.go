package main

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var updateTables = flag.Bool("update-tables", false, "rewrite the documents whose tables tests write")

// checkTable compares a document with its head and the rows below. Rows that did
// not run are empty. -update-tables writes the document.
func checkTable(t *testing.T, path, head string, rows []string) {
	t.Helper()
	if *updateTables {
		if t.Failed() || slices.Contains(rows, "") {
			t.Fatalf("some rows failed or were left out, so %s stays as it is", path)
		}
		if err := os.WriteFile(path, []byte(head+strings.Join(rows, "\n")+"\n"), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
		return
	}
	table, ok := strings.CutPrefix(read(t, path), head)
	if !ok {
		t.Errorf("the head of %s is not that of the test (-update-tables rewrites it)", path)
	}
	for _, row := range rows {
		if row != "" && !strings.Contains(table, row+"\n") {
			t.Errorf("%s lacks the row (-update-tables rewrites it):\n%s", path, row)
		}
	}
	if n := strings.Count(table, "\n"); ok && n != len(rows) {
		t.Errorf("%s has %d rows, want %d", path, n, len(rows))
	}
}
