package csvfile

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/source"
	"rollcall/source/csvfile/spreadsheet"
	"rollcall/source/file"
)

// activeOnly chooses rows by their status. An empty one is none that counts.
func activeOnly(values ...string) Config {
	return Config{Columns: peopleForm(), Where: map[string][]string{"status": values}, WhereEmpty: "ignore"}
}

// readWhere reads files whose rows where chooses, in the order of their names.
func readWhere(t *testing.T, c Config, texts ...string) (*source.Snapshot, string, error) {
	t.Helper()
	dir := t.TempDir()
	for i, text := range texts {
		writeFile(t, filepath.Join(dir, string(rune('a'+i))+".csv"), text)
	}
	c.Path = filepath.Join(dir, "*.csv")
	s, err := openCSV(t, c).Read(t.Context(), source.Request{})
	return s, dir, err
}

// A row that is not chosen is as if it were not in the file: neither its address nor
// its groups are read, and another row of the same person counts alone.
func TestWhereChoosesRows(t *testing.T) {
	s, _, err := readWhere(t, activeOnly("active", "on leave"), `id,email,groups,status
1,ann@corp.example,staff, active
2,ben@corp.example,staff,left
3,not an address,staff,left
4,cleo@corp.example,staff,on leave
5,dora@corp.example,old,left
5,dora@corp.example,new,active
6,eve@corp.example,#N/A,left
7,fay@corp.example,staff,
`)
	must(t, err)
	plain := mustRead(t, "id,email,groups\n1,ann@corp.example,staff\n4,cleo@corp.example,staff\n5,dora@corp.example,new\n", peopleForm(), source.Request{})
	diff(t, unplaced(s).People, unplaced(plain).People)
	diff(t, s.Groups, plain.Groups)
	if len(s.NoRemovals)+len(s.Notes) > 0 {
		t.Errorf("got %q, %v", s.NoRemovals, s.Notes)
	}
}

// A row that is not chosen is told of somebody whom the request names, with the first
// condition that leaves it out, and of nobody else. Nothing in it can damage the file.
func TestWhereTellsWhomItLeavesOut(t *testing.T) {
	c := activeOnly("active", "on leave")
	c.Where["kind"] = []string{"employee"}
	text := "id,email,groups,kind,status\n1,Ann@corp.example,a,employee,left\n2,ben@corp.example,a,guest,left\n3,cleo@corp.example,a,employee,active\n4,not an address,a,employee,\n"
	for also, want := range map[string]string{
		"ann@corp.example": "2:31 status=left", "1": "2:31 status=left", "2": "3:22 kind=guest", "4": "5:29 status=",
		"cleo@corp.example": "", "3": "", "zoe@corp.example": "", "": "", "5": "",
	} {
		file := filepath.Join(t.TempDir(), "people.csv")
		writeFile(t, file, text)
		c.Path = file
		s, err := openCSV(t, c).Read(t.Context(), source.Request{Also: []string{also}})
		must(t, err)
		var got strings.Builder
		for _, l := range s.LeftOut {
			got.WriteString(strings.TrimPrefix(l.Origin.String(), file+":") + " " + l.Column + "=" + l.Value)
			diff(t, l.Listed, c.Where[l.Column])
		}
		if got.String() != want {
			t.Errorf("%q: got %q, want %q", also, got.String(), want)
		}
	}
	s, err := openCSV(t, c).Read(t.Context(), source.Request{})
	must(t, err)
	if len(s.LeftOut) > 0 {
		t.Errorf("nobody asked: %v", s.LeftOut)
	}
}

// A row counts if every column of where says so.
func TestWhereWithSeveralColumns(t *testing.T) {
	c := activeOnly("active")
	c.Where["kind"] = []string{"", "employee"}
	s, _, err := readWhere(t, c, "id,email,groups,status,kind\n1,ann@corp.example,a,active,\n2,ben@corp.example,a,active,guest\n3,cleo@corp.example,a,left,employee\n4,dora@corp.example,a,active,employee\n")
	must(t, err)
	if got := labels(s); got != "ann@corp.example dora@corp.example" {
		t.Errorf("got %s", got)
	}
}

func labels(s *source.Snapshot) string {
	var list []string
	for i := range s.People {
		list = append(list, s.People[i].Label())
	}
	return strings.Join(list, " ")
}

