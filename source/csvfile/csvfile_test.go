package csvfile

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"rollcall/source"
	"rollcall/source/file"
)

// TestPeopleForm reads people with groups: rows of one person merge, groups
// that nobody asked for are left out with those who are in no other.
func TestPeopleForm(t *testing.T) {
	const text = "id,email,groups,dept\n" +
		"2, Bob@CORP.example ,staff;;clerk-acme; staff ,Sales\n" +
		"1,ann@corp.example,clerk-acme,\n" +
		"3,eve@corp.example,staff,Sales\n" +
		"1,ann@corp.example,clerk-beta,\n"
	re, err := source.CompileWhole("clerk-(?<org>.*)")
	if err != nil {
		t.Fatal(err)
	}
	s := mustRead(t, text, peopleForm(), source.Request{Attributes: []string{"dept"}, Groups: []source.Selector{
		{Name: "clerk-acme"}, {Regexp: re}, {Name: "gone"}, {Glob: "none-*", Source: "hr"}, {Name: "staff", Source: "corp"},
	}})
	file := s.Files[0]
	at := func(line, column int) source.Origin {
		return source.Origin{Source: "hr", File: file, Line: line, Column: column}
	}
	diff(t, s, &source.Snapshot{
		Source: "hr", UniqueIDs: true, StableIDs: true, Missing: []int{2, 3}, Meant: map[int]string{}, Files: []string{file}, Path: file, Names: []string{"dept", "email", "groups", "id"},
		Elsewhere: source.NewElsewhere([]string{"staff"}, maps.All(map[string]uint32{"3": 0, "eve@corp.example": 0})),
		Alike:     source.NewElsewhere(nil, maps.All(map[string]uint32{})),
		People: []source.Person{
			{ID: "1", Email: "ann@corp.example", Origin: at(3, 3), Attributes: source.Attributes{{Name: "dept"}}},
			{ID: "2", Email: "bob@corp.example", Origin: at(2, 3), Attributes: source.Attributes{{Name: "dept", Values: []string{"Sales"}}}},
		},
		Groups: []source.Group{
			{ID: "clerk-acme", Name: "clerk-acme", Members: []source.Member{{Person: 0}, {Person: 1}}, Origin: at(2, 22),
				Matches: []source.Match{{Selector: 0}, {Selector: 1, Captures: map[string]string{"org": "acme"}}}},
			{ID: "clerk-beta", Name: "clerk-beta", Members: []source.Member{{Person: 0}}, Origin: at(5, 20),
				Matches: []source.Match{{Selector: 1, Captures: map[string]string{"org": "beta"}}}},
		},
	})
}

// A group that is missing may be called nearly as another one that is there.
func TestMeantGroups(t *testing.T) {
	columns := peopleForm()
	columns.Groups.Separator = ";"
	s := mustRead(t, "id,email,groups\n1,ann@corp.example,staff;Sales-Team;a\n", columns,
		source.Request{Groups: []source.Selector{{Name: "stff"}, {Name: "sales team"}, {Name: "board"}, {Glob: "x*"}, {Name: "staff"}}})
	diff(t, s.Meant, map[int]string{0: "staff", 1: "Sales-Team"})
}

// TestAllGroups reads every group when nobody says which.
func TestAllGroups(t *testing.T) {
	columns := peopleForm()
	columns.Groups.Separator = ""
	s := mustRead(t, "id,email,groups\n1,ann@corp.example,a;b\n2,bob@corp.example,\n", columns, source.Request{})
	if len(s.People) != 2 || len(s.Groups) != 1 || s.Groups[0].Name != "a;b" || s.Groups[0].Matches != nil {
		t.Errorf("got %+v", s)
	}
}

