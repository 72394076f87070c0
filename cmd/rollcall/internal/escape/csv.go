package escape

import (
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Sheet writes rows that a spreadsheet shows and does not run. Errors of
// writing stay in the csv.Writer.
type Sheet struct{ *csv.Writer }

// NewSheet is an empty sheet.
func NewSheet(w io.Writer) *Sheet { return &Sheet{csv.NewWriter(w)} }

// Row writes one row.
func (s *Sheet) Row(cells ...string) {
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = Cell(cell)
	}
	_ = s.Write(safe) // kept by the csv.Writer
}

// Cell escapes a cell for a spreadsheet (S35). A value that it would take for
// a formula gets an apostrophe in front, and so does a value that begins with
// one: removing one apostrophe restores the value. The same holds for each part
// behind a semicolon, at which a spreadsheet may separate cells.
func Cell(s string) string {
	parts := strings.Split(Controls(s), ";")
	for i, part := range parts {
		if formula(part) {
			parts[i] = "'" + part
		}
	}
	return strings.Join(parts, ";")
}

// Formula reports whether a spreadsheet may see more in a cell than its text.
func Formula(s string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == '\t' }), formula)
}

func formula(s string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	return strings.ContainsRune("=+-@'＝＋－＠", first)
}
