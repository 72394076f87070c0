package unasked

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"rollcall/source"
)

// What is kept of a file with a million people in groups that nobody asked for stays
// small, and who is in the file stays known.
func TestWhatIsKeptOfOtherGroupsIsBounded(t *testing.T) {
	var e Groups
	people := make([]source.Person, mostTexts+100)
	for i := range people {
		people[i].ID = fmt.Sprint(i)
		e.Note(i, []string{fmt.Sprint("group ", i)})
	}
	e.Note(7, []string{strings.Repeat("é", 1000)})
	kept := e.Without(make([]bool, len(people)), people)
	if n := len(e.texts); n > mostTexts+1 {
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
	var mapped Groups
	if kept := mapped.Without(nil, people); len(mapped.of) != 0 || !kept.Equal(source.NewElsewhere(nil, func(func(string, uint32) bool) {})) {
		t.Error("people in groups that were asked for are kept twice")
	}
}

// People are counted once for each of their groups, and those who are in the snapshot
// for none.
func TestPeopleOfAGroupThatNobodyAskedForAreCounted(t *testing.T) {
	var e Groups
	people := []source.Person{{ID: "1", Email: "ann@corp.example"}, {ID: "2"}, {Email: "cy@corp.example"}, {ID: "4"}}
	e.Note(0, []string{"staff"})
	e.Note(1, []string{"staff", "sales"})
	e.Note(2, []string{"sales"})
	e.Note(3, []string{"staff"})
	kept := e.Without([]bool{false, false, false, true}, people)
	for group, want := range map[string]int{"staff": 2, "sales": 2, "sal": 0, "": 0} {
		if n := kept.Count(group); n != want {
			t.Errorf("%q: %d, want %d", group, n, want)
		}
	}
	if n := (*source.Elsewhere)(nil).Count("staff"); n != 0 {
		t.Errorf("without a file: %d", n)
	}
}
