package csvfile

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"strings"

	"rollcall/source"
)

// person finds or adds the person whom a row means; false when rows disagree.
func (t *textReader) person(p source.Person) (index int, added, ok bool) {
	i, differs := t.table.people.find(&p, &t.layout)
	if differs != nil {
		t.problem(differs.column, differs.problem)
		return 0, false, false
	}
	if i >= 0 {
		t.table.people.list[i].Period = source.Hull(t.table.people.list[i].Period, p.Period)
		return i, false, true
	}
	if p.ID == "" && t.layout.id >= 0 {
		t.table.nameless++
	}
	if most := t.table.people.most; len(t.table.people.list) >= most {
		t.table.full = true
		t.problem(max(0, t.layout.email), fmt.Sprintf("more than %d people, the limit for one source: check the file, or split it into several sources", most))
		return 0, false, false
	}
	return t.table.people.add(p, &t.table.names), true, true
}

// addWithGroups takes a row of a person with groups. Rows of one person merge
// their groups; a row that adds nothing is counted.
func (t *textReader) addWithGroups(record []string, p source.Person) {
	i, added, ok := t.person(p)
	if !ok {
		return
	}
	choice{t}.noteUnclear(i)
	if t.table.repeats.saw(i, added, t.said(record)) {
		t.table.repeats.count(t.origin(t.layout.email))
	}
	unasked, asked := t.table.unasked[:0], false
	for j, column := range t.layout.groups {
		for value := range t.table.groupColumns[j].Split(cell(record, column)) {
			name := t.table.groupColumns[j].Prefix + value
			if t.unclear == nil {
				t.table.groups.sawCanary(name)
			}
			if t.table.groups.join(name, memberRow{int32(i), p.Period}, func() source.Origin { return t.origin(column) }) {
				asked = true
				continue
			}
			unasked = append(unasked, name)
		}
	}
	for _, name := range unasked {
		if t.table.groups.alike[name] {
			t.table.alike.Note(i, []string{name})
		}
	}
	if t.table.unasked = unasked; !asked {
		t.table.elsewhere.Note(i, unasked)
	}
}

// said is what a row says of the groups of a person.
func (t *textReader) said(record []string) string {
	columns := t.layout.groups
	if t.table.source.config.Columns.dated() {
		columns = append(slices.Clone(columns), t.layout.start, t.layout.end)
	}
	if len(columns) == 1 {
		return cell(record, columns[0])
	}
	cells := make([]string, len(columns))
	for i, column := range columns {
		cells[i] = cell(record, column)
	}
	return strings.Join(cells, "\x00")
}

// addMembership takes a row of the membership form. Whether it repeats or
// contradicts another is judged when all are there, see [table.mergeRows].
func (t *textReader) addMembership(record []string, p source.Person) {
	before := t.table.damage.total
	row := source.Row{
		Organization: t.required(record, t.layout.org),
		Role:         t.required(record, t.layout.role),
		Public:       t.table.names.values(record, t.layout.public),
		Private:      t.table.names.values(record, t.layout.private),
		Period:       p.Period,
		Origin:       t.origin(t.layout.role),
	}
	if t.table.damage.total > before {
		return
	}
	i, _, ok := t.person(p)
	if !ok {
		return
	}
	choice{t}.noteUnclear(i)
	row.Person = i
	row.Organization, row.Role = t.table.names.text(row.Organization), t.table.names.text(row.Role)
	t.table.memberships = append(growToEstimate(&t.table.people.length, t.table.memberships, math.MaxInt), row)
}

// mergeRows sorts the rows by person and organization, merges those that
// agree, and lists those that do not. Two rows of different times agree: one
// contract follows another, and the second may bring another role.
func (r *table) mergeRows() {
	slices.SortFunc(r.memberships, func(a, b source.Row) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), strings.Compare(a.Organization, b.Organization),
			compareOrigins(a.Origin, b.Origin))
	})
	kept := r.memberships[:0]
	for _, row := range r.memberships {
		switch other, what := rival(kept, &row); {
		case what != "":
			r.damage.add(&source.RowError{File: row.Origin.File, Line: row.Origin.Line, Column: row.Origin.Column,
				Problem: fmt.Sprintf("%s differs from %s, which has the same person in the same organization",
					what, place(other.Origin))})
		case other != nil:
			r.repeats.count(row.Origin)
		default:
			kept = append(kept, row)
		}
	}
	clear(r.memberships[len(kept):])
	r.memberships = kept
}

// rival finds the row before that a row repeats, or contradicts in what.
func rival(kept []source.Row, row *source.Row) (other *source.Row, what string) {
	for i := len(kept) - 1; i >= 0 && sameMembership(&kept[i], row); i-- {
		if what := rowDifference(&kept[i], row); what != "" && source.Overlap(kept[i].Period, row.Period) {
			return &kept[i], what
		}
		if source.SamePeriod(kept[i].Period, row.Period) {
			return &kept[i], ""
		}
	}
	return nil, ""
}

func sameMembership(a, b *source.Row) bool {
	return a.Person == b.Person && a.Organization == b.Organization
}

func rowDifference(a, b *source.Row) string {
	switch {
	case a.Role != b.Role:
		return "role"
	case !sameAttributes(a.Public, b.Public):
		return "public metadata"
	case !sameAttributes(a.Private, b.Private):
		return "private metadata"
	}
	return ""
}

func compareOrigins(a, b source.Origin) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

func compareRowErrors(a, b *source.RowError) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// repeats counts rows that say again what another row said.
type repeats struct {
	seed  maphash.Seed
	first []uint64 // per person, what her first row said of groups
	more  map[groupClaim]struct{}
	n     int
	at    source.Origin
}

// groupClaim is what a further row says of a person's groups, hashed: a collision
// would miscount a note.
type groupClaim struct {
	person int
	hash   uint64
}

// saw remembers what a row says and reports whether a row said it before.
func (r *repeats) saw(person int, added bool, groups string) bool {
	hash := maphash.String(r.seed, groups)
	if added {
		r.first = append(r.first, hash)
		return false
	}
	key := groupClaim{person, hash}
	if _, again := r.more[key]; again || r.first[person] == hash {
		return true
	}
	if r.more == nil {
		r.more = map[groupClaim]struct{}{}
	}
	r.more[key] = struct{}{}
	return false
}

func (r *repeats) count(at source.Origin) {
	if r.n++; r.n == 1 || compareOrigins(at, r.at) < 0 {
		r.at = at
	}
}
