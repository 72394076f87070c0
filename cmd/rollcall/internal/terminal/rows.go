package terminal

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Rows is how many lines of a terminal a text takes: a line that is longer than
// the terminal is wide takes several.
func Rows(t string, columns int) int {
	rows := 0
	for line := range strings.Lines(t) {
		width := text.StringWidthWithoutEscSequences(strings.TrimRight(line, "\n"))
		rows += max(1, (width+columns-1)/columns)
	}
	return rows
}
