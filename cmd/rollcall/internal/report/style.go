package report

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// paint is a colour's number in the terminal's escape sequence.
type paint string

const (
	bold    paint = "1"
	dim     paint = "2"
	red     paint = "31"
	green   paint = "32"
	yellow  paint = "33"
	magenta paint = "35"
)

// style colours text, or does not.
type style struct{ on bool }

func (s style) paint(p paint, t string) string {
	if !s.on || t == "" {
		return t
	}
	return "\x1b[" + string(p) + "m" + t + "\x1b[0m"
}

// table aligns the columns of consecutive lines by what a terminal shows, not
// by bytes. The last column is not padded.
func table(rows [][]string) []string {
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
