package csvfile

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/source"
	"rollcall/source/file"
)

// Lines above the header and comments are passed over, and messages still name the
// lines of the file.
func TestLinesThatAreNoRows(t *testing.T) {
	const title = "Report \"of\n,,\n\n"
	for name, c := range map[string]struct {
		config Config
		text   string
	}{
		"a title":                   {Config{HeaderLine: 4}, title + "id,email,groups\n1,ann@corp.example,a\n"},
		"a title and comments":      {Config{HeaderLine: 4, Comment: "#"}, title + "id,email,groups\n# \"x\n1,ann@corp.example,a\n#2,ben@corp.example,a\n"},
		"comments above the header": {Config{Comment: "#"}, "# a, b\n#\nid,email,groups\n1,ann@corp.example,a\n"},
		"header in the first line":  {Config{HeaderLine: 1}, "id,email,groups\n1,ann@corp.example,a\n"},
		"sep":                       {Config{}, "sep=;\r\nid;email;groups\r\n1;ann@corp.example;a\r\n"},
		"sep as configured":         {Config{Delimiter: "tab"}, "SEP=\t\nid\temail\tgroups\n1\tann@corp.example\ta\n"},
		"sep and a title":           {Config{HeaderLine: 3}, "sep=|\nTitle\nid|email|groups\n1|ann@corp.example|a\n"},
		"a byte order mark":         {Config{HeaderLine: 2}, "\ufeffTitle\nid,email,groups\n1,ann@corp.example,a\n"},
		"utf-16":                    {Config{Encoding: "utf-16"}, utf16LE("\ufeffsep=;\nid;email;groups\n1;ann@corp.example;a\n")},
		"rows without cells":        {Config{HeaderLine: 2, Comment: "#"}, "x\nid,email,groups\n1,ann@corp.example,a\n,,\n#\n,,\n"},
		"a cell with such a line":   {Config{Comment: "#"}, "id,email,groups,note\n1,ann@corp.example,a,\"x\n# y\nsep=;\"\n"},
		"a very long title":         {Config{HeaderLine: 2}, strings.Repeat("x", 1<<17) + "\nid,email,groups\n1,ann@corp.example,a\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c.config.Columns = peopleForm()
			c.config.Path = writeFile(t, t.TempDir()+"/people.csv", c.text)
			s, err := openCSV(t, c.config).Read(t.Context(), source.Request{})
			must(t, err)
			if len(s.People) != 1 || s.People[0].Email != "ann@corp.example" || len(s.Groups) != 1 || len(s.NoRemovals) > 0 {
				t.Fatalf("got %+v, %v", s.People, s.NoRemovals)
			}
			before, _, _ := strings.Cut(c.text, "ann@")
			if line := strings.Count(before, "\n") + 1; c.config.Encoding == "" && s.People[0].Origin.Line != line {
				t.Errorf("line %d, want %d", s.People[0].Origin.Line, line)
			}
		})
	}
}

// A header that is not where the configuration says is a failed read, and the message
// says where it is.
func TestS14AHeaderInAnotherLine(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		text   string
		want   []string
	}{
		"below a title": {Config{}, "Report\n\nid,email,groups\n1,ann@corp.example,a\n", []string{
			`csv.columns.id: people.csv has no column "id"; the header has 1 cell, none of them a configured column`,
			`csv.columns.email: people.csv has no column "email"; the header has 1 cell, none of them a configured column`,
			`csv.columns.groups.column: people.csv has no column "groups"; the header has 1 cell, none of them a configured column`,
			"csv.header_line: people.csv has these columns in line 3: set header_line: 3"}},
		"an empty line":                   {Config{HeaderLine: 2}, "Report\n\nid,email,groups\n1,ann@corp.example,a\n", []string{"csv.header_line: people.csv has nothing in line 2; the next row is in line 3"}},
		"a comment":                       {Config{HeaderLine: 2, Comment: "#"}, "Report\n# x\nid,email,groups\n1,ann@corp.example,a\n", []string{"csv.header_line: people.csv has nothing in line 2; the next row is in line 3"}},
		"a row of the table":              {Config{HeaderLine: 2}, "id,email,groups\n1,ann@corp.example,a\n", nil},
		"too few lines":                   {Config{HeaderLine: 9}, "id,email,groups\n1,ann@corp.example,a\n", []string{"csv.header_line: people.csv has only 2 lines"}},
		"the last line":                   {Config{HeaderLine: 3}, "x\ny\n", []string{"people.csv:1:1: the input is empty: even an export without people has a header, so the export failed"}},
		"another sep":                     {Config{Delimiter: ","}, "sep=;\nid,email,groups\n1,ann@corp.example,a\n", []string{`csv.delimiter: people.csv says "sep=;" in its first line: set delimiter to that, or leave it out`}},
		"an unknown sep":                  {Config{}, "sep=:\nid:email:groups\n", []string{`csv.delimiter: people.csv names a delimiter in its first line that is not one of ",", ";", tab and "|"`}},
		"a header that the comment hides": {Config{Comment: "#"}, "#id,email,groups\n1,ann@corp.example,a\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			c.config.Columns = peopleForm()
			dir := t.TempDir()
			c.config.Path = writeFile(t, dir+"/people.csv", c.text)
			s, err := openCSV(t, c.config).Read(t.Context(), source.Request{})
			if lines := told(t, s, err, dir); c.want != nil {
				diff(t, lines, c.want)
			}
		})
	}
}

