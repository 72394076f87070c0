package source

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// csvPeople is everybody whom the rows named so far, each once.
type csvPeople struct {
	list    []Person
	byID    map[string]int
	byEmail map[string]int
	length  forecast
}

func newCSVPeople() csvPeople {
	return csvPeople{byID: map[string]int{}, byEmail: map[string]int{}}
}

// find gives the person whom a row means: by id, or by address where the row
// has no id (S01, S02); -1 for somebody new. Rows that contradict each other
// about who somebody is are a problem, which says where the other row is.
func (c *csvPeople) find(p *Person) (int, *disagreement) {
	if p.ID != "" {
		if i, ok := c.byID[p.ID]; ok {
			return i, disagree(&c.list[i], p)
		}
	}
	i, ok := c.byEmail[p.Email]
	switch {
	case !ok || p.Email == "":
		return -1, nil
	case c.list[i].ID != p.ID:
		return i, &disagreement{what: "email", other: &c.list[i], text: "address is also that of %s, whose id differs"}
	}
	return i, disagree(&c.list[i], p)
}

// add keeps a new person, free of the record that p was read from.
func (c *csvPeople) add(p Person, names *interner) int {
	i := len(c.list)
	if list := foretell(&c.length, c.list); cap(list) > cap(c.list) {
		c.list = list
		c.byID, c.byEmail = sized(c.byID, cap(list)), sized(c.byEmail, cap(list))
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

// sized copies a map that is to become so large, before it grows step by step.
func sized(m map[string]int, n int) map[string]int {
	if len(m) == 0 {
		return m
	}
	out := make(map[string]int, n)
	maps.Copy(out, m)
	return out
}

// disagreement is what two rows of one person say differently.
type disagreement struct {
	what  string // the column of the layout
	other *Person
	text  string
}

func (d *disagreement) String() string {
	return fmt.Sprintf(d.text, place(d.other.Origin))
}

// place names a row: file and line.
func place(o Origin) string {
	o.Column = 0
	return o.String()
}

// disagree compares two rows about one person in everything but her groups.
func disagree(a, b *Person) *disagreement {
	const text = "differs from %s, which is about the same person"
	var what string
	switch {
	case a.Email != b.Email:
		return &disagreement{what: "id", other: a, text: "id is also that of %s, whose address differs"}
	case a.ExternalID != b.ExternalID:
		what = "external_id"
	case !slices.Equal(a.OtherEmails, b.OtherEmails):
		what = "other_emails"
	case a.FirstName != b.FirstName:
		what = "first_name"
	case a.LastName != b.LastName:
		what = "last_name"
	case !sameAttributes(a.Attributes, b.Attributes):
		return &disagreement{what: firstDifference(a.Attributes, b.Attributes), other: a, text: text}
	default:
		return nil
	}
	return &disagreement{what: what, other: a, text: text}
}

func sameAttributes(a, b Attributes) bool {
	return slices.EqualFunc(a, b, func(x, y Attribute) bool {
		return x.Name == y.Name && slices.Equal(x.Values, y.Values)
	})
}

// firstDifference names an attribute in which two lists differ, as "attribute:NAME".
func firstDifference(a, b Attributes) string {
	for _, list := range []Attributes{a, b} {
		for _, x := range list {
			if !slices.Equal(a.Get(x.Name), b.Get(x.Name)) {
				return attributePrefix + x.Name
			}
		}
	}
	return ""
}

// attributePrefix marks a disagreement about an attribute.
const attributePrefix = "attribute:"

// columnOf finds the column that a disagreement is about.
func (l *csvLayout) columnOf(what string) int {
	switch what {
	case "id":
		return l.id
	case "external_id":
		return l.external
	case "other_emails":
		return l.others
	case "first_name":
		return l.first
	case "last_name":
		return l.last
	}
	for _, a := range l.attributes {
		if attributePrefix+a.key == what {
			return a.column
		}
	}
	return l.email
}

// order sorts people by id, then by address; the answer lists their present
// indices in the new order. No two people have both in common.
func (c *csvPeople) order() []int32 {
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
