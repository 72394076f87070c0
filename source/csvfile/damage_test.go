package csvfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/csvfile/quotes"
	"rollcall/source/file"
)

func isDamage(err error) bool {
	_, ok := errors.AsType[*source.DamageError](err)
	return ok
}

// damageCase is a text and what is said about it, line by line.
type damageCase struct {
	name    string
	text    string
	columns Columns // the people form when empty
	config  Config
	want    source.Request
	told    []string
}

// TestDamage shows every kind of damage with its place and message.
func TestDamage(t *testing.T) {
	cases := append(textDamage(), append(cellDamage(), append(rowDamage(), membershipDamage()...)...)...)
	if len(cases) < 20 {
		t.Fatalf("only %d kinds of damage", len(cases))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.config.Path = writeFile(t, filepath.Join(dir, "people.csv"), c.text)
			if c.config.Columns = c.columns; c.columns.Email == "" {
				c.config.Columns = peopleForm()
			}
			s, err := openCSV(t, c.config).Read(t.Context(), c.want)
			diff(t, told(t, s, err, dir), c.told)
		})
	}
}

// A text that ends in the middle of a row, or before its end marker, says that it may be
// cut off; damage before a whole end does not (S11).
func TestS11DamageOfACutFile(t *testing.T) {
	const head = "id,email,groups\n1,ada@corp.example,a\n"
	for name, c := range map[string]struct {
		text, marker, want string
	}{
		"in an address":                      {head + "2,ben@corp", "", "people.csv ends in the middle of a line"},
		"in a quoted cell":                   {head + "2,\"ben@corp", "", "people.csv ends in the middle of a line"},
		"before its end marker":              {head + "2\n", "END", "the end marker of people.csv is missing"},
		"a short row with its end":           {head + "2\n", "", ""},
		"a short row and a marker":           {head + "2\nEND\n", "END", ""},
		"no last newline, and damage before": {head + "2\n3,cleo@corp.example,a", "", ""},
	} {
		path := writeFile(t, filepath.Join(t.TempDir(), "people.csv"), c.text)
		_, err := openCSV(t, Config{Path: path, Columns: peopleForm(), EndMarker: c.marker}).Read(t.Context(), source.Request{})
		d, ok := errors.AsType[*source.DamageError](err)
		if !ok || strings.ReplaceAll(d.CutOff, filepath.Dir(path)+"/", "") != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if ok && strings.Contains(err.Error(), "the file may be cut off") != (c.want != "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func textDamage() []damageCase {
	return []damageCase{
		{name: "empty file", text: "", told: []string{"people.csv:1:1: the input is empty: even an export without people has a header, so the export failed"}},
		{name: "byte order mark only", text: "\ufeff", told: []string{"people.csv:1:1: the input is empty: even an export without people has a header, so the export failed"}},
		{name: "byte order mark of utf-16 only", text: "\xff\xfe", config: Config{Encoding: "utf-16"}, told: []string{"people.csv:1:1: the input is empty: even an export without people has a header, so the export failed"}},
		{name: "a workbook", text: "PK\x03\x04\x14\x00id,email,groups\n", told: []string{"people.csv:1:1: file is a workbook (.xlsx, .ods) or another zip archive, not text: save the sheet as CSV"}},
		{name: "an old workbook", text: "\xd0\xcf\x11\xe0\xa1\xb1", told: []string{"people.csv:1:1: file is an old workbook (.xls), not text: save the sheet as CSV"}},
		{name: "gzip", text: "\x1f\x8b\x08\x00", config: Config{Encoding: "latin-1"}, told: []string{"people.csv:1:1: file is compressed with gzip: decompress it first"}},
		{name: "blank lines only", text: "\n\n\n", told: []string{"people.csv:1:1: the input is empty: even an export without people has a header, so the export failed"}},
		{name: "header only", text: "id,email,groups\n", told: []string{"people.csv:2:1: the file has a header and no rows, which looks like a failed export"}},
		{name: "utf-16 without saying so", text: "\xff\xfei\x00d\x00", told: []string{"people.csv:1:1: file begins with the byte order mark of utf-16le: set encoding: utf-16le"}},
		{name: "utf-32", text: "\xff\xfe\x00\x00i\x00\x00\x00", told: []string{"people.csv:1:1: file begins with the byte order mark of utf-32, which is not supported: save it as utf-8"}},
		{name: "utf-16 without a mark", text: "i\x00d\x00", config: Config{Encoding: "utf-16"}, told: []string{"people.csv:1:1: file has no byte order mark, so the byte order is unknown: set encoding to utf-16le or utf-16be"}},
		{name: "other byte order", text: "\xff\xfei\x00d\x00", config: Config{Encoding: "utf-16be"}, told: []string{"people.csv:1:1: file begins with the byte order mark of utf-16le, but encoding is set to utf-16be"}},
		{name: "utf-8 declared as latin-1", text: "\ufeffid,email,groups\n", config: Config{Encoding: "latin-1"}, told: []string{"people.csv:1:1: file begins with the byte order mark of utf-8, but encoding is set to latin-1"}},
		{name: "utf-16 without mark read as utf-8", text: utf16LE("id,email,groups\n1,ann@corp.example,a\n"), told: []string{
			"people.csv:1:1: NUL byte: the file is damaged, or it is utf-16 and encoding is not set",
			"people.csv:1:6: NUL byte: the file is damaged, or it is utf-16 and encoding is not set",
			"people.csv:1:18: NUL byte: the file is damaged, or it is utf-16 and encoding is not set",
		}},
		{name: "lone surrogate", text: utf16LE("\ufeffid,email,groups\n1,ann@corp.example,a") + "\x00\xd8\n\x00", config: Config{Encoding: "utf-16"}, told: []string{"people.csv:2:20: groups: not valid utf-16: the file is damaged, or encoding has the wrong byte order"}},
		{name: "missing column, near miss", text: "ID,E-Mail,groups\n1,ann@corp.example,a\n", told: []string{
			`csv.columns.id: people.csv has no column "id"; did you mean "ID"?`,
			`csv.columns.email: people.csv has no column "email"; did you mean "E-Mail"?`,
		}},
		{name: "missing column", text: "id,address,groups\n1,ann@corp.example,a\n", told: []string{`csv.columns.email: people.csv has no column "email"; the header has "id", "address", "groups"`}},
		{name: "other delimiter", text: "id;email;groups\n1;ann@corp.example;a\n", told: []string{
			"csv.delimiter: people.csv has a single heading, which contains ; characters: check delimiter, and check that this is the export",
		}},
		{name: "heading twice", text: "id,email,groups,email\n1,ann@corp.example,a,ann@corp.example\n", told: []string{"people.csv:1:17: email: two columns have this heading: rename one of them"}},
		{name: "behind the end marker", text: "id,email,groups\nEND\n1,ann@corp.example,a\n", config: Config{EndMarker: "END"}, told: []string{"people.csv:3:1: row follows the end marker: something was appended to the file, or files were joined wrongly"}},
	}
}

func cellDamage() []damageCase {
	const head = "id,email,groups\n"
	bad := func(name, email, told string) damageCase {
		return damageCase{name: name, text: head + "1," + email + ",a\n", told: []string{"people.csv:2:3: email: " + told}}
	}
	return []damageCase{
		bad("NUL byte", "ann\x00@corp.example", "NUL byte: the file is damaged, or it is utf-16 and encoding is not set"),
		bad("invalid utf-8", "ann@corp.ex\xe4mple", "not valid utf-8: set encoding to windows-1252, which would fit here, or save the file as utf-8"),
		bad("no address", "nobody", "address must have exactly one @, with text on both sides"),
		bad("two @", "ann@bob@corp.example", "address must have exactly one @, with text on both sides"),
		bad("display name", "Ann <ann@corp.example>", "address contains a space"),
		bad("cut domain", "ann@corp", "address has a domain that is not valid for email"),
		bad("bidi override in an address", "ann\u202e@corp.example", "address has control, bidirectional or invisible characters"),
		bad("Kelvin sign in a domain", "ann@\u212aorp.example", "address has a domain with a character that looks like an ASCII letter but is not"),
		bad("space inside", "ann a@corp.example", "address contains a space"),
		{name: "NUL byte in a column that is not used", text: "id,email,groups,note\n1,ann@corp.example,a,b\x00\n", told: []string{"people.csv:2:22: note: NUL byte: the file is damaged, or it is utf-16 and encoding is not set"}},
		{name: "bidi override in an id", text: head + "1\u202e,ann@corp.example,a\n", told: []string{"people.csv:2:1: id: has control, bidirectional or invisible characters"}},
		{name: "control character in an id", text: head + "1\a,ann@corp.example,a\n", told: []string{"people.csv:2:1: id: has control, bidirectional or invisible characters"}},
		{name: "long id", text: head + strings.Repeat("1", 256) + ",ann@corp.example,a\n", told: []string{"people.csv:2:1: id: is longer than 255 bytes"}},
		{name: "long cell", text: head + "1,ann@corp.example," + strings.Repeat("a", maxCell+1) + "\n", told: []string{"people.csv:2:20: groups: cell is longer than 262144 bytes"}},
		{name: "long row", text: head + "1,ann@corp.example,a\n2,\"" + strings.Repeat("a\n", maxRecord) + "\n", told: []string{"people.csv:3:1: row is longer than 1048576 bytes; most likely a quote near here is never closed"}},
		{name: "bare quote", text: head + "1,ann@corp.example,a\"b\n", told: []string{"people.csv:2:21: quote in an unquoted cell: put the whole cell in quotes and double each quote inside it"}},
		{name: "text after a closing quote", text: head + "1,ann@corp.example,\"a\"b\n", told: []string{"people.csv:2:22: text after a closing quote: double each quote inside a quoted cell"}},
		{name: "text after a closing quote at the end", text: head + "1,ann@corp.example,\"a\"b", told: []string{"people.csv:2:22: text after a closing quote: double each quote inside a quoted cell"}},
		{name: "unterminated quote", text: head + "1,ann@corp.example,\"a\n2,bob@corp.example,b\n", told: []string{"people.csv:2:1: a quote is opened in this row and never closed: the cell runs to the end of the file, line 3"}},
		{name: "unterminated quote in the header", text: "id,email,\"groups\n1,ann@corp.example,a\n", told: []string{"people.csv:1:1: a quote is opened in this row and never closed: the cell runs to the end of the file, line 2"}},
	}
}

func rowDamage() []damageCase {
	const head = "id,email,groups\n"
	full := Columns{ID: "id", Email: "email", ExternalID: "ext", FirstName: "first", LastName: "last",
		OtherEmails: Cells{Column: "more", Separator: " "}, Groups: Cells{Column: "groups"}}
	const fullHead = "id,email,ext,first,last,more,groups,dept\n"
	dept := source.Request{Attributes: []string{"dept"}}
	return []damageCase{
		{name: "short row", text: head + "1,ann@corp.example\n", told: []string{"people.csv:2:3: email: row ends here after 2 cells; the header has 3"}},
		{name: "long row of cells", text: head + "1,ann@corp.example,a,b\n", told: []string{"people.csv:2:22: row has 4 cells, the header has 3; put quotes around a cell that contains the delimiter"}},
		{name: "an empty row, and others follow", text: head + ",,\n , ,\n1,ann@corp.example,a\n", told: []string{"people.csv:2:1: empty row before other rows: a person may be missing here; if not, delete the row"}},
		{name: "empty rows only", text: head + ",,\n,,\n", told: []string{"people.csv:4:1: the file has a header and no rows, which looks like a failed export"}},
		{name: "neither address nor id", text: head + ",,a\n", told: []string{"people.csv:2:2: email: row has neither an address nor an id: give at least one of them"}},
		{name: "no address without ids", text: "email,groups\n,a\n", columns: Columns{Email: "email", Groups: Cells{Column: "groups"}}, told: []string{"people.csv:2:1: email: row has neither an address nor an id: give at least one of them"}},
		{name: "one id, two addresses", text: head + "1,ann@corp.example,a\n1,ann.b@corp.example,a\n", told: []string{"people.csv:3:1: id: the row in people.csv:2 has the same id with another address"}},
		{name: "a quote that swallows rows", text: head + "1,ann@corp.example,\"a\n2,ben@corp.example,b\n3,cleo@corp.example,c\"\n4,dora@corp.example,d\n", told: []string{
			"people.csv:2:20: groups: " + quotes.Problem,
		}},
		{name: "one address, two ids", text: head + "1,ann@corp.example,a\n2,Ann@corp.example,a\n", told: []string{"people.csv:3:3: email: the row in people.csv:2 has the same address with another id"}},
		{name: "one address, one id", text: head + "1,ann@corp.example,a\n,ann@corp.example,a\n", told: []string{"people.csv:3:2: email: the row in people.csv:2 has the same address with another id"}},
		{name: "everything else", want: dept, columns: full, text: fullHead +
			"1,ann@corp.example,e1,Ann,Lee,,a,x\n1,ann@corp.example,e2,Ann,Lee,,a,x\n1,ann@corp.example,e1,Anne,Lee,,a,x\n" +
			"1,ann@corp.example,e1,Ann,Li,,a,x\n1,ann@corp.example,e1,Ann,Lee,a@b.example,a,x\n1,ann@corp.example,e1,Ann,Lee,,b,y\n", told: []string{
			"people.csv:3:20: ext: differs from people.csv:2, which has the same person",
			"people.csv:4:23: first: differs from people.csv:2, which has the same person",
			"people.csv:5:27: last: differs from people.csv:2, which has the same person",
			"people.csv:6:31: more: differs from people.csv:2, which has the same person",
			"people.csv:7:34: dept: differs from people.csv:2, which has the same person",
		}},
		{name: "other address", columns: full, text: fullHead + "1,ann@corp.example,e1,Ann,Lee,a@b.example nobody,a,x\n", told: []string{"people.csv:2:31: more: address must have exactly one @, with text on both sides"}},
		{name: "all rows are listed", text: head + "1,nobody,a\n2,bob@corp.example,b\n3\n4,@,\n", told: []string{
			"people.csv:2:3: email: address must have exactly one @, with text on both sides",
			"people.csv:4:1: id: row ends here after 1 cell; the header has 3",
			"people.csv:5:3: email: address must have exactly one @, with text on both sides",
		}},
	}
}

func membershipDamage() []damageCase {
	const head = "id,email,org,role\n"
	meta := membershipForm()
	meta.Metadata = Metadata{Public: map[string]string{"dept": "d"}, Private: map[string]string{"cost": "c"}}
	return []damageCase{
		{name: "empty role", columns: membershipForm(), text: head + "1,ann@corp.example,acme,\n", told: []string{"people.csv:2:25: role: empty cell: a membership needs this value"}},
		{name: "empty organization", columns: membershipForm(), text: head + "1,ann@corp.example, ,org:admin\n", told: []string{"people.csv:2:20: org: empty cell: a membership needs this value"}},
		{name: "control character in a role", columns: membershipForm(), text: head + "1,ann@corp.example,acme,org:\aadmin\n", told: []string{"people.csv:2:25: role: has control, bidirectional or invisible characters"}},
		{name: "two roles", columns: membershipForm(), text: head + "1,ann@corp.example,acme,org:admin\n2,bob@corp.example,acme,org:member\n1,ann@corp.example,acme,org:member\n", told: []string{"people.csv:4:25: role differs from people.csv:2, which has the same person in the same organization"}},
		{name: "two metadata", columns: meta, text: "id,email,org,role,d,c\n1,ann@corp.example,acme,org:admin,x,1\n1,ann@corp.example,acme,org:admin,y,1\n1,ann@corp.example,acme,org:admin,x,2\n", told: []string{
			"people.csv:3:25: public metadata differs from people.csv:2, which has the same person in the same organization",
			"people.csv:4:25: private metadata differs from people.csv:2, which has the same person in the same organization",
		}},
		{name: "missing metadata column", columns: meta, text: "id,email,org,role,d\n1,ann@corp.example,acme,org:admin,x\n", told: []string{`csv.columns.metadata.private.cost: people.csv has no column "c"; the header has "id", "email", "org", "role", "d"`}},
		{name: "disagreement beside a bad row", columns: membershipForm(), text: head + "1,ann@corp.example,acme,org:admin\n1,ann@corp.example,acme,org:member\n1,x,acme,org:member\n", told: []string{
			"people.csv:3:25: role differs from people.csv:2, which has the same person in the same organization",
			"people.csv:4:3: email: address must have exactly one @, with text on both sides",
		}},
	}
}

// TestDamageOfPaths shows what is said about paths that hold no rows.
func TestDamageOfPaths(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "people"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"people":         "people: is a directory: name a file in it, or all its CSV files with people/*.csv",
		"../../dev/null": "",
	} {
		if want == "" {
			path, want = "/dev/null", "/dev/null: is not a regular file, so rollcall cannot tell whether it is complete; set path: - and send it to standard input"
		} else {
			path = filepath.Join(dir, path)
		}
		s, err := openCSV(t, Config{Path: path, Columns: peopleForm()}).Read(t.Context(), source.Request{})
		diff(t, told(t, s, err, dir), []string{want})
	}
}

// What is not there is no damage: the other sources go on.
func TestS14MissingFiles(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		"absent.csv":   "absent.csv: no such file; check the path, and check that the export ran",
		"absent/x.csv": "absent/x.csv: no such file; check the path, and check that the export ran",
		"*.csv":        "*.csv: no file matches; check the path, and check that the export ran",
		"*/nothing/*":  "*/nothing/*: no file matches; check the path, and check that the export ran",
	} {
		s, err := openCSV(t, Config{Path: filepath.Join(dir, path), Columns: peopleForm()}).Read(t.Context(), source.Request{})
		if s != nil || !isMissing(err) || isDamage(err) || err.Error() != dir+"/"+want {
			t.Errorf("%s: %v, %v", path, s, err)
		}
	}
}

