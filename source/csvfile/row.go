package csvfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"rollcall/source"
	"rollcall/source/csvfile/encodings"
	"rollcall/source/csvfile/quotes"
)

// maxKey bounds ids, roles and organizations, in bytes: they go into the
// metadata of memberships, where there is little room.
const maxKey = 255

// checkCells refuses what can only come from a damaged file or a wrongly
// declared encoding, wherever in the row it stands.
func (t *textReader) checkCells(record []string) bool {
	ok := true
	for i, cell := range record {
		problem := cellProblem(cell, t.encoding)
		if problem == "" && strings.IndexByte(cell, '\n') >= 0 && quotes.Swallowed(cell, i, len(t.layout.headings), t.layout.email, t.csv.Comma) {
			problem = quotes.Problem
		}
		if problem != "" {
			t.problem(i, problem)
			ok = false
		}
	}
	return ok
}

func cellProblem(cell, encoding string) string {
	switch {
	case len(cell) > maxCell:
		return fmt.Sprintf("cell is longer than %d bytes", maxCell)
	case strings.IndexByte(cell, 0) >= 0:
		return "NUL byte: the file is damaged, or it is utf-16 and encoding is not set"
	case source.IsASCII(cell):
		return ""
	case !utf8.ValidString(cell):
		if fits := encodings.Proposal(cell); fits != "" {
			return "not valid utf-8: set encoding to " + fits + ", which would fit here, or save the file as utf-8"
		}
		return "not valid utf-8: set encoding, for example to windows-1252, or save the file as utf-8"
	case encoding == "" || encoding == "utf-8" || !strings.ContainsRune(cell, utf8.RuneError):
		return ""
	case strings.HasPrefix(encoding, "utf-16"):
		return "not valid utf-16: the file is damaged, or encoding has the wrong byte order"
	}
	return "not valid " + encoding + ": the file is damaged, or has another encoding"
}

// checkWidth refuses a ragged row: its cells may stand in the wrong columns.
func (t *textReader) checkWidth(record []string) bool {
	have, want := len(record), len(t.layout.headings)
	switch {
	case have < want:
		t.problem(have-1, fmt.Sprintf("row ends here after %s; the header has %d", source.Count(have, "cell"), want))
	case have > want:
		t.problem(want, fmt.Sprintf("row has %d cells, the header has %d; put quotes around a cell that contains the delimiter", have, want))
	}
	return have == want
}

// cell gives the trimmed text of a column; "" if the file lacks the column.
func cell(record []string, column int) string {
	if column < 0 {
		return ""
	}
	return strings.TrimSpace(record[column])
}

// readPerson reads the person of a row. A row with an id but no address is a
// person whose address is unknown (S10); a row with neither is damage.
func (t *textReader) readPerson(record []string) (source.Person, bool) {
	l := &t.layout
	before := t.table.damage.total
	p := source.Person{
		ID:         t.key(record, l.id),
		Email:      t.email(record),
		ExternalID: t.key(record, l.external),
		FirstName:  cell(record, l.first),
		LastName:   cell(record, l.last),
		Attributes: t.table.names.values(record, l.attributes),
		Origin:     t.origin(l.email),
	}
	p.OtherEmails = t.otherEmails(record, p.Email)
	p.Period = t.period(record)
	if cell(record, l.email) == "" && p.ID == "" && t.table.damage.total == before {
		t.problem(l.email, "row has neither an address nor an id: give at least one of them")
	}
	return p, t.table.damage.total == before
}

// key reads a cell that names something: an id, a role, an organization (S35).
func (t *textReader) key(record []string, column int) string {
	s := cell(record, column)
	switch {
	case source.HasInvisible(s):
		t.problem(column, "has control, bidirectional or invisible characters")
	case len(s) > maxKey:
		t.problem(column, fmt.Sprintf("is longer than %d bytes", maxKey))
	}
	return s
}

// required reads a key that must be there.
func (t *textReader) required(record []string, column int) string {
	s := t.key(record, column)
	if s == "" {
		t.problem(column, "empty cell: a membership needs this value")
	}
	return s
}

func (t *textReader) email(record []string) string {
	s := cell(record, t.layout.email)
	if s == "" {
		return ""
	}
	folded, err := source.FoldEmail(s)
	if err != nil {
		t.problem(t.layout.email, err.Error())
	}
	return folded
}

// otherEmails reads the further addresses (S07), sorted, without the first.
func (t *textReader) otherEmails(record []string, email string) []string {
	var list []string
	for s := range t.table.source.config.Columns.OtherEmails.Split(cell(record, t.layout.others)) {
		folded, err := source.FoldEmail(s)
		if err != nil {
			t.problem(t.layout.others, err.Error())
			continue
		}
		if folded != email {
			list = append(list, folded)
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return list[:min(len(list), source.MostAddresses-1)] // the first one is among them
}

// values reads the cells of several columns; empty ones are absent.
func (n *interner) values(record []string, columns []keyColumn) source.Attributes {
	if len(columns) == 0 {
		return nil
	}
	return n.attributes(columns, func(column int) string { return cell(record, column) })
}
