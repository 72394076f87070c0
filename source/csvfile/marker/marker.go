package marker

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// rows stands in a marker for the number of rows above it.
const rows = "{rows}"

// Marker is the last line of a whole file. The zero value matches nothing.
type Marker struct {
	// before and after enclose the number of rows if the marker counts. If it does
	// not, before is all of it.
	before, after string
	counts        bool
	comma         rune
}

// New makes the marker of a configured line that Problem accepts. comma is the
// delimiter of the file.
func New(line string, comma rune) Marker {
	before, after, counts := strings.Cut(line, rows)
	return Marker{before: before, after: after, counts: counts, comma: comma}
}

// Match reports whether a record is the marker, and the number of rows that it
// names: -1 if it names none. A number has digits and nothing else.
func (m Marker) Match(record []string) (number int, ok bool) {
	if m.before == "" || !strings.HasPrefix(record[0], m.before) && !strings.HasPrefix(m.before, record[0]) {
		return 0, false
	}
	line := strings.Join(record, string(m.comma))
	if !m.counts {
		return -1, line == m.before
	}
	if len(line) < len(m.before)+len(m.after) || !strings.HasPrefix(line, m.before) || !strings.HasSuffix(line, m.after) {
		return 0, false
	}
	digits := line[len(m.before) : len(line)-len(m.after)]
	if strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	number, err := strconv.Atoi(digits)
	return number, err == nil
}

// Problem says what is wrong with a configured line; "" is nothing.
func Problem(line string) string {
	before, after, counts := strings.Cut(line, rows)
	switch {
	case strings.ContainsAny(line, "\"\r\n") || !utf8.ValidString(line) || strings.TrimSpace(line) != line:
		return "must be one line, without quotes and without leading or trailing spaces"
	case counts && strings.TrimSpace(before) == "", strings.Contains(after, rows):
		return `must have other text before {rows}, and {rows} once, such as "#end {rows}"`
	}
	return ""
}
