package setup

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/csvfile/encodings"
)

// table is the beginning of a file: its headings, and the rows below them.
type table struct {
	headings []string
	rows     [][]string
	numbers  []int // the lines of the rows
}

// mostRead bounds what is read of a file to ask about it.
const mostRead = 16 << 20

// readText is the text of the file, without its byte order mark, and whether it was cut.
func (c *CSV) readText() (text string, isCut bool, err error) {
	file, err := os.Open(c.Path)
	if err != nil {
		return "", false, fmt.Errorf("open the file: %w", err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	decoded, problem, err := encodings.Decode(io.LimitReader(file, mostRead), c.Encoding)
	if err == nil && problem != "" {
		err = errors.New(problem)
	}
	var all []byte
	if err == nil {
		all, err = io.ReadAll(decoded)
	}
	if err != nil {
		return "", false, fmt.Errorf("read the headings of %s: %w", c.Path, err)
	}
	read, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return "", false, fmt.Errorf("read the headings of %s: %w", c.Path, err)
	}
	return strings.TrimPrefix(string(all), "\ufeff"), read == mostRead, nil
}

// askTable reads the file, and asks for the line of the headings if it is not the first.
func (s fileQuestions) askTable(ctx context.Context) (*table, error) {
	c := &s.answers.CSV
	text, isCut, err := c.readText()
	if err != nil {
		return nil, err
	}
	named, below := namedDelimiter(text)
	if err := s.askHeaderLine(ctx, text, below); err != nil {
		return nil, err
	}
	if c.HeaderLine > 0 {
		below = fromLine(text, c.HeaderLine)
	}
	var t table
	c.Delimiter, t.headings = guessDelimiter(below, isCut)
	if named != "" {
		c.Delimiter = named
	}
	t.read(below, c.Delimiter, 1+strings.Count(text[:len(text)-len(below)], "\n"))
	if len(t.headings) == 0 {
		return nil, fmt.Errorf("%s has no row of headings: check the file", c.Path)
	}
	return &t, nil
}

// read takes headings and rows. It ends at a row that is not well formed: the run that
// follows names all of those.
func (t *table) read(text, delimiter string, line int) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = rune(delimiter[0]), -1
	t.headings = nil
	for {
		row, err := r.Read()
		if err != nil {
			return
		}
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		if t.headings == nil {
			t.headings = row
			continue
		}
		number, _ := r.FieldPos(0)
		if strings.Join(row, "") != "" {
			t.rows, t.numbers = append(t.rows, row), append(t.numbers, line+number-1)
		}
	}
}

// column is the cells of a column, by row.
func (t *table) column(heading string) []string {
	at := slices.Index(t.headings, heading)
	cells := make([]string, len(t.rows))
	for i, row := range t.rows {
		if at >= 0 && at < len(row) {
			cells[i] = row[at]
		}
	}
	return cells
}

// examples are the first values of a column, each once, as far as they fit a line.
func (t *table) examples(heading string) string {
	const enough, between = 40, " · "
	var list []string
	for _, cell := range t.column(heading) {
		if cell == "" || slices.Contains(list, cell) {
			continue
		}
		if terminal.Width(strings.Join(append(list, cell), between)) > enough {
			break
		}
		list = append(list, cell)
	}
	return strings.Join(list, between)
}

// namedDelimiter is the delimiter that the first line names, as Excel writes it, and the
// text below that line; without one, the whole text.
func namedDelimiter(text string) (delimiter, below string) {
	first, rest, _ := strings.Cut(text, "\n")
	if named, ok := csvfile.NamedDelimiter(first); ok && slices.Contains(cellDelimiters, named) {
		return named, rest
	}
	return "", text
}

