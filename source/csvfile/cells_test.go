package csvfile

import (
	"testing"

	"rollcall/source"
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
