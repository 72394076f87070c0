package csvfile

import (
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/csvfile/cells"
)

// A newline within a cell may separate groups, as Alt+Enter writes it in Excel.
func TestANewlineSeparatesGroups(t *testing.T) {
	columns := peopleForm()
	columns.Groups.Separator = "\n"
	s := mustRead(t, "id,email,groups\r\n1,ann@corp.example,\"staff\r\n leads\r\n\"\r\n2,ben@corp.example,staff\r\n", columns, source.Request{})
	if len(s.Groups) != 2 || s.Groups[0].Name != "leads" || s.Groups[1].Name != "staff" || len(s.Groups[1].Members) != 2 || s.People[1].Origin.Line != 5 {
		t.Errorf("got %+v, %+v", s.Groups, s.People)
	}
}

// Groups of several columns are told apart by the heading: no cell of one column names a
// group of another, whatever somebody writes into it. A column that is missing is damage
// (M9, S14).
func TestS14GroupsOfSeveralColumns(t *testing.T) {
	columns := Columns{ID: "id", Email: "email", Groups: cells.Several(Cells{Column: "department"}, Cells{Column: " location ", Separator: ";"})}
	const head = "id,email,department,location\n"
	want := source.Request{Groups: []source.Selector{{Name: "department/Sales"}, {Glob: "location/*"}, {Name: "Sales"}, {Name: "location/Sales"}, {Glob: "*"}}}
	s := mustRead(t, head+"1,ann@corp.example,Sales,Vienna; Graz\n2,ben@corp.example,location/Vienna,Sales\n3,cleo@corp.example,,department/Sales\n4,dora@corp.example,,\n", columns, want)
	got := map[string]string{}
	for _, g := range s.Groups {
		for _, m := range g.Members {
			got[g.Name] += s.People[m.Person].ID
		}
	}
	diff(t, got, map[string]string{"department/Sales": "1", "location/Graz": "1", "location/Vienna": "1", "location/Sales": "2"})
	diff(t, s.Missing, []int{2, 4})
	if groups, found := s.Elsewhere.Groups("3"); !found || groups != "location/department/Sales" {
		t.Errorf("%q", groups)
	}
	for text, problem := range map[string]string{
		"id,email,department\n1,ann@corp.example,Sales\n":                               `has no column "location"`,
		"id,email,department,location,location\n1,ann@corp.example,Sales,Vienna,Graz\n": "two columns have this heading",
		head + "1,ann@corp.example,Sales,Vienna;#N/A\n":                                 "error value of a spreadsheet",
		head + "1,ann@corp.example,#REF!,Vienna\n":                                      "error value of a spreadsheet",
	} {
		if _, err := read(t, text, columns, want); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%q: %v", text, err)
		}
	}
	// Rows of one person merge what every column says, and a row that says nothing new is
	// counted.
	s = mustRead(t, head+"1,ann@corp.example,Sales,Vienna\n1,ann@corp.example,Sales,Graz\n1,ann@corp.example,Sales,Graz\n", columns, want)
	if len(s.Groups) != 3 || len(s.Notes) != 1 || !strings.Contains(s.Notes[0].Text, "1 row repeats") {
		t.Errorf("%d groups, notes %v", len(s.Groups), s.Notes)
	}
}

// A list of columns is refused where names could not be told apart, and where one column
// is meant.
func TestListsOfColumnsAreValidated(t *testing.T) {
	several := func(headings ...string) Cells {
		var list []Cells
		for _, h := range headings {
			list = append(list, Cells{Column: h})
		}
		return cells.Several(list...)
	}
	for name, x := range map[string]struct {
		columns Columns
		problem string
	}{
		"good":             {Columns{Email: "email", Groups: several("department", "location")}, ""},
		"one":              {Columns{Email: "email", Groups: several("department")}, ""},
		"none":             {Columns{Email: "email", Groups: several()}, "empty list"},
		"a slash":          {Columns{Email: "email", Groups: several("a/b")}, "heading with a slash"},
		"twice":            {Columns{Email: "email", Groups: several("a", "a ")}, "listed twice"},
		"no heading":       {Columns{Email: "email", Groups: several("a", "")}, "missing: name the column"},
		"the address":      {Columns{Email: "email", Groups: several("a", "email")}, "is the same column as groups[1]"},
		"other addresses":  {Columns{Email: "email", OtherEmails: several("a"), Groups: several("b")}, "cannot be a list"},
		"a list in a list": {Columns{Email: "email", Groups: cells.Several(several("a"))}, "cannot be a list"},
		"a membership":     {Columns{Email: "email", Organization: "o", Role: "r", Groups: several("a")}, "cannot be set together with organization"},
		"a review":         {Columns{Organization: "o", MembershipID: "m", UserID: "u", Decision: "d", Groups: several("a")}, "cannot be set together with decision"},
	} {
		err := (&Config{Path: "x", Columns: x.columns}).Validate()
		if x.problem == "" && err != nil || x.problem != "" && (err == nil || !strings.Contains(err.Error(), x.problem)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
