package csvfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/source/csvfile/filter"
	"rollcall/source/internal/check"
)

// The rows that count are chosen by where. A row that is not chosen is as if it were
// not in the file, so a filter that is wrong makes leavers of everybody. That is
// why a row must be whole before it is judged, why a file of which no row is chosen
// was not read (S14), and why a listed value that seems to be written differently in
// the file makes removals wait (S13).

// FoldValue makes one text of values of where that look alike.
func FoldValue(s string) string { return filter.FoldValue(s) }

// choice is where, at work on one text.
type choice struct{ *textReader }

// includes reports whether a row counts, or may count. It judges all conditions, so that
// the order of rows and columns does not matter.
func (t choice) includes(record []string) bool {
	chosen := true
	t.unclear = nil
	for i := range t.table.where {
		c, value := &t.table.where[i], cell(record, t.layout.where[i])
		ok, problem := c.Judge(value)
		if problem != "" {
			t.problem(t.layout.where[i], problem)
		}
		if !ok && value == "" && c.Holds {
			t.unclear = &unclear{c.Heading, t.origin(t.layout.where[i])}
			continue
		}
		chosen = chosen && ok
	}
	switch {
	case !chosen:
		t.noteLeftOut(record)
	case t.unclear == nil:
		t.chosen++
	}
	return chosen
}

// unclear is a row of which nobody knows whether it counts.
type unclear struct {
	heading string
	origin  source.Origin
}

// noteUnclear notes the person of such a row. It may be one of several rows of the person.
func (t choice) noteUnclear(person int) {
	if t.unclear == nil {
		return
	}
	if _, known := t.table.unclear[person]; known {
		return
	}
	if t.table.unclear == nil {
		t.table.unclear = map[int]unclear{}
	}
	t.table.unclear[person] = *t.unclear
}

// sure are the people of whom it is known that they count.
func (r *table) sure() []source.Person {
	if len(r.unclear) == 0 {
		return r.people.list
	}
	var list []source.Person
	for i := range r.people.list {
		if _, ok := r.unclear[i]; !ok {
			list = append(list, r.people.list[i])
		}
	}
	return list
}

// listUnclear says of the people of the snapshot of whom nobody knows whether they count.
// place says where in it a person stands.
func (r *table) listUnclear(place []int32) map[int]string {
	if len(r.unclear) == 0 {
		return nil
	}
	list, first := map[int]string{}, unclear{}
	for i, u := range r.unclear {
		if place[i] < 0 {
			continue
		}
		list[int(place[i])] = fmt.Sprintf("%s: %s is empty, so nobody knows whether the row counts", u.origin, u.heading)
		if first.heading == "" || compareOrigins(u.origin, first.origin) < 0 {
			first = u
		}
	}
	if len(list) > 0 {
		r.notes = append(r.notes, source.Note{Origin: first.origin, Text: fmt.Sprintf(
			"%s is empty here, so nobody knows whether the row counts. %s such a row: they keep their access and get nothing new (S10). Fill in the cells, or set where_empty: ignore if an empty cell means that the row does not count",
			first.heading, verb(len(list), "1 person has", fmt.Sprintf("%d people have", len(list))))})
	}
	return list
}

// alsoNamed are the ids and addresses of a request, as they are compared.
func alsoNamed(texts []string) map[string]bool {
	named := map[string]bool{}
	for _, text := range texts {
		c := check.ReadCanary(text)
		named[c.Text], named[c.Email] = true, true
	}
	delete(named, "")
	return named
}

// noteLeftOut keeps which condition leaves a row out, if the request asks for its person.
// Nothing else of the row is read: it does not count.
func (t choice) noteLeftOut(record []string) {
	if len(t.table.also) == 0 || len(t.table.leftOut) >= source.MaxListed {
		return
	}
	l, email := &t.layout, ""
	if folded, err := source.FoldEmail(cell(record, l.email)); err == nil {
		email = folded
	}
	if !t.table.also[email] && !t.table.also[cell(record, l.id)] {
		return
	}
	for i := range t.table.where {
		c, value := &t.table.where[i], cell(record, l.where[i])
		if !slices.Contains(c.Values, value) {
			t.table.leftOut = append(t.table.leftOut, source.LeftOut{Column: c.Heading, Value: strings.Clone(value), Listed: c.Values, Origin: t.origin(l.where[i])})
			return
		}
	}
}

// check refuses a file of which where chooses no row.
func (t choice) check() {
	if len(t.table.where) == 0 || t.rows == 0 || t.chosen > 0 || t.table.damage.total > 0 {
		return
	}
	t.table.damage.add(&source.RowError{File: t.file, Line: t.end, Column: 1, Key: t.table.source.config.place("csv.where"), Problem: fmt.Sprintf(
		"chooses none of the %s of %s%s", source.Count(t.rows, "row"), t.file, t.table.unseenHint())})
}

// unseenHint names the first listed value that no row has.
func (r *table) unseenHint() string {
	for i := range r.where {
		for _, value := range r.where[i].Unseen() {
			return fmt.Sprintf("; no row has %s %q%s", r.where[i].Heading, value, source.Meant(r.where[i].Near(value)))
		}
	}
	return ""
}

// judgeUnseen says which listed values no row has. Where the file has a value that is
// nearly the same, the people who have it look gone.
func (r *table) judgeUnseen() {
	for i := range r.where {
		c := &r.where[i]
		for _, value := range c.Unseen() {
			if near := c.Near(value); near != "" {
				r.keep(fmt.Sprintf("no row has %s %q, which where lists; did you mean %q? Until where is fixed, nobody is removed (S13)", c.Heading, value, near))
				continue
			}
			r.notes = append(r.notes, source.Note{Origin: source.Origin{Source: r.source.name, File: r.source.files.Place()},
				Text: fmt.Sprintf("no row has %s %q, which where lists", c.Heading, value)})
		}
	}
}

func (c *Config) validateWhere(p *check.Problems) {
	switch {
	case !slices.Contains([]string{"", "hold", "ignore"}, c.WhereEmpty):
		p.Add("csv.where_empty", "unknown: use hold or ignore")
	case c.WhereEmpty != "" && len(c.Where) == 0:
		p.Add("csv.where_empty", "has no effect without where: leave it out")
	}
	if len(c.Where) > 0 && c.Columns.review() {
		p.Add("csv.where", "cannot be set together with decision: every row of an access review counts")
	}
	for _, heading := range slices.Sorted(maps.Keys(c.Where)) {
		at := "csv.where." + heading
		if strings.TrimSpace(heading) == "" {
			p.Add("csv.where", "has an empty column name")
		}
		if len(c.Where[heading]) == 0 {
			p.Add(at, `is empty: list the values of the rows that count, such as ["active"]`)
		}
		for i, value := range c.Where[heading] {
			switch {
			case strings.TrimSpace(value) != value:
				p.Add(fmt.Sprintf("%s[%d]", at, i), "has spaces around it: cells are compared without them")
			case slices.Contains(c.Where[heading][:i], value):
				p.Add(fmt.Sprintf("%s[%d]", at, i), "is listed twice")
			}
		}
	}
}
