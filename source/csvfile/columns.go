package csvfile

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"rollcall/source"
)

// layout says in which column of a file what stands; -1 is nowhere.
type layout struct {
	headings []string
	id       int
	email    int
	others   int
	external int
	first    int
	last     int
	groups   []int // of the columns of groups, in their order
	org      int
	role     int
	member   int
	user     int
	decision int
	start    int
	end      int

	where           []int // of the conditions of the table
	attributes      []keyColumn
	public, private []keyColumn

	// mapped lists the columns that the configuration or a template names, each
	// once; several are those whose cells can hold more than one value.
	mapped  []int
	several map[int][]*Cells
}

// keyColumn is the column that holds the value of a key.
type keyColumn struct {
	key    string
	column int
}

// header is the first row of a file, which names the columns.
type header struct{ *textReader }

// readLayout finds the configured headings. It lists all that are missing or
// stand twice and answers whether rows can be read.
func (t header) readLayout(record []string) bool {
	before := t.table.damage.total
	l := &t.layout
	for _, h := range record {
		l.headings = append(l.headings, strings.TrimSpace(h))
	}
	c := &t.table.source.config.Columns
	if t.hasOtherDelimiter() {
		return false
	}
	l.id, l.email, l.others = t.find("id", c.ID), t.find("email", c.Email), t.find("other_emails.column", c.OtherEmails.Column)
	l.external, l.first, l.last = t.find("external_id", c.ExternalID), t.find("first_name", c.FirstName), t.find("last_name", c.LastName)
	for _, groups := range t.table.groupColumns {
		l.groups = append(l.groups, t.find("groups.column", groups.Column))
	}
	l.org, l.role = t.find("organization", c.Organization), t.find("role", c.Role)
	l.start, l.end = t.find("start", c.Start), t.find("end", c.End)
	l.member, l.user, l.decision = t.find("membership_id", c.MembershipID), t.find("user_id", c.UserID), t.find("decision", c.Decision)
	l.public, l.private = t.findKeys("metadata.public.", c.Metadata.Public), t.findKeys("metadata.private.", c.Metadata.Private)
	for _, w := range t.table.where {
		l.where = append(l.where, t.findBelow("csv.where.", w.Heading, w.Heading))
	}
	if !c.Membership() && !c.review() {
		// A row of the membership form is its own rule: templates do not meet it.
		for _, name := range t.table.want.Attributes {
			l.attributes = append(l.attributes, keyColumn{name, t.findRequested(name)})
		}
	}
	l.listMapped(t.table)
	t.table.headings = append(t.table.headings, l.headings...)
	return t.table.damage.total == before
}

// listMapped gathers the columns that were found.
func (l *layout) listMapped(r *table) {
	columns := []int{l.id, l.email, l.others, l.external, l.first, l.last, l.org, l.role,
		l.member, l.user, l.decision, l.start, l.end}
	columns = append(columns, l.groups...)
	for _, k := range slices.Concat(l.attributes, l.public, l.private) {
		columns = append(columns, k.column)
	}
	slices.Sort(columns)
	l.mapped = slices.DeleteFunc(slices.Compact(columns), func(column int) bool { return column < 0 })
	l.several = map[int][]*Cells{l.others: {&r.source.config.Columns.OtherEmails}}
	for i, column := range l.groups {
		l.several[column] = append(l.several[column], &r.groupColumns[i])
	}
}

func (t header) findKeys(path string, columns map[string]string) []keyColumn {
	var list []keyColumn
	for _, key := range slices.Sorted(maps.Keys(columns)) {
		list = append(list, keyColumn{key, t.find(path+key, columns[key])})
	}
	return list
}

// find gives the column of the heading that a key below csv.columns names, -1 when none
// is asked for. If the file does not have it, the key is named, and not the data: which
// of the two is wrong, only an admin can tell.
func (t header) find(key, heading string) int { return t.findBelow("csv.columns.", key, heading) }

// findBelow does the same for a key below another one.
func (t header) findBelow(above, key, heading string) int {
	heading = strings.TrimSpace(heading)
	if heading == "" {
		return -1
	}
	at := slices.Index(t.layout.headings, heading)
	if at < 0 {
		t.doubt(above+key, "has no column "+strconv.Quote(heading)+t.headingHint(heading))
		return -1
	}
	if again := slices.Index(t.layout.headings[at+1:], heading); again >= 0 {
		t.problem(at+1+again, "two columns have this heading: rename one of them")
	}
	return at
}

