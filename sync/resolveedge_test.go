package sync

import (
	"testing"

	"rollcall/source"
)

// An identifier that several members show names nobody, however many there are (S04).
func TestS04SharedIdentifiersNameNobody(t *testing.T) {
	o := &organizationState{members: []member{
		{UserID: "u1", Identifier: "one@corp.example"}, {UserID: "u2", Identifier: "two@corp.example"}, {UserID: "u3", Identifier: "TWO@corp.example"},
		{UserID: "u4", Identifier: "two@corp.example"}, {UserID: "u5", Identifier: "+15550001"}, {UserID: "u6"},
	}}
	index := identifiers(o)
	if m := index["one@corp.example"]; m == nil || m.UserID != "u1" {
		t.Errorf("one: %+v", m)
	}
	if m := index["two@corp.example"]; m != nil {
		t.Errorf("two, of three members: %+v", m)
	}
	if len(index) != 2 {
		t.Errorf("%d identifiers, want those that are addresses", len(index))
	}
}

// People whom source, id and address do not tell apart are in the order of
// where they stand, whatever order they came in.
func TestOrderOfPeopleWhoAreAlike(t *testing.T) {
	at := func(dn string) *person {
		return &person{Person: &source.Person{ID: "1", Email: "a@corp.example", Origin: source.Origin{Source: "hr", DN: dn}}, from: &source.Snapshot{Source: "hr"}}
	}
	a, b := at("uid=a"), at("uid=b")
	if comparePeople(a, b) >= 0 || comparePeople(b, a) <= 0 || comparePeople(a, a) != 0 {
		t.Errorf("%d, %d, %d", comparePeople(a, b), comparePeople(b, a), comparePeople(a, a))
	}
}