// TestMembershipForm reads rows that are their own rules.
func TestMembershipForm(t *testing.T) {
	columns := membershipForm()
	columns.ExternalID, columns.FirstName, columns.LastName = "ext", "first", "last"
	columns.OtherEmails = Cells{Column: "more", Separator: "|"}
	columns.Metadata = Metadata{Public: map[string]string{"team": "t", "dept": "d"}, Private: map[string]string{"cost": "c"}}
	const text = "id,email,org,role,ext,first,last,more,t,d,c\n" +
		"1,ann@corp.example,beta,org:member,u1,Ann,Lee,x@Corp.example| ann@corp.example|b@corp.example,T,D,7\n" +
		"1,ann@corp.example,acme,org:admin,u1,Ann,Lee,b@corp.example|x@corp.example,,,\n" +
		"1,ann@corp.example,beta,org:member,u1,Ann,Lee,b@corp.example|x@corp.example,T,D,7\n"
	s := mustRead(t, text, columns, source.Request{Attributes: []string{"unknown"}, Groups: []source.Selector{{Name: "g"}, {Name: "h", Source: "corp"}}})
	at := func(line, column int) source.Origin {
		return source.Origin{Source: "hr", File: s.Files[0], Line: line, Column: column}
	}
	diff(t, s.People, []source.Person{{ID: "1", Email: "ann@corp.example", ExternalID: "u1", FirstName: "Ann", LastName: "Lee",
		OtherEmails: []string{"b@corp.example", "x@corp.example"}, Origin: at(2, 3)}})
	one := func(name, value string) source.Attribute {
		return source.Attribute{Name: name, Values: []string{value}}
	}
	diff(t, s.Rows, []source.Row{
		{Organization: "acme", Role: "org:admin", Origin: at(3, 25),
			Public: source.Attributes{{Name: "dept"}, {Name: "team"}}, Private: source.Attributes{{Name: "cost"}}},
		{Organization: "beta", Role: "org:member", Origin: at(2, 25),
			Public: source.Attributes{one("dept", "D"), one("team", "T")}, Private: source.Attributes{one("cost", "7")}},
	})
	diff(t, s.Missing, []int{0})
	diff(t, s.Notes, []source.Note{{Origin: at(4, 25), Text: "1 row repeats another row exactly; they were merged (this is the first)"}})
}

// TestS10RowWithoutAddress keeps somebody who has an id but no address.
func TestS10RowWithoutAddress(t *testing.T) {
	s := mustRead(t, "id,email,groups\n1,,a\n2,,a\n", peopleForm(), source.Request{})
	if len(s.People) != 2 || s.People[0].Email != "" || s.People[1].ID != "2" || len(s.Groups[0].Members) != 2 {
		t.Errorf("got %+v", s)
	}
}

// TestS02PeopleWithoutIDs are their address, and the answer says so.
func TestS02PeopleWithoutIDs(t *testing.T) {
	columns := peopleForm()
	columns.ID = ""
	if s := mustRead(t, "email,groups\nann@corp.example,a\n", columns, source.Request{}); s.StableIDs || s.Notes != nil {
		t.Errorf("got %+v", s)
	}
	s := mustRead(t, "id,email,groups\n,ann@corp.example,a\n,bob@corp.example,a\n3,eve@corp.example,a\n", peopleForm(), source.Request{})
	if !s.StableIDs || len(s.Notes) != 1 || !strings.HasPrefix(s.Notes[0].Text, "2 people have no id and are identified by address only") {
		t.Errorf("got %+v", s)
	}
	s = mustRead(t, "id,email,groups\n,ann@corp.example,a\n", peopleForm(), source.Request{})
	if len(s.Notes) != 1 || !strings.HasPrefix(s.Notes[0].Text, "1 person has no id and is identified by address only") {
		t.Errorf("got %+v", s.Notes)
	}
}

// TestRepeatedRows merges rows that agree, and counts those that say nothing new.
func TestRepeatedRows(t *testing.T) {
	const row = "1,ann@corp.example,"
	s := mustRead(t, "id,email,groups\n"+row+"a\n"+row+"b\n"+row+"a\n"+row+"b\n", peopleForm(), source.Request{})
	if len(s.People) != 1 || len(s.Groups) != 2 || len(s.Groups[0].Members) != 1 || len(s.Notes) != 1 {
		t.Fatalf("got %+v", s)
	}
	if n := s.Notes[0]; n.Origin.Line != 4 || !strings.HasPrefix(n.Text, "2 rows repeat") {
		t.Errorf("got %+v", n)
	}
}