// doubt adds a key of the configuration that does not fit the file.
func (t header) doubt(key, problem string) {
	line := 1
	if t.csv != nil {
		line, _ = t.csv.FieldPos(0)
	}
	t.table.damage.add(&source.RowError{File: t.file, Line: line, Column: 1, Key: t.table.source.config.place(key), Problem: t.file + " " + problem})
}

// hasOtherDelimiter reports whether the header is one cell because the delimiter is
// another one. All columns would be missing for that one reason.
func (t header) hasOtherDelimiter() bool {
	headings := t.layout.headings
	if len(headings) != 1 || t.knowsAny(headings) {
		return false
	}
	for _, other := range []string{",", ";", "\t", "|"} {
		if delimiters[other] != t.csv.Comma && strings.Contains(headings[0], other) {
			t.doubt("csv.delimiter", "has a single heading, which contains "+strings.ReplaceAll(other, "\t", "tab")+" characters: check delimiter, and check that this is the export")
			return true
		}
	}
	return false
}

// findRequested finds a column that a template asks for. If no file has the
// column, the template is wrong. If only this file lacks it, the file is damaged.
func (t header) findRequested(name string) int {
	if slices.Contains(t.layout.headings, strings.TrimSpace(name)) {
		return t.find("", name)
	}
	line, _ := t.csv.FieldPos(0)
	t.table.lacking = append(t.table.lacking, &source.RowError{File: t.file, Line: line, Column: 1, Field: name, Problem: "no such column" + t.headingHint(name)})
	return -1
}

// judgeLacking makes damage of columns that other files have.
func (r *table) judgeLacking() {
	for _, e := range r.lacking {
		if slices.Contains(r.headings, strings.TrimSpace(e.Field)) {
			r.damage.add(e)
		}
	}
}

// vocabulary is what templates may ask of the source: nothing in the membership form.
func (r *table) vocabulary() []string {
	names := []string{}
	if c := &r.source.config.Columns; !c.Membership() && !c.review() {
		names = append(names, r.headings...)
		slices.Sort(names)
	}
	return slices.Compact(names)
}

// headingHint says what an admin may have meant by a heading that is not there.
// It shows the headings only of a file that has a configured column: any other
// file may be something else, a secret say (S43).
func (t *textReader) headingHint(heading string) string {
	headings := t.layout.headings
	for _, h := range headings {
		if source.Similar(h, heading) {
			return source.Meant(h)
		}
	}
	if !t.knowsAny(headings) {
		return "; the header has " + source.Count(len(headings), "cell") + ", none of them a configured column"
	}
	var list []string
	for _, h := range headings[:min(len(headings), 12)] {
		list = append(list, strconv.Quote(h))
	}
	if len(headings) > 12 {
		list = append(list, "…")
	}
	return "; the header has " + strings.Join(list, ", ")
}

// place is a key with its place in the configuration file: that of the nearest key above
// it if the file leaves it out.
func (c *Config) place(key string) string {
	for at := key; at != ""; at = at[:max(0, strings.LastIndexByte(at, '.'))] {
		if place := c.Places[at]; place != "" {
			return place
		}
	}
	return key
}

// knowsAny reports whether a configured column is among the headings.
func (t *textReader) knowsAny(headings []string) bool {
	return slices.ContainsFunc(t.table.source.config.Columns.headings(), func(h string) bool { return slices.Contains(headings, h) })
}

// headings are those of all configured columns.
func (c *Columns) headings() []string {
	list := []string{c.ID, c.Email, c.OtherEmails.Column, c.ExternalID, c.FirstName, c.LastName, c.Organization, c.Role,
		c.Start, c.End, c.MembershipID, c.UserID, c.Decision}
	for _, groups := range c.Groups.List() {
		list = append(list, groups.Column)
	}
	list = slices.AppendSeq(list, maps.Values(c.Metadata.Public))
	list = slices.AppendSeq(list, maps.Values(c.Metadata.Private))
	for i, h := range list {
		list[i] = strings.TrimSpace(h)
	}
	return slices.DeleteFunc(list, func(h string) bool { return h == "" })
}
