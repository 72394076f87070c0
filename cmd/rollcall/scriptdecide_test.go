package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptDecide does what a reviewer does with an access review in a
// spreadsheet: remove for whom the arguments name, keep for all others, saved
// as a European spreadsheet saves it (semicolons, CRLF, a byte order mark):
// decide FILE ORGANIZATION/EMAIL...
func scriptDecide(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: decide FILE [ORGANIZATION/EMAIL]...")
	}
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	column := func(name string) int { return slices.Index(rows[0], name) }
	for _, row := range rows[1:] {
		row[column("decision")] = "keep"
		if slices.Contains(args[1:], row[column("organization")]+"/"+row[column("email")]) {
			row[column("decision")] = "Remove"
		}
	}
	b := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(b)
	w.Comma, w.UseCRLF = ';', true
	ts.Check(w.WriteAll(rows))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}
