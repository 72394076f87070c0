package help

import (
	"regexp"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"rollcall/cmd/rollcall/internal/terminal"
)

const (
	columnGap = 2
	minColumn = 8 // a column is never made narrower than that
)

var separatorRow = regexp.MustCompile(`^\|[-| :]+\|$`)

// table writes the rows of a table in columns, each cell wrapped in its own.
func (r *renderer) table() {
	var rows [][]string
	for len(r.lines) > 0 && strings.HasPrefix(r.lines[0], "|") {
		if line := r.take(); !separatorRow.MatchString(line) {
			rows = append(rows, r.cells(line))
		}
	}
	widths := fitColumns(rows, r.Width)
	for i, row := range rows {
		if i == 0 {
			for j := range row {
				row[j] = r.Style.Paint(terminal.Bold, row[j])
			}
		}
		for _, line := range rowLines(row, widths) {
			r.line(line)
		}
	}
}

// cells splits a row into cells of plain text.
func (r *renderer) cells(line string) []string {
	cells := splitCells(line)
	for i, cell := range cells {
		cells[i] = r.inline(cell)
	}
	return cells
}

// splitCells splits a row. A bar within a cell is written \|.
func splitCells(line string) []string {
	const bar = "\x01"
	line = strings.ReplaceAll(strings.Trim(strings.TrimSpace(line), "|"), `\|`, bar)
	cells := strings.Split(line, "|")
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(cell, bar, "|"))
	}
	return cells
}

// fitColumns takes width from the widest columns until the table fits.
func fitColumns(rows [][]string, width int) []int {
	var widths []int
	for _, row := range rows {
		for j, cell := range row {
			if j == len(widths) {
				widths = append(widths, 0)
			}
			widths[j] = max(widths[j], text.StringWidthWithoutEscSequences(cell))
		}
	}
	for tableWidth(widths) > width && slices.Max(widths) > minColumn {
		widths[slices.Index(widths, slices.Max(widths))]--
	}
	return widths
}

func tableWidth(widths []int) int {
	sum := columnGap * (len(widths) - 1)
	for _, w := range widths {
		sum += w
	}
	return sum
}

// rowLines lays one row out: as many lines as its longest cell has.
func rowLines(row []string, widths []int) []string {
	columns, most := make([][]string, len(row)), 0
	for j, cell := range row {
		columns[j] = wrap(cell, widths[j])
		most = max(most, len(columns[j]))
	}
	lines := make([]string, most)
	for i := range lines {
		var b strings.Builder
		for j, column := range columns {
			cell := ""
			if i < len(column) {
				cell = column[i]
			}
			b.WriteString(text.Pad(cell, widths[j]+columnGap, ' '))
		}
		lines[i] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

// Columns writes rows of a name and a text, in columns that are as wide in each
// list that the overview shows.
func Columns(rows [][2]string, o Options) string {
	const name = 17
	o.Width = min(max(o.Width, minWidth), maxWidth)
	var b strings.Builder
	for _, row := range rows {
		for i, line := range wrap(row[1], o.Width-name-columnGap) {
			label := ""
			if i == 0 {
				label = row[0]
			}
			b.WriteString("  " + text.Pad(label, name, ' ') + line + "\n")
		}
	}
	return b.String()
}
