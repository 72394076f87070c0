package csvfile

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"rollcall/source"
)

// Who is in the file and in no group that was asked for is known, with the groups;
// who is in one stands in the snapshot, and who is in none of the rows is not known
// (S42).
func TestS42WhoIsInOtherGroupsHasNotLeft(t *testing.T) {
	const text = "id,email,groups,dept\n" +
		"1,ann@corp.example,staff;sales,\n" +
		"2,ben@corp.example,sales,\n" +
		"3,cleo@corp.example,,\n" +
		"4,dora@corp.example,support,\n" +
		"4,dora@corp.example,sales;support,\n" +
		"5,eve@corp.example,sales,\n" +
		"5,eve@corp.example,staff,\n"
	s := mustRead(t, text, peopleForm(), source.Request{Groups: []source.Selector{{Name: "staff"}}})
	if len(s.People) != 2 {
		t.Fatalf("%d people", len(s.People))
	}
	for id, want := range map[string]string{"2": "sales", "ben@corp.example": "sales", "3": "", "4": "sales, support"} {
		if groups, found := s.Elsewhere.Groups(id); !found || groups != want {
			t.Errorf("%s: %q %v, want %q", id, groups, found, want)
		}
	}
	for _, id := range []string{"1", "ann@corp.example", "5", "9", "", "sales"} {
		if groups, found := s.Elsewhere.Groups(id); found {
			t.Errorf("%s is elsewhere, in %q", id, groups)
		}
	}
}

// What is kept of a file with a million people in groups that nobody asked for stays
// small, and who is in the file stays known.
func TestWhatIsKeptOfOtherGroupsIsBounded(t *testing.T) {
	var e elsewhere
	people := make([]source.Person, maxInterned+100)
	for i := range people {
		people[i].ID = fmt.Sprint(i)
		e.note(i, []string{fmt.Sprint("group ", i)})
	}
	e.note(7, []string{strings.Repeat("é", 1000)})
	kept := e.snapshot(people, make([]bool, len(people)))
	if n := len(e.texts); n > maxInterned+1 {
		t.Errorf("%d texts", n)
	}
	if groups, found := kept.Groups("12"); !found || groups != "group 12" {
		t.Error(groups, found)
	}
	if groups, found := kept.Groups(fmt.Sprint(len(people) - 1)); !found || groups != otherGroups {
		t.Error(groups, found)
	}
	if text := cut(strings.Repeat("é", 1000)); len(text) > mostNamed+len(otherGroups) || !utf8.ValidString(text) {
		t.Errorf("%d bytes: %q", len(text), text)
	}
	var mapped elsewhere
	if kept := mapped.snapshot(people, nil); len(mapped.of) != 0 || !kept.Equal(source.NewElsewhere(nil, func(func(string, uint32) bool) {})) {
		t.Error("people in groups that were asked for are kept twice")
	}
}

// People are counted once for each of their groups, and those who are in the snapshot
// for none.
func TestPeopleOfAGroupThatNobodyAskedForAreCounted(t *testing.T) {
	var e elsewhere
	people := []source.Person{{ID: "1", Email: "ann@corp.example"}, {ID: "2"}, {Email: "cy@corp.example"}, {ID: "4"}}
	e.note(0, []string{"staff"})
	e.note(1, []string{"staff", "sales"})
	e.note(2, []string{"sales"})
	e.note(3, []string{"staff"})
	kept := e.snapshot(people, []bool{false, false, false, true})
	for group, want := range map[string]int{"staff": 2, "sales": 2, "sal": 0, "": 0} {
		if n := kept.Count(group); n != want {
			t.Errorf("%q: %d, want %d", group, n, want)
		}
	}
	if n := (*source.Elsewhere)(nil).Count("staff"); n != 0 {
		t.Errorf("without a file: %d", n)
	}
}
