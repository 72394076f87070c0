package terminal

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Colour is a colour's number in the terminal's escape sequence.
type Colour string

// The colours of a report.
const (
	Bold    Colour = "1"
	Dim     Colour = "2"
	Red     Colour = "31"
	Green   Colour = "32"
	Yellow  Colour = "33"
	Magenta Colour = "35"
)

// Style colours text, or does not.
type Style struct{ On bool }

// Paint gives a text a colour.
func (s Style) Paint(c Colour, t string) string {
	if !s.On || t == "" {
		return t
	}
	return "\x1b[" + string(c) + "m" + t + "\x1b[0m"
}

// Table aligns the columns of consecutive lines by what a terminal shows, not
// by bytes. The last column is not padded.
func Table(rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], min(text.StringWidthWithoutEscSequences(cell), maxColumn))
		}
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		var b strings.Builder
		for j, cell := range row[:len(row)-1] {
			b.WriteString(text.Pad(cell, widths[j], ' ') + "  ")
		}
		lines[i] = strings.TrimRight(b.String()+row[len(row)-1], " ")
	}
	return lines
}

// maxColumn keeps one long value from pushing every reason off the screen.
const maxColumn = 60
