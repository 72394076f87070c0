package csvfile

import (
	"cmp"
	"slices"
	"strings"

	"rollcall/source"
)

// peopleIndex holds the people of the rows so far, each once.
type peopleIndex struct {
	list    []source.Person
	byID    map[string]int
	byEmail map[string]int
	length  lengthEstimate
	most    int // how many there may be
}

// mostPeople bounds the people of one source: what is larger is no directory, and
// would take the memory of the machine.
const mostPeople = 1_000_000

func newPeopleIndex(most int) peopleIndex {
	return peopleIndex{byID: map[string]int{}, byEmail: map[string]int{}, most: most}
}

// find gives the person of a row: by id, or by address where the row has no id
// (S01, S02); -1 for a new person. Rows that contradict each other about one
// person are a problem, which says where the other row is.
func (c *peopleIndex) find(p *source.Person, l *layout) (int, *disagreement) {
	if p.ID != "" {
		if i, ok := c.byID[p.ID]; ok {
			return i, l.disagree(&c.list[i], p)
		}
	}
	i, ok := c.byEmail[p.Email]
	switch {
	case !ok || p.Email == "":
		return -1, nil
	case c.list[i].ID != p.ID:
		return i, &disagreement{l.email, "the row in " + place(c.list[i].Origin) + " has the same address with another id"}
	}
	return i, l.disagree(&c.list[i], p)
}

// add keeps a new person, free of the record that p was read from.
func (c *peopleIndex) add(p source.Person, names *interner) int {
	i := len(c.list)
	if list := growToEstimate(&c.length, c.list, c.most); cap(list) > cap(c.list) {
		c.list = list
		c.byID, c.byEmail = grownMap(c.byID, cap(list)), grownMap(c.byEmail, cap(list))
	}
	p.ID, p.ExternalID = strings.Clone(p.ID), strings.Clone(p.ExternalID)
	p.FirstName, p.LastName = names.text(p.FirstName), names.text(p.LastName)
	c.list = append(c.list, p)
	if p.ID != "" {
		c.byID[p.ID] = i
	}
	if p.Email != "" {
		c.byEmail[p.Email] = i
	}
	return i
}

// disagreement is a column in which two rows about one person differ.
type disagreement struct {
	column  int
	problem string
}

// place names a row: file and line.
func place(o source.Origin) string {
	o.Column = 0
	return o.String()
}

// disagree compares two rows about one person in everything but their groups;
// nil says that they agree.
func (l *layout) disagree(a, b *source.Person) *disagreement {
	if a.Email != b.Email {
		return &disagreement{l.id, "the row in " + place(a.Origin) + " has the same id with another address"}
	}
	column, differs := l.differingColumn(a, b)
	if !differs {
		return nil
	}
	return &disagreement{column, "differs from " + place(a.Origin) + ", which has the same person"}
}

func (l *layout) differingColumn(a, b *source.Person) (column int, differs bool) {
	switch {
	case a.ExternalID != b.ExternalID:
		return l.external, true
	case !slices.Equal(a.OtherEmails, b.OtherEmails):
		return l.others, true
	case a.FirstName != b.FirstName:
		return l.first, true
	case a.LastName != b.LastName:
		return l.last, true
	}
	for _, c := range l.attributes {
		// A column that this file lacks is damage of its own.
		if c.column >= 0 && !slices.Equal(a.Attributes.Get(c.key), b.Attributes.Get(c.key)) {
			return c.column, true
		}
	}
	return 0, false
}

func sameAttributes(a, b source.Attributes) bool {
	return slices.EqualFunc(a, b, func(x, y source.Attribute) bool {
		return x.Name == y.Name && slices.Equal(x.Values, y.Values)
	})
}

// order sorts people by id, then by address; the answer lists their present
// indices in the new order. No two people have both in common.
func (c *peopleIndex) order() []int32 {
	order := make([]int32, len(c.list))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := &c.list[a], &c.list[b]
		return cmp.Or(strings.Compare(x.ID, y.ID), strings.Compare(x.Email, y.Email))
	})
	return order
}