// A filter that chooses nothing, a column that is not there, and a value that nobody
// can judge are a read that failed: without them everybody would look gone.
func TestS14AFilterThatChoosesNothingIsAFailedRead(t *testing.T) {
	head := "id,email,groups,status\n"
	for name, c := range map[string]struct {
		config Config
		texts  []string
		want   []string
	}{
		"no such column": {activeOnly("active"), []string{"id,email,groups,Status\n1,ann@corp.example,a,active\n"},
			[]string{`csv.where.status: a.csv has no column "status"; did you mean "Status"?`}},
		"no row": {activeOnly("active"), []string{head + "1,ann@corp.example,a,left\n2,ben@corp.example,a,left\n"},
			[]string{`csv.where: chooses none of the 2 rows of a.csv; no row has status "active"`}},
		"misspelt": {activeOnly("active"), []string{head + "1,ann@corp.example,a,actve\n"},
			[]string{`csv.where: chooses none of the 1 row of a.csv; no row has status "active"; did you mean "actve"?`}},
		"no row of one file": {activeOnly("active"), []string{head + "1,ann@corp.example,a,active\n", head + "2,ben@corp.example,a,left\n"},
			[]string{`csv.where: chooses none of the 1 row of b.csv`}},
		"letter case": {activeOnly("active"), []string{head + "1,ann@corp.example,a,active\n2,ben@corp.example,a,Active\n"},
			[]string{`a.csv:3:22: status: differs from "active" only in letter case or blanks, so nobody knows whether the row counts: fix the cell, or list this value under where too`}},
		"a broken formula": {activeOnly("active"), []string{head + "1,ann@corp.example,a,active\n2,ben@corp.example,a,#N/A\n"},
			[]string{"a.csv:3:22: status: " + spreadsheet.Problem}},
		"a ragged row that is not chosen": {activeOnly("active"), []string{head + "1,ann@corp.example,a,active\n2,ben@corp.example,left\n"},
			[]string{"a.csv:3:20: groups: row ends here after 3 cells; the header has 4"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, dir, err := readWhere(t, c.config, c.texts...)
			diff(t, told(t, s, err, dir), c.want)
		})
	}
}

// A listed value that no row has is said. If the file has one that is nearly the same,
// nobody is removed: those who have it look gone.
func TestS13AValueThatWasRenamedRemovesNobody(t *testing.T) {
	rows := "id,email,groups,status\n1,ann@corp.example,a,active\n2,ben@corp.example,a,"
	s, _, err := readWhere(t, activeOnly("active", "on leave"), rows+"on-leave\n")
	must(t, err)
	diff(t, s.NoRemovals, []string{`no row has status "on leave", which where lists; did you mean "on-leave"? Until where is fixed, nobody is removed (S13)`})
	s, _, err = readWhere(t, activeOnly("active", "on leave"), rows+"left\n")
	must(t, err)
	if len(s.NoRemovals) > 0 || len(s.Notes) != 1 || s.Notes[0].Text != `no row has status "on leave", which where lists` {
		t.Errorf("got %q, %v", s.NoRemovals, s.Notes)
	}
	s, _, err = readWhere(t, activeOnly("active", "on leave"), rows+"on leave\n")
	must(t, err)
	if len(s.NoRemovals)+len(s.Notes) > 0 {
		t.Errorf("got %q, %v", s.NoRemovals, s.Notes)
	}
}

// A canary whose row is not chosen was not seen.
func TestS13ACanaryMustBeChosen(t *testing.T) {
	c := activeOnly("active")
	c.Settle = new(time.Duration)
	c.Path = writeFile(t, t.TempDir()+"/people.csv", "id,email,groups,status\n1,ann@corp.example,a,active\n2,ben@corp.example,a,left\n")
	s, err := Open("hr", c, source.Canaries{People: []string{"ann@corp.example", "ben@corp.example"}}, file.Options{}).Read(t.Context(), source.Request{})
	must(t, err)
	diff(t, s.MissingCanaries, []string{"person ben@corp.example"})
}

// A file that is read with where is the file of the rows that it chooses.
func TestWhereIsThePlainFileOfItsRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(drawRow), 1, 12).Draw(t, "rows")
		plain, mixed, chosen := "id,email,groups\n", "status,id,email,groups\n", 0
		for _, row := range rows {
			status := rapid.SampledFrom([]string{"active", "left", "", "gone for good"}).Draw(t, "status")
			if mixed += status + "," + row; status == "active" {
				plain += row
				chosen++
			}
		}
		c := activeOnly("active")
		c.Path = file.Stdin
		got, err := Open("hr", c, source.Canaries{}, file.Options{Stdin: strings.NewReader(mixed)}).Read(t.Context(), source.Request{})
		if chosen == 0 {
			if got != nil || !isDamage(err) {
				t.Fatalf("no row is chosen, and the read gives %v, %v", got, err)
			}
			return
		}
		want, wantErr := readString(t, plain, peopleForm(), source.Request{})
		if isDamage(err) != isDamage(wantErr) || (got == nil) != (want == nil) {
			t.Fatalf("got %v, the plain file gives %v", err, wantErr)
		}
		if got == nil {
			return
		}
		if !got.Filtered || want.Filtered {
			t.Fatal("only the file with where says that some of its rows do not count")
		}
		got.Names, want.Names, got.Filtered = nil, nil, false
		if d := cmp.Diff(unplaced(want), unplaced(got)); d != "" {
			t.Fatal(d)
		}
	})
}

func TestWhereIsValidated(t *testing.T) {
	for want, c := range map[string]Config{
		`csv.where.status: is empty: list the values of the rows that count, such as ["active"]`: activeOnly(),
		"csv.where.status[0]: has spaces around it: cells are compared without them":             activeOnly("active "),
		"csv.where.status[1]: is listed twice":                                                   activeOnly("active", "active"),
		"csv.where: has an empty column name":                                                    {Columns: peopleForm(), Where: map[string][]string{" ": {"x"}}},
		"csv.where: cannot be set together with decision: every row of an access review counts": {Where: map[string][]string{"status": {"x"}},
			Columns: Columns{Organization: "org", MembershipID: "m", UserID: "u", Decision: "d"}},
	} {
		c.Path = "people.csv"
		if err := c.Validate(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