func isMissing(err error) bool {
	_, ok := errors.AsType[*source.MissingError](err)
	return ok
}

// TestDamageIsBounded lists a hundred problems and counts the rest.
func TestDamageIsBounded(t *testing.T) {
	text := "id,email,groups\n" + strings.Repeat("1,nobody,a\n", 1234)
	_, err := read(t, text, peopleForm(), source.Request{})
	damage, ok := errors.AsType[*source.DamageError](err)
	if !ok || len(damage.Rows) != 100 || damage.More != 1134 {
		t.Fatalf("got %v", err)
	}
	if row, ok := errors.AsType[*source.RowError](err); !ok || row.Line != 2 || row.Column != 3 || row.Field != "email" {
		t.Errorf("first row is %+v", row)
	}
	if !strings.HasSuffix(err.Error(), "\n  … and 1134 more") {
		t.Errorf("message ends in %q", err.Error()[len(err.Error())-40:])
	}
}

// TestS35DamageHoldsNoValues shows that an address never gets into an error.
func TestS35DamageHoldsNoValues(t *testing.T) {
	_, err := read(t, "id,email,groups\n1,secret person@corp.example,a\n2,a@\u202ex,b\n", peopleForm(), source.Request{})
	if !isDamage(err) || strings.Contains(err.Error(), "person") || strings.Contains(err.Error(), "\u202e") {
		t.Errorf("got %v", err)
	}
}

