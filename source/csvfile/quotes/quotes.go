package quotes

import (
	"strings"

	"rollcall/source"
)

// Problem is said of a cell that holds rows: whoever stands in them would look gone (S09).
const Problem = "cell holds the rest of this row and the beginning of another one: a quote was opened here by mistake, and the people in between are missing; let the export double the quotes inside cells"

// Swallowed reports whether the lines of a cell are the rest of its row, whole rows, and
// the beginning of a row. width is how many cells a row has, column where the cell is, and
// email where the address is. There the text must have addresses or nothing, so that no free
// text of several lines is taken for rows.
func Swallowed(cell string, column, width, email int, comma rune) bool {
	lines := strings.Split(strings.TrimSuffix(cell, "\n"), "\n")
	if len(lines) < 2 || email < 0 {
		return false
	}
	addresses := 0
	for i, line := range lines {
		cells := strings.Split(line, string(comma))
		first, want := 0, width // the column of the first cell of the line, and how many there are
		switch i {
		case 0:
			first, want = column, width-column
		case len(lines) - 1:
			want = column + 1
		}
		if len(cells) != want {
			return false
		}
		if email == column || email < first || email-first >= want || strings.TrimSpace(cells[email-first]) == "" {
			continue
		}
		if !isAddress(cells[email-first]) {
			return false
		}
		addresses++
	}
	return addresses > 0
}

func isAddress(s string) bool {
	_, err := source.FoldEmail(strings.Trim(s, ` "`))
	return err == nil
}
