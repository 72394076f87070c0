package setup

import (
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// cellDelimiters are what may stand between the cells of a row.
var cellDelimiters = []string{",", ";", "\t", "|"}

// guessDelimiter finds what stands between the cells of a text, and the headings of
// its first row. It reads each row as a CSV reader does, so a quoted cell may contain
// any of the characters. Rows that have as many cells as the header count most, then
// the number of headings. A text that was cut may end inside a row.
func guessDelimiter(text string, isCut bool) (delimiter string, headings []string) {
	best := 0.0
	for _, d := range cellDelimiters {
		header, fits := readRows(text, d, isCut)
		if c := cmp.Compare(fits, best); len(header) > 1 && (c > 0 || c == 0 && len(header) > len(headings)) {
			delimiter, headings, best = d, header, fits
		}
	}
	if headings == nil {
		delimiter = cellDelimiters[0]
		headings, _ = readRows(text, delimiter, isCut) // a file of one column
	}
	return delimiter, headings
}

// readRows reads the first rows of a text. It answers with the header and with the
// share of rows that have as many cells.
func readRows(text, delimiter string, isCut bool) (header []string, fits float64) {
	const enough = 200
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = rune(delimiter[0]), -1
	header, err := r.Read()
	if err != nil {
		return nil, 0
	}
	rows, same := 1, 1
	for rows < enough {
		row, err := r.Read()
		if errors.Is(err, io.EOF) || isCut && r.InputOffset() >= int64(len(text)) {
			break
		}
		rows++
		if err != nil {
			break // what follows cannot be judged
		}
		if len(row) == len(header) {
			same++
		}
	}
	return header, float64(same) / float64(rows)
}

// groupSeparators are what may stand between the groups of one cell.
var groupSeparators = []string{";", "|", ","}

// guessSeparator finds what stands between the groups of one cell, given what the cells
// contain; empty if each cell is one group. It may be the character that stands
// between cells too, since such a cell is in quotes.
func guessSeparator(cells []string) string {
	for _, separator := range groupSeparators {
		if slices.ContainsFunc(cells, func(c string) bool { return strings.Contains(c, separator) }) && (separator != "," || commaSeparates(cells)) {
			return separator
		}
	}
	return ""
}

// commaSeparates reports whether commas stand between groups. Some names have a comma
// themselves: a DN, and "Sales, EMEA". A comma without a blank behind it separates,
// and so does one beside a group that is alone in another cell.
func commaSeparates(cells []string) bool {
	for _, cell := range cells {
		parts := strings.Split(cell, ",")
		switch {
		case len(parts) == 1:
		case !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(p, "=") }):
			return false
		case !strings.Contains(cell, ", "), slices.ContainsFunc(parts, func(p string) bool { return slices.Contains(cells, strings.TrimSpace(p)) }):
			return true
		}
	}
	return false
}