// A read that breaks off above the header is an error, not a short file.
func TestS09TheLinesAboveTheHeaderBreakOff(t *testing.T) {
	broken := errors.New("broken")
	c := Config{Columns: peopleForm(), Path: file.Stdin, HeaderLine: 3}
	in := &brokenReader{text: "Report\nof", err: broken, rest: "\nid,email,groups\n1,ann@corp.example,a\n"}
	s, err := openCSV(t, c, file.Options{Stdin: in}).Read(t.Context(), source.Request{})
	if s != nil || !errors.Is(err, broken) {
		t.Errorf("got %v, %v", s, err)
	}
}

// brokenReader gives a text, an error once, and then the rest.
type brokenReader struct {
	text, rest string
	err        error
}

func (r *brokenReader) Read(p []byte) (int, error) {
	if r.text == "" && r.err != nil {
		err := r.err
		r.err, r.text = nil, r.rest
		return 0, err
	}
	n := copy(p, r.text)
	r.text = r.text[n:]
	return n, nil
}

// A file with a title and comments is the file without them.
func TestAPreambleChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(drawRow), 1, 8).Draw(t, "rows")
		title := rapid.SliceOfN(rapid.SampledFrom([]string{"Report", "\"", ",,", "# x", "", "id,email,groups", "\xff\x00"}), 1, 4).Draw(t, "title")
		var text strings.Builder
		text.WriteString(strings.Join(title, "\n") + "\nid,email,groups\n")
		for _, row := range rows {
			text.WriteString(rapid.SampledFrom([]string{"", "#\n", "# \"a\n#1,b\n"}).Draw(t, "comment") + row)
		}
		c := Config{Columns: peopleForm(), Path: file.Stdin, HeaderLine: len(title) + 1, Comment: "#"}
		got, err := Open("hr", c, source.Canaries{}, file.Options{Stdin: strings.NewReader(text.String())}).Read(t.Context(), source.Request{})
		want, wantErr := readString(t, "id,email,groups\n"+strings.Join(rows, ""), peopleForm(), source.Request{})
		if isDamage(err) != isDamage(wantErr) || (got == nil) != (want == nil) {
			t.Fatalf("got %v, the plain file gives %v", err, wantErr)
		}
		if d := cmp.Diff(unplaced(want), unplaced(got)); d != "" {
			t.Fatal(d)
		}
	})
}

func TestPreambleIsValidated(t *testing.T) {
	for want, c := range map[string]Config{
		"csv.header_line: must be between 1 and 1000":                                               {HeaderLine: 1001},
		"csv.header_line: must be between 1 and 1000 ":                                              {HeaderLine: -1},
		`csv.comment: must be one character that begins no row and is no delimiter, such as "#"`:    {Comment: "##"},
		`csv.comment: must be one character that begins no row and is no delimiter, such as "#" `:   {Comment: "x"},
		`csv.comment: must be one character that begins no row and is no delimiter, such as "#"  `:  {Comment: ";"},
		"csv.comment: begins the end_marker too, which would never be seen: use another end_marker": {Comment: "#", EndMarker: "#end"},
	} {
		c.Path, c.Columns = "people.csv", peopleForm()
		if err := c.Validate(); err == nil || err.Error() != strings.TrimSpace(want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
