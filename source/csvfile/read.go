package csvfile

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/source/csvfile/encodings"
	"rollcall/source/csvfile/filter"
	"rollcall/source/csvfile/marker"
	"rollcall/source/csvfile/unasked"
	"rollcall/source/file"
)

// ctxEvery is how many rows pass between two looks at the context.
const ctxEvery = 1024

// table is what all texts of one read hold together.
type table struct {
	source *Source
	want   source.Request
	damage damageList
	people peopleIndex
	groups groupIndex
	names  interner
	terms  periodCache
	// headings are those of all files; lacking are the columns that a template
	// asks for and a file has not.
	headings []string
	lacking  []*source.RowError

	memberships []source.Row
	decisions   []source.Decision
	files       []string
	path        string
	newest      bool
	snapshot    *source.Snapshot
	noRemovals  []string
	notes       []source.Note
	where       []filter.Condition
	unclear     map[int]unclear // people of a row of whom where does not say whether it counts
	also        map[string]bool // ids and addresses that the request asks for by name
	leftOut     []source.LeftOut
	// groupColumns are those of groups, one or several.
	groupColumns []Cells
	repeats      repeats
	elsewhere    unasked.Groups
	alike        unasked.Groups // groups whose names look like those of rules
	unasked      []string       // the groups of the row, while none of them was asked for
	nameless     int            // people without an id, in a source that has ids
	full         bool           // there are more people than may be: what follows is not read
}

func newTable(s *Source, want source.Request) *table {
	return &table{
		source: s, want: want, people: newPeopleIndex(s.most),
		groups: newGroupIndex(s.name, want.Groups, s.canaries.Groups),
		where:  filter.New(s.config.Where, s.config.WhereEmpty != "ignore"), also: alsoNamed(want.Also), groupColumns: s.config.Columns.Groups.List(),
		terms:   periodCache{dates: s.dates, endColumn: strings.TrimSpace(s.config.Columns.End)},
		repeats: repeats{seed: maphash.MakeSeed()},
	}
}

// keep notes a reason why this read may remove no members.
func (r *table) keep(reason string) { r.noRemovals = append(r.noRemovals, reason) }

// textReader reads one file or stream into a table.
type textReader struct {
	table    *table
	file     string
	in       *recordReader
	csv      *csv.Reader
	comma    rune
	encoding string // its name in package encodings
	layout   layout
	rows     int
	chosen   int // of the rows, by where
	// unclear is the present row, if nobody knows whether it counts.
	unclear *unclear
	end     int // the line on which the last record ended
	marker  marker.Marker
	marked  bool // whether the end marker was seen
	// blank is the line of the first of the empty rows before the present one; 0
	// where there is none.
	blank int
	// damaged says that the last record was damaged.
	damaged bool
}

// readText reads one text from its byte order mark to its end. Damage goes to
// the list; the error is one of reading.
func (r *table) readText(ctx context.Context, file string, raw io.Reader) (*textReader, error) {
	t := &textReader{table: r, file: file, encoding: encodings.Canonical(r.source.config.Encoding), comma: delimiters[r.source.config.Delimiter]}
	text, problem, err := encodings.Decode(raw, r.source.config.Encoding)
	if err != nil {
		return nil, err
	}
	if problem != "" {
		r.damage.add(&source.RowError{File: file, Line: 1, Column: 1, Problem: problem})
		return t, nil
	}
	below, err := header{t}.skipPreamble(text)
	if below == nil || err != nil {
		return t, err
	}
	t.in = &recordReader{r: below}
	t.csv = csv.NewReader(t.in)
	t.csv.Comma = t.comma
	t.marker = marker.New(r.source.config.EndMarker, t.comma)
	for _, mark := range r.source.config.Comment {
		t.csv.Comment = mark
	}
	t.csv.ReuseRecord = true
	t.csv.FieldsPerRecord = -1
	if ok, err := t.readHeader(); !ok || err != nil {
		return t, err
	}
	return t, t.readRows(ctx)
}

func (t *textReader) readHeader() (bool, error) {
	headings, err := t.next()
	if errors.Is(err, io.EOF) {
		t.table.damage.add(&source.RowError{File: t.file, Line: 1, Column: 1, Problem: file.EmptyProblem})
		return false, nil
	}
	if err != nil {
		return false, t.parseProblem(err)
	}
	h := header{t}
	if !h.checkHeaderLine() || !t.checkCells(headings) {
		return false, nil
	}
	if !h.readLayout(headings) {
		h.proposeHeaderLine()
		return false, nil
	}
	return true, nil
}

