package csvfile

import (
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/file"
)

// unclearPeople are the people of a snapshot of whom nobody knows whether they count.
func unclearPeople(s *source.Snapshot, dir string) string {
	var list []string
	for i := range s.People {
		if why, ok := s.Unclear[i]; ok {
			list = append(list, s.People[i].Label()+" "+strings.ReplaceAll(why, dir+"/", ""))
		}
	}
	return strings.Join(list, "; ")
}

// An empty cell of a column of where is no proof that somebody has left: an export may
// have lost it. The person is there, and it is said that nobody knows whether they count.
func TestS10AnEmptyCellOfWhereMakesNoLeaver(t *testing.T) {
	c := activeOnly("active")
	c.WhereEmpty = ""
	c.Where["kind"] = []string{"employee"}
	s, dir, err := readWhere(t, c, `id,email,groups,status,kind
1,ann@corp.example,staff,active,employee
2,ben@corp.example,staff, ,employee
3,cleo@corp.example,staff,left,employee
4,dora@corp.example,staff,,guest
5,eve@corp.example,staff,active,
6,fay@corp.example,staff,active,employee
6,fay@corp.example,night,,employee
`)
	must(t, err)
	if got := labels(s); got != "ann@corp.example ben@corp.example eve@corp.example fay@corp.example" {
		t.Errorf("got %s", got)
	}
	why := " is empty, so nobody knows whether the row counts"
	diff(t, unclearPeople(s, dir), "ben@corp.example a.csv:3:26: status"+why+"; eve@corp.example a.csv:6:33: kind"+why+"; fay@corp.example a.csv:8:26: status"+why)
	if len(s.NoRemovals) > 0 || len(s.Notes) != 1 || s.Notes[0].Origin.Line != 3 || !strings.Contains(s.Notes[0].Text, "3 people have such a row") || !strings.Contains(s.Notes[0].Text, "where_empty: ignore") {
		t.Errorf("got %q, %v", s.NoRemovals, s.Notes)
	}
}

// Who writes that empty means no, or yes, is believed.
func TestS10AnEmptyCellOfWhereMeansWhatTheConfigurationSays(t *testing.T) {
	text := "id,email,groups,status\n1,ann@corp.example,staff,active\n2,ben@corp.example,staff,\n"
	for want, c := range map[string]Config{"ann@corp.example": activeOnly("active"), "ann@corp.example ben@corp.example": activeOnly("active", "")} {
		s, _, err := readWhere(t, c, text)
		must(t, err)
		if got := labels(s); got != want || len(s.Unclear)+len(s.Notes) > 0 {
			t.Errorf("got %s, want %s; %v, %v", got, want, s.Unclear, s.Notes)
		}
	}
}

// A row that may count proves nothing: not that the file has rows that count, and not that
// a canary is there.
func TestS13ARowThatMayCountIsNoCanary(t *testing.T) {
	c := activeOnly("active")
	c.WhereEmpty, c.Settle = "hold", new(time.Millisecond)
	_, dir, err := readWhere(t, c, "id,email,groups,status\n1,ann@corp.example,a,\n2,ben@corp.example,a,left\n")
	if got := told(t, nil, err, dir); len(got) != 1 || !strings.Contains(got[0], "chooses none of the 2 rows") {
		t.Errorf("got %q", got)
	}
	c.Path = writeFile(t, t.TempDir()+"/people.csv", "id,email,groups,status\n1,ann@corp.example,a,active\n2,ben@corp.example,a;b,\n")
	s, err := Open("hr", c, source.Canaries{People: []string{"ann@corp.example", "ben@corp.example"}, Groups: []string{"a", "b"}}, file.Options{}).Read(t.Context(), source.Request{})
	must(t, err)
	diff(t, s.MissingCanaries, []string{"person ben@corp.example", "group b"})
}

func TestWhereEmptyIsValidated(t *testing.T) {
	for want, c := range map[string]Config{
		"csv.where_empty: unknown: use hold or ignore":               {Columns: peopleForm(), Where: map[string][]string{"status": {"active"}}, WhereEmpty: "no"},
		"csv.where_empty: has no effect without where: leave it out": {Columns: peopleForm(), WhereEmpty: "ignore"},
	} {
		c.Path = "people.csv"
		if err := c.Validate(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
