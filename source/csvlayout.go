package source

import (
	"slices"
	"strings"
)

// csvLayout says in which column of a file what stands; -1 is nowhere.
type csvLayout struct {
	headings []string
	id       int
	email    int
	others   int
	external int
	first    int
	last     int
	groups   int
	org      int
	role     int
	member   int
	user     int
	decision int
	start    int
	end      int

	attributes      []keyColumn
	public, private []keyColumn
}

// keyColumn is the column that holds the value of a key.
type keyColumn struct {
	key    string
	column int
}

// readLayout finds the configured headings. It lists all that are missing or
// stand twice and answers whether rows can be read.
func (t *csvText) readLayout(record []string) bool {
	before := t.damage.total
	l := &t.layout
	for _, h := range record {
		l.headings = append(l.headings, strings.TrimSpace(h))
	}
	c := &t.source.config.Columns
	l.id, l.email, l.others = t.find(c.ID), t.find(c.Email), t.find(c.OtherEmails.Column)
	l.external, l.first, l.last = t.find(c.ExternalID), t.find(c.FirstName), t.find(c.LastName)
	l.groups, l.org, l.role = t.find(c.Groups.Column), t.find(c.Organization), t.find(c.Role)
	l.start, l.end = t.find(c.Start), t.find(c.End)
	l.member, l.user, l.decision = t.find(c.MembershipID), t.find(c.UserID), t.find(c.Decision)
	l.public, l.private = t.findKeys(c.Metadata.Public), t.findKeys(c.Metadata.Private)
	if !c.membership() && !c.review() {
		// A row of the membership form is its own rule: templates do not meet it.
		for _, name := range t.want.Attributes {
			l.attributes = append(l.attributes, keyColumn{name, t.seek(name)})
		}
	}
	t.headings = append(t.headings, l.headings...)
	return t.damage.total == before
}

func (t *csvText) findKeys(columns map[string]string) []keyColumn {
	var list []keyColumn
	for _, key := range sortedKeys(columns) {
		list = append(list, keyColumn{key, t.find(columns[key])})
	}
	return list
}

// find gives the column of a heading, -1 when none is asked for.
func (t *csvText) find(heading string) int {
	heading = strings.TrimSpace(heading)
	if heading == "" {
		return -1
	}
	at := slices.Index(t.layout.headings, heading)
	if at < 0 {
		line, _ := t.csv.FieldPos(0)
		t.damage.add(&RowError{File: t.file, Line: line, Column: 1, Field: heading, Problem: "no such column" + t.hint(heading)})
		return -1
	}
	if again := slices.Index(t.layout.headings[at+1:], heading); again >= 0 {
		t.problem(at+1+again, "heading stands twice, so nobody can tell which column is meant; rename one")
	}
	return at
}

// seek finds a column that a template asks for. When no file has it the
// configuration is wrong, when only this one lacks it the file is.
func (t *csvText) seek(name string) int {
	if slices.Contains(t.layout.headings, strings.TrimSpace(name)) {
		return t.find(name)
	}
	line, _ := t.csv.FieldPos(0)
	t.lacking = append(t.lacking, &RowError{File: t.file, Line: line, Column: 1, Field: name, Problem: "no such column" + t.hint(name)})
	return -1
}

// judgeLacking makes damage of columns that other files have.
func (r *csvRead) judgeLacking() {
	for _, e := range r.lacking {
		if slices.Contains(r.headings, strings.TrimSpace(e.Field)) {
			r.damage.add(e)
		}
	}
}

// vocabulary is what templates may ask of the source: nothing in the membership form.
func (r *csvRead) vocabulary() []string {
	names := []string{}
	if c := &r.source.config.Columns; !c.membership() && !c.review() {
		names = append(names, r.headings...)
		slices.Sort(names)
	}
	return slices.Compact(names)
}

// hint says what an admin may have meant by a heading that is not there.
func (t *csvText) hint(heading string) string {
	headings := t.layout.headings
	if len(headings) == 1 {
		for _, other := range []string{",", ";", "\t", "|"} {
			if delimiters[other] != t.csv.Comma && strings.Contains(headings[0], other) {
				return "; the header is one cell and holds " + strings.ReplaceAll(other, "\t", "tab") + " characters: is delimiter set rightly?"
			}
		}
	}
	for _, h := range headings {
		if Near(h, heading) {
			return "; did you mean " + quote(h) + "?"
		}
	}
	var list []string
	for _, h := range headings[:min(len(headings), 12)] {
		list = append(list, quote(h))
	}
	if len(headings) > 12 {
		list = append(list, "…")
	}
	return "; the header has " + strings.Join(list, ", ")
}
