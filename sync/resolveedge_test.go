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

// People are in the order of source, id and address; whom these do not tell apart
// in that of where they stand, whatever order they came in.
func TestOrderOfPeople(t *testing.T) {
	at := func(from, id, email, dn string) *person {
		return &person{Person: &source.Person{ID: id, Email: email, Origin: source.Origin{Source: from, DN: dn}}, from: &source.Snapshot{Source: from}}
	}
	list := []*person{at("crm", "2", "b@corp.example", "uid=d"), at("hr", "1", "b@corp.example", "uid=c"), at("hr", "2", "a@corp.example", "uid=b"),
		at("hr", "2", "b@corp.example", "uid=a"), at("hr", "2", "b@corp.example", "uid=b")}
	for i, a := range list {
		for k, b := range list {
			if got := comparePeople(a, b); (got < 0) != (i < k) || (got == 0) != (i == k) {
				t.Errorf("%d and %d: %d", i, k, got)
			}
		}
	}
}
