package source

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxKey bounds ids, roles and organizations, in bytes: they go into the
// metadata of memberships, where there is little room.
const maxKey = 255

// checkCells refuses what can only come from a damaged file or a wrongly
// declared encoding, wherever in the row it stands.
func (t *csvText) checkCells(record []string) bool {
	ok := true
	for i, cell := range record {
		if problem := t.cellProblem(cell); problem != "" {
			t.problem(i, problem)
			ok = false
		}
	}
	return ok
}

func (t *csvText) cellProblem(cell string) string {
	switch {
	case len(cell) > maxCell:
		return fmt.Sprintf("cell is longer than %d bytes", maxCell)
	case strings.IndexByte(cell, 0) >= 0:
		return "NUL byte: the file is damaged, or it is utf-16 and encoding does not say so"
	case isASCII(cell):
		return ""
	case !utf8.ValidString(cell):
		return "not valid utf-8: declare the encoding, such as windows-1252, or save the file as utf-8"
	case strings.HasPrefix(t.source.config.Encoding, "utf-16") && strings.ContainsRune(cell, utf8.RuneError):
		return "not valid utf-16: the file is damaged, or encoding names the wrong byte order"
	}
	return ""
}

// checkWidth refuses a ragged row: its cells may stand in the wrong columns.
func (t *csvText) checkWidth(record []string) bool {
	have, want := len(record), len(t.layout.headings)
	switch {
	case have < want:
		t.problem(have-1, fmt.Sprintf("row ends here with %s, the header has %d", count(have, "cell"), want))
	case have > want:
		t.problem(want, fmt.Sprintf("row has %d cells, the header %d; a delimiter inside a cell needs quotes around the cell", have, want))
	}
	return have == want
}

// cell gives the trimmed text of a column, "" of one that is nowhere.
func cell(record []string, column int) string {
	if column < 0 {
		return ""
	}
	return strings.TrimSpace(record[column])
}

// readPerson reads who the row is about. A row with an id but no address is
// somebody, whose address is unknown (S10); one with neither is damage.
func (t *csvText) readPerson(record []string) (Person, bool) {
	l := &t.layout
	before := t.damage.total
	p := Person{
		ID:         t.key(record, l.id),
		Email:      t.email(record),
		ExternalID: t.key(record, l.external),
		FirstName:  cell(record, l.first),
		LastName:   cell(record, l.last),
		Attributes: t.values(record, l.attributes),
		Origin:     t.origin(l.email),
	}
	p.OtherEmails = t.otherEmails(record, p.Email)
	p.Term = t.term(record)
	if cell(record, l.email) == "" && p.ID == "" && t.damage.total == before {
		t.problem(l.email, "row has neither an address nor an id, so nobody can tell whom it means")
	}
	return p, t.damage.total == before
}

// key reads a cell that names something: an id, a role, an organization (S35).
func (t *csvText) key(record []string, column int) string {
	s := cell(record, column)
	switch {
	case hasInvisible(s):
		t.problem(column, "has control, bidirectional or invisible characters")
	case len(s) > maxKey:
		t.problem(column, fmt.Sprintf("is longer than %d bytes", maxKey))
	}
	return s
}

// required reads a key that must be there.
func (t *csvText) required(record []string, column int) string {
	s := t.key(record, column)
	if s == "" {
		t.problem(column, "empty cell; a membership needs it")
	}
	return s
}

func (t *csvText) email(record []string) string {
	s := cell(record, t.layout.email)
	if s == "" {
		return ""
	}
	folded, err := FoldEmail(s)
	if err != nil {
		t.problem(t.layout.email, err.Error())
	}
	return folded
}

// otherEmails reads the further addresses (S07), sorted, without the first.
func (t *csvText) otherEmails(record []string, email string) []string {
	var list []string
	for s := range t.source.config.Columns.OtherEmails.split(record, t.layout.others) {
		folded, err := FoldEmail(s)
		if err != nil {
			t.problem(t.layout.others, err.Error())
			continue
		}
		if folded != email {
			list = append(list, folded)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// split walks the values of a cell: trimmed, and without the empty ones.
func (c *CSVCells) split(record []string, column int) func(yield func(string) bool) {
	whole := cell(record, column)
	return func(yield func(string) bool) {
		if c.Separator == "" {
			_ = whole == "" || yield(whole)
			return
		}
		for part := range strings.SplitSeq(whole, c.Separator) {
			if part = strings.TrimSpace(part); part != "" && !yield(part) {
				return
			}
		}
	}
}

// values reads the cells of several columns; empty ones are absent.
func (t *csvText) values(record []string, columns []keyColumn) Attributes {
	if len(columns) == 0 {
		return nil
	}
	return t.names.attributes(columns, func(column int) string { return cell(record, column) })
}