// fromLine is the text from a line on, counted from 1; empty if there is no such line.
func fromLine(text string, line int) string {
	for range line - 1 {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

// askHeaderLine asks for the line of the headings if something else stands above them.
// Without somebody to answer it is not guessed: what is above may be the header after all.
func (s fileQuestions) askHeaderLine(ctx context.Context, text, below string) error {
	c := &s.answers.CSV
	above := strings.Count(text[:len(text)-len(below)], "\n")
	first, proposal := findHeader(below)
	if c.HeaderLine > 0 || proposal == first {
		return c.checkHeaderLine(text)
	}
	first, proposal = first+above, proposal+above
	if !s.Interactive {
		return fmt.Errorf("the headings of %s seem to be in line %d, not in line %d: try --header-line %d", c.Path, proposal, first, proposal)
	}
	c.asked.headerLine = true
	s.printLines(text, proposal)
	return s.askUntil(ctx, func(bool) error {
		answer, err := s.ask(ctx, fmt.Sprintf("Line %d looks like the headings: it names columns, and the lines below have as many cells. Which line has the headings?", proposal), strconv.Itoa(proposal))
		if err != nil {
			return err
		}
		if c.HeaderLine, err = strconv.Atoi(answer); err != nil || c.HeaderLine < 1 {
			c.HeaderLine = 0
			return fmt.Errorf("%q is not the number of a line", answer)
		}
		return c.checkHeaderLine(text)
	})
}

// checkHeaderLine refuses a line that the file does not have.
func (c *CSV) checkHeaderLine(text string) error {
	if line := c.HeaderLine; line > 1 && strings.TrimSpace(fromLine(text, line)) == "" {
		c.HeaderLine = 0
		return fmt.Errorf("%s has no line %d with headings", c.Path, line)
	}
	return nil
}

// printLines shows the lines around the headings.
func (s fileQuestions) printLines(text string, header int) {
	const around = 4
	s.print("The first lines of %s:", s.answers.CSV.Path)
	lines := strings.SplitN(text, "\n", header+around)
	for i := max(0, header-around); i < min(len(lines), header+2); i++ {
		s.print("  %2d: %s", i+1, shorten(strings.TrimSuffix(lines[i], "\r")))
	}
}

// shorten cuts a line at the width of a terminal.
func shorten(line string) string {
	const widest = 72
	letters := []rune(line)
	if len(letters) <= widest {
		return line
	}
	return string(letters[:widest-1]) + "…"
}

// record is a row with the line on which it begins.
type record struct {
	line  int
	cells []string
}

// findHeader finds the line of the first row, and that of the headings: the first of the
// first rows with a heading that means an address, or else the first that has as many
// cells as most rows, and most of them filled.
func findHeader(text string) (first, header int) {
	first, best := 1, 0.0
	for _, delimiter := range cellDelimiters {
		rows := firstRecords(text, delimiter)
		width, share := commonWidth(rows)
		if width < 2 || share <= best {
			continue
		}
		best, first = share, rows[0].line
		header = headerAmong(rows, width)
	}
	return first, max(first, header)
}

// firstRecords are the first rows of a text. A row that is not well formed is left out.
func firstRecords(text, delimiter string) (rows []record) {
	const enough = 200
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = rune(delimiter[0]), -1
	for range enough {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			line, _ := r.FieldPos(0)
			rows = append(rows, record{line, cells})
		}
	}
	return rows
}

// commonWidth is how many cells most rows have, and the share of those that do.
func commonWidth(rows []record) (width int, share float64) {
	counts := map[int]int{}
	for _, r := range rows {
		if n := len(r.cells); n > 1 {
			counts[n]++
		}
	}
	for n, count := range counts {
		if count > counts[width] || count == counts[width] && n > width {
			width = n
		}
	}
	return width, float64(counts[width]) / float64(max(1, len(rows)))
}

func headerAmong(rows []record, width int) int {
	const farthest = 20
	rows = rows[:min(len(rows), farthest)]
	for _, r := range rows {
		if guessColumn(r.cells, columnGuesses[0].names) != "" {
			return r.line
		}
	}
	for _, r := range rows {
		filled := 0
		for _, cell := range r.cells {
			if strings.TrimSpace(cell) != "" {
				filled++
			}
		}
		if len(r.cells) == width && 2*filled > width && !slices.ContainsFunc(r.cells, isAddress) {
			return r.line
		}
	}
	return 0
}

// isAddress reports whether a cell is an email address.
func isAddress(cell string) bool {
	_, err := source.FoldEmail(strings.TrimSpace(cell))
	return err == nil
}