// TestEncodings reads the same people in every encoding, delimiter and line end.
func TestEncodings(t *testing.T) {
	const text = "id,email,groups,first\r\n1,ann@corp.example,\"a;b\r\nc\",Zoë \"\"Q\"\"\r\n"
	quoted := strings.ReplaceAll(text, `Zoë ""Q""`, `"Zoë ""Q"""`)
	latin := strings.ReplaceAll(quoted, "ë", "\xeb")
	for name, c := range map[string]struct {
		text   string
		config Config
	}{
		"utf-8":              {quoted, Config{}},
		"utf-8 with mark":    {"\ufeff" + quoted, Config{Encoding: "utf-8"}},
		"utf-16 little":      {utf16LE("\ufeff" + quoted), Config{Encoding: "utf-16"}},
		"utf-16 big":         {swap(utf16LE("\ufeff" + quoted)), Config{Encoding: "utf-16"}},
		"utf-16le with mark": {utf16LE("\ufeff" + quoted), Config{Encoding: "utf-16le"}},
		"utf-16le":           {utf16LE(quoted), Config{Encoding: "utf-16le"}},
		"utf-16be":           {swap(utf16LE(quoted)), Config{Encoding: "utf-16be"}},
		"latin-1":            {latin, Config{Encoding: "latin-1"}},
		"iso-8859-1":         {latin, Config{Encoding: "iso-8859-1"}},
		"windows-1252":       {latin, Config{Encoding: "windows-1252"}},
		"vertical bar":       {strings.ReplaceAll(quoted, ",", "|"), Config{Delimiter: "|"}},
		"tab":                {strings.ReplaceAll(quoted, ",", "\t"), Config{Delimiter: "tab"}},
		"unix lines":         {strings.ReplaceAll(quoted, "\r\n", "\n"), Config{Delimiter: ","}},
	} {
		t.Run(name, func(t *testing.T) {
			c.config.Columns = peopleForm()
			c.config.Columns.FirstName = "first"
			c.config.Path = writeFile(t, t.TempDir()+"/people.csv", c.text)
			s, err := openCSV(t, c.config).Read(t.Context(), source.Request{})
			if err != nil {
				t.Fatal(err)
			}
			if len(s.People) != 1 || s.People[0].FirstName != `Zoë "Q"` || s.NoRemovals != nil {
				t.Errorf("got %+v", s)
			}
			diff(t, groupNames(s), []string{"a", "b\nc"})
		})
	}
}

func groupNames(s *source.Snapshot) []string {
	var names []string
	for _, g := range s.Groups {
		names = append(names, g.Name)
	}
	return names
}

func swap(s string) string {
	b := []byte(s)
	for i := 0; i+1 < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return string(b)
}

func utf16LE(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// TestColumnsStandAnywhere finds headings in any order, and bears strange ones.
func TestColumnsStandAnywhere(t *testing.T) {
	s := mustRead(t, "note,groups, email ,id,note,\nx,a,ann@corp.example,1,y,\n", peopleForm(), source.Request{})
	if len(s.People) != 1 || s.People[0].ID != "1" || !slices.Equal(groupNames(s), []string{"a"}) {
		t.Errorf("got %+v", s)
	}
}

// TestManyGroupNames judges names again that it could not remember.
func TestManyGroupNames(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,email,groups\n1,ann@corp.example,\"")
	for range 2 {
		for i := range maxInterned + 10 {
			if i%10_000 == 0 {
				b.WriteString("\"\n1,ann@corp.example,\"")
			}
			for n := i; n > 0; n /= 26 {
				b.WriteByte(byte('a' + n%26))
			}
			b.WriteByte(';')
		}
	}
	b.WriteString("wanted\"\n")
	s := mustRead(t, b.String(), peopleForm(), source.Request{Groups: []source.Selector{{Name: "wanted"}}})
	if len(s.Groups) != 1 || len(s.Groups[0].Members) != 1 {
		t.Errorf("got %d groups", len(s.Groups))
	}
}

// TestReadLogsNoAddress logs one line per file, without anybody in it.
func TestReadLogsNoAddress(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	path := writeFile(t, t.TempDir()+"/people.csv", "id,email,groups\n1,ann@corp.example,a\n")
	s := openCSV(t, Config{Path: path, Columns: peopleForm()}, file.Options{Logger: zap.New(core)})
	if _, err := s.Read(t.Context(), source.Request{}); err != nil || s.Name() != "hr" {
		t.Fatal(s.Name(), err)
	}
	entry := logs.All()
	if len(entry) != 1 || entry[0].LoggerName != "source" || entry[0].ContextMap()["rows"] != int64(1) || entry[0].ContextMap()["file"] != path {
		t.Errorf("got %+v", entry)
	}
}
