package directory

import (
	"slices"
	"testing"
	"time"

	"rollcall/source"
)

// People are in the order of source, id and address; whom these do not tell apart
// in that of where they stand, whatever order they came in.
func TestOrderOfPeople(t *testing.T) {
	at := func(from, id, email, dn string) *Person {
		return &Person{Person: &source.Person{ID: id, Email: email, Origin: source.Origin{Source: from, DN: dn}}, From: &source.Snapshot{Source: from}}
	}
	list := []*Person{at("crm", "2", "b@corp.example", "uid=d"), at("hr", "1", "b@corp.example", "uid=c"), at("hr", "2", "a@corp.example", "uid=b"),
		at("hr", "2", "b@corp.example", "uid=a"), at("hr", "2", "b@corp.example", "uid=b")}
	for i, a := range list {
		for k, b := range list {
			if got := ComparePeople(a, b); (got < 0) != (i < k) || (got == 0) != (i == k) {
				t.Errorf("%d and %d: %d", i, k, got)
			}
		}
	}
}

// Two entries that agree in everything but where they stand keep one order.
func TestPeopleOfOnePlaceHaveAnOrder(t *testing.T) {
	d := New([]*source.Snapshot{{Source: "hr", People: []source.Person{
		{Email: "ann@corp.example", Origin: source.Origin{File: "b.csv", Line: 2}}, {Email: "ann@corp.example", Origin: source.Origin{File: "a.csv", Line: 9}}}}}, time.Now(), nil)
	people := slices.Clone(d.People[0])
	slices.SortFunc(people, ComparePeople)
	if people[0].Origin.File != "a.csv" || ComparePeople(people[0], people[0]) != 0 {
		t.Errorf("the first is of %s", people[0].Origin)
	}
}
