package source

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
)

// person finds or adds the person whom a row means; false when rows disagree.
func (t *csvText) person(p Person) (index int, added, ok bool) {
	i, problem := t.people.find(&p)
	if problem != nil {
		t.problem(t.layout.columnOf(problem.what), problem.String())
		return 0, false, false
	}
	if i >= 0 {
		t.people.list[i].Term = hull(t.people.list[i].Term, p.Term)
		return i, false, true
	}
	if p.ID == "" && t.layout.id >= 0 {
		t.nameless++
	}
	return t.people.add(p, &t.names), true, true
}

// addWithGroups takes a row of a person with groups. Rows of one person merge
// their groups; one that says nothing new is counted.
func (t *csvText) addWithGroups(record []string, p Person) {
	i, added, ok := t.person(p)
	if !ok {
		return
	}
	said := cell(record, t.layout.groups)
	if t.source.config.Columns.dated() {
		said += "\x00" + cell(record, t.layout.start) + "\x00" + cell(record, t.layout.end)
	}
	if t.repeats.saw(i, added, said) {
		t.repeats.count(t.origin(t.layout.email))
	}
	for name := range t.source.config.Columns.Groups.split(record, t.layout.groups) {
		t.groups.join(name, csvMember{int32(i), p.Term}, func() Origin { return t.origin(t.layout.groups) })
	}
}

// addMembership takes a row of the membership form. Whether it repeats or
// contradicts another is judged when all are there, see [csvRead.mergeRows].
func (t *csvText) addMembership(record []string, p Person) {
	before := t.damage.total
	row := Row{
		Organization: t.required(record, t.layout.org),
		Role:         t.required(record, t.layout.role),
		Public:       t.values(record, t.layout.public),
		Private:      t.values(record, t.layout.private),
		Term:         p.Term,
		Origin:       t.origin(t.layout.role),
	}
	if t.damage.total > before {
		return
	}
	i, _, ok := t.person(p)
	if !ok {
		return
	}
	row.Person = i
	row.Organization, row.Role = t.names.text(row.Organization), t.names.text(row.Role)
	t.memberships = append(foretell(&t.people.length, t.memberships), row)
}

// mergeRows sorts the rows by person and organization, merges those that
// agree, and lists those that do not. Two rows of different times agree: one
// contract follows another, and the second may bring another role.
func (r *csvRead) mergeRows() {
	slices.SortFunc(r.memberships, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), strings.Compare(a.Organization, b.Organization),
			compareOrigins(a.Origin, b.Origin))
	})
	kept := r.memberships[:0]
	for _, row := range r.memberships {
		switch other, what := rival(kept, &row); {
		case what != "":
			r.damage.add(&RowError{File: row.Origin.File, Line: row.Origin.Line, Column: row.Origin.Column,
				Problem: fmt.Sprintf("%s differs from %s, which is the same person in the same organization",
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
func rival(kept []Row, row *Row) (other *Row, what string) {
	for i := len(kept) - 1; i >= 0 && sameMembership(&kept[i], row); i-- {
		if what := rowDifference(&kept[i], row); what != "" && overlap(kept[i].Term, row.Term) {
			return &kept[i], what
		}
		if sameTerm(kept[i].Term, row.Term) {
			return &kept[i], ""
		}
	}
	return nil, ""
}

func sameMembership(a, b *Row) bool {
	return a.Person == b.Person && a.Organization == b.Organization
}

func rowDifference(a, b *Row) string {
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

func compareOrigins(a, b Origin) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

func compareRowErrors(a, b *RowError) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// repeats counts rows that say again what another row said.
type repeats struct {
	seed  maphash.Seed
	first []uint64 // per person, what her first row said of groups
	more  map[saying]struct{}
	n     int
	at    Origin
}

// saying is what a further row says of a person's groups, hashed: a collision
// would miscount a note.
type saying struct {
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
	key := saying{person, hash}
	if _, again := r.more[key]; again || r.first[person] == hash {
		return true
	}
	if r.more == nil {
		r.more = map[saying]struct{}{}
	}
	r.more[key] = struct{}{}
	return false
}

func (r *repeats) count(at Origin) {
	if r.n++; r.n == 1 || compareOrigins(at, r.at) < 0 {
		r.at = at
	}
}