// failingReader breaks in the middle of a row.
type failingReader struct{ r *bytes.Reader }

var errDisk = errors.New("disk is gone")

func (f failingReader) Read(p []byte) (int, error) {
	if f.r.Len() == 0 {
		return 0, errDisk
	}
	return f.r.Read(p)
}

// TestS09FailedReadIsNoDamage tells a failed read from damaged data, wherever it fails.
func TestS09FailedReadIsNoDamage(t *testing.T) {
	const whole = "id,email,groups\n1,ann@corp.example,\"a\n\"\"b\"\n"
	for n := range len(whole) {
		stdin := failingReader{bytes.NewReader([]byte(whole[:n]))}
		s, err := openCSV(t, Config{Path: "-", Columns: peopleForm()}, file.Options{Stdin: stdin}).Read(t.Context(), source.Request{})
		if s != nil || !errors.Is(err, errDisk) || isDamage(err) {
			t.Errorf("cut at %d: got %v, %v", n, s, err)
		}
	}
}

// TestReadStopsWithItsContext ends a read of a file and one that waits for standard input.
func TestReadStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := writeFile(t, filepath.Join(t.TempDir(), "people.csv"), "id,email,groups\n1,ann@corp.example,a\n")
	pipe, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(writer.Close(), pipe.Close()) }()
	for _, path := range []string{path, "-"} {
		s, err := openCSV(t, Config{Path: path, Columns: peopleForm()}, file.Options{Stdin: pipe}).Read(ctx, source.Request{})
		if s != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, %v", path, s, err)
		}
	}
}