func (t *textReader) readRows(ctx context.Context) error {
	for n := 0; !t.table.full; n++ {
		if n%ctxEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		record, err := t.next()
		before := t.table.damage.total
		switch {
		case errors.Is(err, io.EOF):
			ending{t}.finish()
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
		t.damaged = t.table.damage.total > before
	}
	return nil
}

func (t *textReader) next() ([]string, error) {
	t.in.next()
	record, err := t.csv.Read()
	if err == nil {
		line, _ := t.csv.FieldPos(len(record) - 1)
		t.end = line + strings.Count(record[len(record)-1], "\n")
	}
	return record, err
}

// parseProblem turns an error of the parser into damage. It returns an error
// that is not the fault of the text.
func (t *textReader) parseProblem(err error) error {
	if errors.Is(err, errRecordTooLong) {
		t.table.damage.add(&source.RowError{File: t.file, Line: t.end + 1, Column: 1, Problem: fmt.Sprintf(
			"row is longer than %d bytes; most likely a quote near here is never closed", maxRecord)})
		return nil
	}
	p, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return err
	}
	row := &source.RowError{File: t.file, Line: p.Line, Column: p.Column}
	switch {
	case errors.Is(p.Err, csv.ErrBareQuote):
		row.Problem = `quote in an unquoted cell: put the whole cell in quotes and double each quote inside it`
	case errors.Is(t.in.err, io.EOF):
		row.Line, row.Column = p.StartLine, 1
		row.Problem = fmt.Sprintf("a quote is opened in this row and never closed: the cell runs to the end of the file, line %d", p.Line)
	default:
		row.Problem = `text after a closing quote: double each quote inside a quoted cell`
	}
	t.table.damage.add(row)
	return nil
}

// readRow takes one record: the end marker, or a row of either form.
func (t *textReader) readRow(record []string) {
	if want, ok := t.marker.Match(record); ok {
		t.marked = true
		ending{t}.compareRows(want)
		return
	}
	if t.skipBlank(record) {
		return
	}
	t.rows++
	switch {
	case t.marked:
		line, _ := t.csv.FieldPos(0)
		t.table.damage.add(&source.RowError{File: t.file, Line: line, Column: 1,
			Problem: "row follows the end marker: something was appended to the file, or files were joined wrongly"})
		return
	case !t.checkCells(record) || !t.checkWidth(record) || !choice{t}.includes(record) || !t.checkMapped(record):
		return
	}
	if t.table.source.config.Columns.review() {
		t.addDecision(record)
		return
	}
	person, ok := t.readPerson(record)
	if !ok {
		return
	}
	if t.table.source.config.Columns.Membership() {
		t.addMembership(record, person)
	} else {
		t.addWithGroups(record, person)
	}
}

// skipBlank passes over rows of nothing but delimiters, which spreadsheets write
// behind the last row. With a row behind it, an empty row is damage: somebody
// may have stood there.
func (t *textReader) skipBlank(record []string) bool {
	line, _ := t.csv.FieldPos(0)
	if !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		if t.blank == 0 {
			t.blank = line
		}
		return true
	}
	if t.blank != 0 {
		t.table.damage.add(&source.RowError{File: t.file, Line: t.blank, Column: 1,
			Problem: "empty row before other rows: a person may be missing here; if not, delete the row"})
		t.blank = 0
	}
	return false
}

// ending is the end of a text.
type ending struct{ *textReader }

// compareRows refuses a text whose end marker counts other rows than there are: some
// are missing or come twice, and nobody knows which (S09).
func (t ending) compareRows(want int) {
	if want < 0 || want == t.rows {
		return
	}
	line, _ := t.csv.FieldPos(0)
	t.table.damage.add(&source.RowError{File: t.file, Line: line, Column: 1,
		Problem: fmt.Sprintf("the end marker counts %s, and the file has %d: rows are missing, or come twice", source.Count(want, "row"), t.rows)})
}

// finish judges how the text ended (S11).
func (t ending) finish() {
	config := &t.table.source.config
	choice(t).check()
	switch {
	case t.damaged && t.in.last != '\n':
		t.table.damage.cutOff = t.file + " ends in the middle of a line"
	case t.table.damage.total > 0 && config.EndMarker != "" && !t.marked:
		t.table.damage.cutOff = "the end marker of " + t.file + " is missing"
	case t.rows == 0 && t.table.damage.total == 0:
		t.table.damage.add(&source.RowError{File: t.file, Line: t.end + 1, Column: 1, Problem: "the file has a header and no rows, which looks like a failed export"})
	case t.marked:
	case config.EndMarker != "":
		t.table.keep(t.file + ": the end marker is missing, so the file may have been cut short (S11)")
	case t.in.last != '\n' && config.FinalNewline != "optional":
		t.table.keep(fmt.Sprintf("%s:%d: the last line has no newline, so the file may have been cut short (S11); if the export never writes one, set final_newline: optional", t.file, t.end))
	}
}

// problem adds damage at a cell of the present record.
func (t *textReader) problem(column int, problem string) {
	line, col := t.csv.FieldPos(column)
	field := ""
	if column < len(t.layout.headings) {
		field = t.layout.headings[column]
	}
	t.table.damage.add(&source.RowError{File: t.file, Line: line, Column: col, Field: field, Problem: problem})
}

func (t *textReader) origin(column int) source.Origin {
	line, col := t.csv.FieldPos(max(column, 0))
	return source.Origin{Source: t.table.source.name, File: t.file, Line: line, Column: col}
}

// damageList gathers problems; only so many are kept.
type damageList struct {
	rows   []*source.RowError
	total  int
	cutOff string // why the input seems to be cut off
}

func (d *damageList) add(r *source.RowError) {
	d.total++
	if len(d.rows) < source.MaxListed {
		d.rows = append(d.rows, r)
	}
}

func (d *damageList) err() error {
	if d.total == 0 {
		return nil
	}
	slices.SortStableFunc(d.rows, compareRowErrors)
	return &source.DamageError{Rows: d.rows, More: d.total - len(d.rows), CutOff: source.Escape(d.cutOff)}
}
