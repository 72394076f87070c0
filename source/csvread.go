package source

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"
)

// ctxEvery is how many rows pass between two looks at the context.
const ctxEvery = 1024

// csvRead is the state of one read: what all files together have said so far.
type csvRead struct {
	source *csvSource
	want   Request
	damage damageList
	people csvPeople
	groups csvGroups
	names  interner
	terms  termBook
	// headings are those of all files; lacking are the columns that a template
	// asks for and a file has not.
	headings []string
	lacking  []*RowError

	memberships []Row
	decisions   []Decision
	files       []string
	last        *csvText // what was read last
	noRemovals  []string
	notes       []Note
	repeats     repeats
	nameless    int // people without an id, in a source that has ids
}

func newCSVRead(s *csvSource, want Request) *csvRead {
	return &csvRead{
		source: s, want: want, people: newCSVPeople(),
		groups:  newCSVGroups(s.name, want.Groups, s.canaries.Groups),
		terms:   termBook{dates: s.dates, endColumn: strings.TrimSpace(s.config.Columns.End)},
		repeats: repeats{seed: maphash.MakeSeed()},
	}
}

// keep notes a reason why nobody may be removed by this read.
func (r *csvRead) keep(reason string) { r.noRemovals = append(r.noRemovals, reason) }

// csvText is the reading of one file or stream.
type csvText struct {
	*csvRead
	file   string
	in     *recordReader
	csv    *csv.Reader
	layout csvLayout
	rows   int
	end    int  // the line on which the last record ended
	marked bool // whether the end marker was seen
}

// readText reads one text from its byte order mark to its end. Damage goes to
// the list; the error is one of reading.
func (r *csvRead) readText(ctx context.Context, file string, raw io.Reader) (*csvText, error) {
	t := &csvText{csvRead: r, file: file}
	text, problem, err := decodeText(raw, r.source.config.Encoding)
	if err != nil {
		return nil, err
	}
	if problem != "" {
		r.damage.add(&RowError{File: file, Line: 1, Column: 1, Problem: problem})
		return t, nil
	}
	t.in = &recordReader{r: text}
	t.csv = csv.NewReader(t.in)
	t.csv.Comma = delimiters[r.source.config.Delimiter]
	t.csv.ReuseRecord = true
	t.csv.FieldsPerRecord = -1
	if ok, err := t.readHeader(); !ok || err != nil {
		return t, err
	}
	return t, t.readRows(ctx)
}

func (t *csvText) readHeader() (bool, error) {
	headings, err := t.next()
	if errors.Is(err, io.EOF) {
		t.damage.add(&RowError{File: t.file, Line: 1, Column: 1, Problem: emptyProblem})
		return false, nil
	}
	if err != nil {
		return false, t.parseProblem(err)
	}
	return t.checkCells(headings) && t.readLayout(headings), nil
}

func (t *csvText) readRows(ctx context.Context) error {
	for n := 0; ; n++ {
		if n%ctxEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		record, err := t.next()
		switch {
		case errors.Is(err, io.EOF):
			t.finish()
			return nil
		case errors.Is(err, errRecordTooLong):
			return t.parseProblem(err)
		case err != nil:
			if err := t.parseProblem(err); err != nil {
				return err
			}
		default:
			t.readRow(record)
		}
	}
}

func (t *csvText) next() ([]string, error) {
	t.in.next()
	record, err := t.csv.Read()
	if err == nil {
		line, _ := t.csv.FieldPos(len(record) - 1)
		t.end = line + strings.Count(record[len(record)-1], "\n")
	}
	return record, err
}

// parseProblem turns what the parser objects to into damage, and hands back
// what is no fault of the text.
func (t *csvText) parseProblem(err error) error {
	if errors.Is(err, errRecordTooLong) {
		t.damage.add(&RowError{File: t.file, Line: t.end + 1, Column: 1, Problem: fmt.Sprintf(
			"row takes more than %d bytes; most likely a quote is opened near here and never closed", maxRecord)})
		return nil
	}
	p, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return err
	}
	row := &RowError{File: t.file, Line: p.Line, Column: p.Column}
	switch {
	case errors.Is(p.Err, csv.ErrBareQuote):
		row.Problem = `quote inside a cell that does not begin with one: quote the whole cell and double the quotes in it`
	case errors.Is(t.in.err, io.EOF):
		row.Line, row.Column = p.StartLine, 1
		row.Problem = fmt.Sprintf("a quote is opened in this row and never closed; the file ends in it, at line %d", p.Line)
	default:
		row.Problem = `text after a closing quote: a quote inside a quoted cell is written twice`
	}
	t.damage.add(row)
	return nil
}

// readRow takes one record: the end marker, or a row of either form.
func (t *csvText) readRow(record []string) {
	if t.isMarker(record) {
		t.marked = true
		return
	}
	t.rows++
	switch {
	case t.marked:
		line, _ := t.csv.FieldPos(0)
		t.damage.add(&RowError{File: t.file, Line: line, Column: 1,
			Problem: "row stands behind the end marker; the file was appended to or put together wrongly"})
		return
	case !t.checkCells(record) || !t.checkWidth(record):
		return
	}
	if t.source.config.Columns.review() {
		t.addDecision(record)
		return
	}
	person, ok := t.readPerson(record)
	if !ok {
		return
	}
	if t.source.config.Columns.membership() {
		t.addMembership(record, person)
	} else {
		t.addWithGroups(record, person)
	}
}

func (t *csvText) isMarker(record []string) bool {
	marker := t.source.config.EndMarker
	return marker != "" && strings.HasPrefix(marker, record[0]) &&
		strings.Join(record, string(t.csv.Comma)) == marker
}

// finish judges how the text ended (S11).
func (t *csvText) finish() {
	config := &t.source.config
	switch {
	case t.rows == 0 && t.damage.total == 0:
		t.damage.add(&RowError{File: t.file, Line: t.end + 1, Column: 1, Problem: "nothing follows the header; an export that lost everybody went wrong"})
	case t.marked:
	case config.EndMarker != "":
		t.keep(t.file + ": the end marker is missing, so the file may have been cut short (S11)")
	case t.in.last != '\n' && config.FinalNewline != "optional":
		t.keep(fmt.Sprintf("%s:%d: the last line has no newline, so the file may have been cut short (S11); final_newline: optional takes it as whole", t.file, t.end))
	}
}

// problem adds damage at a cell of the present record.
func (t *csvText) problem(column int, problem string) {
	line, col := t.csv.FieldPos(column)
	field := ""
	if column < len(t.layout.headings) {
		field = t.layout.headings[column]
	}
	t.damage.add(&RowError{File: t.file, Line: line, Column: col, Field: field, Problem: problem})
}

func (t *csvText) origin(column int) Origin {
	line, col := t.csv.FieldPos(max(column, 0))
	return Origin{Source: t.source.name, File: t.file, Line: line, Column: col}
}

// damageList gathers problems; only so many are kept.
type damageList struct {
	rows  []*RowError
	total int
}

func (d *damageList) add(r *RowError) {
	d.total++
	if len(d.rows) < maxListed {
		d.rows = append(d.rows, r)
	}
}

func (d *damageList) err() error {
	if d.total == 0 {
		return nil
	}
	slices.SortStableFunc(d.rows, compareRowErrors)
	return &DamageError{Rows: d.rows, More: d.total - len(d.rows)}
}
