package csvfile

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/csvfile/spreadsheet"
)

// Each error value of a spreadsheet is damage in each mapped column: the value
// that belongs there is unknown, and nobody leaves because of it.
func TestS14ErrorValuesOfSpreadsheetsAreDamage(t *testing.T) {
	values := []string{"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#NV", "#BEZUG!", "#N/D", "#SPILL!", "Err:502", "########", " #N/A "}
	columns := Columns{ID: "id", Email: "email", ExternalID: "ext", FirstName: "first", LastName: "last",
		OtherEmails: Cells{Column: "more", Separator: " "}, Groups: Cells{Column: "groups", Separator: ";"}, Start: "start", End: "end"}
	headings := []string{"id", "email", "ext", "first", "last", "more", "groups", "start", "end", "dept"}
	for _, value := range values {
		for broken, heading := range headings {
			row := []string{"1", "ann@corp.example", "e1", "Ann", "Lee", "", "staff", "2020-01-01", "2090-01-01", "x"}
			row[broken] = value
			text := strings.Join(headings, ",") + "\n" + strings.Join(row, ",") + "\n"
			dir, config := t.TempDir(), Config{Columns: columns, Timezone: "UTC"}
			config.Path = writeFile(t, dir+"/people.csv", text)
			s, err := openCSV(t, config).Read(t.Context(), source.Request{Attributes: []string{"dept"}})
			lines := told(t, s, err, dir)
			if len(lines) != 1 || !strings.Contains(lines[0], heading+": "+spreadsheet.Problem) {
				t.Errorf("%s in %s: got %q", value, heading, lines)
			}
		}
	}
}

func TestS14ErrorValuesInOtherForms(t *testing.T) {
	for _, c := range []struct {
		name, text string
		columns    Columns
	}{
		{"a part of the groups", "id,email,groups\n1,ann@corp.example,staff;#N/A\n", peopleForm()},
		{"a cell that its separator would split", "id,email,groups\n1,ann@corp.example,#N/A\n", Columns{ID: "id", Email: "email", Groups: Cells{Column: "groups", Separator: "/"}}},
		{"role", "id,email,org,role\n1,ann@corp.example,acme,#N/A\n", membershipForm()},
		{"organization", "id,email,org,role\n1,ann@corp.example,#REF!,org:member\n", membershipForm()},
		{"user id of a review", "org,m,u,email,role,d\nacme,orgmem_1,#N/A,ann@corp.example,org:member,keep\n",
			Columns{Organization: "org", MembershipID: "m", UserID: "u", Email: "email", Role: "role", Decision: "d"}},
	} {
		s, err := read(t, c.text, c.columns, source.Request{})
		if s != nil || !isDamage(err) || !strings.Contains(fmt.Sprint(err), spreadsheet.Problem) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

// What only looks like an error value, or stands in a column that nothing
// names, is read.
func TestErrorValuesThatHarmNobody(t *testing.T) {
	s := mustRead(t, "id,email,groups,note\n1,ann@corp.example,#staff;#;N/A;#na,#N/A\n", peopleForm(), source.Request{})
	if len(s.People) != 1 || len(s.Groups) != 4 {
		t.Errorf("got %d people, %d groups", len(s.People), len(s.Groups))
	}
}
