package csvfile

import (
	"strings"

	"rollcall/source/csvfile/spreadsheet"
)

// checkMapped refuses error values of spreadsheets in the columns that the
// configuration names. In other columns they harm nobody.
func (t *textReader) checkMapped(record []string) bool {
	ok := true
	for _, column := range t.layout.mapped {
		if brokenFormula(&t.layout, record, column) {
			t.problem(column, spreadsheet.Problem)
			ok = false
		}
	}
	return ok
}

// brokenFormula looks at the whole cell, and at each value of a cell that holds
// several: one part of a joined cell can be an error value.
func brokenFormula(layout *layout, record []string, column int) bool {
	if !strings.ContainsAny(record[column], "#:") {
		return false
	}
	if spreadsheet.IsError(cell(record, column)) {
		return true
	}
	for _, several := range layout.several[column] {
		for value := range several.Split(record[column]) {
			if spreadsheet.IsError(value) {
				return true
			}
		}
	}
	return false
}
