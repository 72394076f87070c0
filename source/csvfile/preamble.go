package csvfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"rollcall/source/internal/check"
)

// Some programs write more than a table: Excel a first line that names the
// delimiter, reports a title and a date above the header, and people lines that are
// comments. What is passed over becomes an empty line, so that the lines that
// messages name are those of the file.

// mostHeaderLine bounds header_line: what has its header farther down is no table.
const mostHeaderLine = 1000

// delimiterLine is the beginning of the first line by which Excel names the delimiter.
const delimiterLine = "sep="

// headerHint is how many rows are searched for a header that is not where it should be.
const headerHint = 20

// skipPreamble passes over the lines above the header, and reads the delimiter that
// the file names. It answers with nil if the text has no line for the header.
func (t header) skipPreamble(text io.Reader) (io.Reader, error) {
	c := &t.table.source.config
	in, skipped := bufio.NewReaderSize(text, 64<<10), 0
	delimiter, ok, err := namedDelimiter(in)
	if err != nil {
		return nil, err
	}
	if ok {
		if !t.takeDelimiter(delimiter) {
			return nil, nil
		}
		skipped = 1
		if _, err := skipLine(in); err != nil {
			return nil, err
		}
	}
	for skipped < c.HeaderLine-1 {
		ok, err := skipLine(in)
		if err != nil {
			return nil, err
		}
		if !ok {
			t.doubt("csv.header_line", fmt.Sprintf("has only %d lines", skipped))
			return nil, nil
		}
		skipped++
	}
	return io.MultiReader(strings.NewReader(strings.Repeat("\n", skipped)), in), nil
}

// namedDelimiter is the delimiter that the first line names.
func namedDelimiter(in *bufio.Reader) (delimiter string, ok bool, err error) {
	head, err := in.Peek(len(delimiterLine) + utf8.UTFMax + len("\r\n"))
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, err
	}
	line, _, _ := strings.Cut(string(head), "\n")
	delimiter, ok = NamedDelimiter(line)
	return delimiter, ok, nil
}

// NamedDelimiter is the delimiter that a first line names, as Excel writes it: sep=;
func NamedDelimiter(line string) (delimiter string, ok bool) {
	line = strings.TrimSuffix(line, "\r")
	if len(line) <= len(delimiterLine) || strings.ToLower(line[:len(delimiterLine)]) != delimiterLine {
		return "", false
	}
	delimiter = line[len(delimiterLine):]
	return delimiter, utf8.RuneCountInString(delimiter) == 1
}

// takeDelimiter follows the file where the configuration names no delimiter. If the
// two differ, nobody can tell which is wrong.
func (t header) takeDelimiter(delimiter string) bool {
	comma, known := delimiters[delimiter]
	switch configured := t.table.source.config.Delimiter; {
	case !known:
		t.doubt("csv.delimiter", `names a delimiter in its first line that is not one of ",", ";", tab and "|"`)
		return false
	case configured != "" && delimiters[configured] != comma:
		t.doubt("csv.delimiter", fmt.Sprintf("says %q in its first line: set delimiter to that, or leave it out", delimiterLine+delimiter))
		return false
	}
	t.comma = comma
	return true
}

// skipLine passes over one line, however long. It is not ok at the end of the text.
func skipLine(in *bufio.Reader) (ok bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			ok = true
		case errors.Is(err, io.EOF):
			return ok || len(part) > 0, nil
		default:
			return true, err
		}
	}
}

// checkHeaderLine refuses a header that begins in another line than the configuration
// says: that line is empty or a comment.
func (t header) checkHeaderLine() bool {
	want := t.table.source.config.HeaderLine
	line, _ := t.csv.FieldPos(0)
	if want == 0 || line == want {
		return true
	}
	t.doubt("csv.header_line", fmt.Sprintf("has nothing in line %d; the next row is in line %d", want, line))
	return false
}

// proposeHeaderLine names the line of the header, if it is below a first row that has
// no configured heading.
func (t header) proposeHeaderLine() {
	if t.table.source.config.HeaderLine > 0 || t.knowsAny(t.layout.headings) {
		return
	}
	for range headerHint {
		record, err := t.next()
		if errors.Is(err, io.EOF) || errors.Is(err, errRecordTooLong) {
			return
		}
		headings := make([]string, len(record))
		for i := range record {
			headings[i] = strings.TrimSpace(record[i])
		}
		if wanted := t.table.source.config.Columns.headings(); !slices.ContainsFunc(wanted, func(h string) bool { return !slices.Contains(headings, h) }) {
			line, _ := t.csv.FieldPos(0)
			t.doubt("csv.header_line", fmt.Sprintf("has these columns in line %d: set header_line: %d", line, line))
			return
		}
	}
}

func (c *Config) validatePreamble(p *check.Problems) {
	if c.HeaderLine < 0 || c.HeaderLine > mostHeaderLine {
		p.Add("csv.header_line", fmt.Sprintf("must be between 1 and %d", mostHeaderLine))
	}
	mark, size := utf8.DecodeRuneInString(c.Comment)
	switch {
	case c.Comment == "":
	case size != len(c.Comment) || !unicode.IsPunct(mark) && !unicode.IsSymbol(mark) || strings.ContainsRune("\"@,;|", mark):
		p.Add("csv.comment", `must be one character that begins no row and is no delimiter, such as "#"`)
	case strings.HasPrefix(c.EndMarker, c.Comment):
		p.Add("csv.comment", "begins the end_marker too, which would never be seen: use another end_marker")
	}
}