// Spreadsheets write rows of nothing but delimiters behind the last one, often of
// another width. They are nobody.
func TestEmptyRowsAtTheEndAreNobody(t *testing.T) {
	s := mustRead(t, "id,email,groups\n1,ann@corp.example,a\n,,\n , ,\n,,,,,\n", peopleForm(), source.Request{})
	if len(s.People) != 1 || len(s.NoRemovals) != 0 {
		t.Errorf("%d people, %q", len(s.People), s.NoRemovals)
	}
}

// More people than any directory has are damage in both forms; so many as the bound
// says are read.
func TestPeopleOfASourceAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		columns Columns
		text    string
	}{
		"groups":      {peopleForm(), "id,email,groups\n1,a@corp.example,x\n2,b@corp.example,x\n1,a@corp.example,y\n3,c@corp.example,x\n"},
		"memberships": {membershipForm(), "id,email,org,role\n1,a@corp.example,x,m\n2,b@corp.example,x,m\n1,a@corp.example,y,m\n3,c@corp.example,x,m\n"},
	} {
		s := openCSV(t, Config{Path: writeFile(t, filepath.Join(t.TempDir(), "people.csv"), c.text), Columns: c.columns})
		if s.most != 1_000_000 {
			t.Errorf("%s: the bound is %d", name, s.most)
		}
		s.most = 3
		if snap, err := s.Read(t.Context(), source.Request{}); err != nil || len(snap.People) != 3 {
			t.Errorf("%s: three people: %v", name, err)
		}
		s.most = 2
		snap, err := s.Read(t.Context(), source.Request{})
		if snap != nil || !isDamage(err) || !strings.Contains(err.Error(), "people.csv:5:3: email: more than 2 people") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Rows beyond the bound cost nothing: the first of them is the one problem, and
// reading ends there, however many follow in this file or another. A file whose
// first rows are short foretells no more people than there may be.
func TestS37PeopleBeyondTheBoundCostNothing(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	text.WriteString("id,email,groups\n")
	for i := range 20_000 {
		fmt.Fprintf(&text, "%d,p%d@corp.example,x\n", i, i)
	}
	writeFile(t, filepath.Join(dir, "a.csv"), text.String())
	writeFile(t, filepath.Join(dir, "b.csv"), "id,email,groups\nb,not an address,x\n")
	s := openCSV(t, Config{Path: filepath.Join(dir, "*.csv"), Columns: peopleForm()})
	s.most = 5000
	_, err := s.Read(t.Context(), source.Request{})
	damage, ok := errors.AsType[*source.DamageError](err)
	if !ok || len(damage.Rows) != 1 || damage.More != 0 || damage.Rows[0].Line != 5002 {
		t.Errorf("got %v", err)
	}
	foretells := lengthEstimate{&file.Input{N: 1 << 16, Size: 1 << 20}} // 16 times as many
	for most, want := range map[int]int{5000: 5000, math.MaxInt: 16 * 4096} {
		if got := cap(growToEstimate(&foretells, make([]byte, 4096), most)); got < want || got > want+want/4 {
			t.Errorf("at most %d: grown to %d", most, got)
		}
	}
}
