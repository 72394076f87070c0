package source

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func isDamage(err error) bool {
	_, ok := errors.AsType[*DamageError](err)
	return ok
}

// damageCase is a text and what is said about it, line by line.
type damageCase struct {
	name    string
	text    string
	columns CSVColumns // the people form when empty
	config  CSVConfig
	want    Request
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

func textDamage() []damageCase {
	return []damageCase{
		{name: "empty file", text: "", told: []string{"people.csv:1:1: input is empty; an export without anybody still has a header, so this one went wrong"}},
		{name: "byte order mark only", text: "\ufeff", told: []string{"people.csv:1:1: input is empty; an export without anybody still has a header, so this one went wrong"}},
		{name: "byte order mark of utf-16 only", text: "\xff\xfe", config: CSVConfig{Encoding: "utf-16"}, told: []string{"people.csv:1:1: input is empty; an export without anybody still has a header, so this one went wrong"}},
		{name: "blank lines only", text: "\n\n\n", told: []string{"people.csv:1:1: input is empty; an export without anybody still has a header, so this one went wrong"}},
		{name: "header only", text: "id,email,groups\n", told: []string{"people.csv:2:1: nothing follows the header; an export that lost everybody went wrong"}},
		{name: "utf-16 without saying so", text: "\xff\xfei\x00d\x00", told: []string{"people.csv:1:1: file begins with the byte order mark of utf-16le: declare encoding: utf-16le"}},
		{name: "utf-32", text: "\xff\xfe\x00\x00i\x00\x00\x00", told: []string{"people.csv:1:1: file begins with the byte order mark of utf-32, which is not read: save it as utf-8"}},
		{name: "utf-16 without a mark", text: "i\x00d\x00", config: CSVConfig{Encoding: "utf-16"}, told: []string{"people.csv:1:1: file has no byte order mark, so utf-16 does not say enough: declare utf-16le or utf-16be"}},
		{name: "other byte order", text: "\xff\xfei\x00d\x00", config: CSVConfig{Encoding: "utf-16be"}, told: []string{"people.csv:1:1: file begins with the byte order mark of utf-16le, but is declared as utf-16be"}},
		{name: "utf-8 declared as latin-1", text: "\ufeffid,email,groups\n", config: CSVConfig{Encoding: "latin-1"}, told: []string{"people.csv:1:1: file begins with the byte order mark of utf-8, but is declared as latin-1"}},
		{name: "utf-16 without mark read as utf-8", text: utf16LE("id,email,groups\n1,ann@corp.example,a\n"), told: []string{
			"people.csv:1:1: NUL byte: the file is damaged, or it is utf-16 and encoding does not say so",
			"people.csv:1:6: NUL byte: the file is damaged, or it is utf-16 and encoding does not say so",
			"people.csv:1:18: NUL byte: the file is damaged, or it is utf-16 and encoding does not say so",
		}},
		{name: "lone surrogate", text: utf16LE("\ufeffid,email,groups\n1,ann@corp.example,a") + "\x00\xd8\n\x00", config: CSVConfig{Encoding: "utf-16"}, told: []string{"people.csv:2:20: groups: not valid utf-16: the file is damaged, or encoding names the wrong byte order"}},
		{name: "missing column, near miss", text: "ID,E-Mail,groups\n1,ann@corp.example,a\n", told: []string{
			`people.csv:1:1: id: no such column; did you mean "ID"?`,
			`people.csv:1:1: email: no such column; did you mean "E-Mail"?`,
		}},
		{name: "missing column", text: "id,address,groups\n1,ann@corp.example,a\n", told: []string{`people.csv:1:1: email: no such column; the header has "id", "address", "groups"`}},
		{name: "other delimiter", text: "id;email;groups\n1;ann@corp.example;a\n", told: []string{
			"people.csv:1:1: id: no such column; the header is one cell and holds ; characters: is delimiter set rightly?",
			"people.csv:1:1: email: no such column; the header is one cell and holds ; characters: is delimiter set rightly?",
			"people.csv:1:1: groups: no such column; the header is one cell and holds ; characters: is delimiter set rightly?",
		}},
		{name: "heading twice", text: "id,email,groups,email\n1,ann@corp.example,a,ann@corp.example\n", told: []string{"people.csv:1:17: email: heading stands twice, so nobody can tell which column is meant; rename one"}},
		{name: "behind the end marker", text: "id,email,groups\nEND\n1,ann@corp.example,a\n", config: CSVConfig{EndMarker: "END"}, told: []string{"people.csv:3:1: row stands behind the end marker; the file was appended to or put together wrongly"}},
	}
}

func cellDamage() []damageCase {
	const head = "id,email,groups\n"
	bad := func(name, email, told string) damageCase {
		return damageCase{name: name, text: head + "1," + email + ",a\n", told: []string{"people.csv:2:3: email: " + told}}
	}
	return []damageCase{
		bad("NUL byte", "ann\x00@corp.example", "NUL byte: the file is damaged, or it is utf-16 and encoding does not say so"),
		bad("invalid utf-8", "ann@corp.ex\xe4mple", "not valid utf-8: declare the encoding, such as windows-1252, or save the file as utf-8"),
		bad("no address", "nobody", "address needs exactly one @ between two parts that are not empty"),
		bad("two @", "ann@bob@corp.example", "address needs exactly one @ between two parts that are not empty"),
		bad("display name", "Ann <ann@corp.example>", "address has a space inside"),
		bad("cut domain", "ann@corp", "address has a domain that is not one of the internet mail system"),
		bad("bidi override in an address", "ann\u202e@corp.example", "address has control, bidirectional or invisible characters"),
		bad("Kelvin sign in a domain", "ann@\u212aorp.example", "address has a domain with a character that only looks like an ASCII one"),
		bad("space inside", "ann a@corp.example", "address has a space inside"),
		{name: "NUL byte in a column that is not used", text: "id,email,groups,note\n1,ann@corp.example,a,b\x00\n", told: []string{"people.csv:2:22: note: NUL byte: the file is damaged, or it is utf-16 and encoding does not say so"}},
		{name: "bidi override in an id", text: head + "1\u202e,ann@corp.example,a\n", told: []string{"people.csv:2:1: id: has control, bidirectional or invisible characters"}},
		{name: "control character in an id", text: head + "1\a,ann@corp.example,a\n", told: []string{"people.csv:2:1: id: has control, bidirectional or invisible characters"}},
		{name: "long id", text: head + strings.Repeat("1", 256) + ",ann@corp.example,a\n", told: []string{"people.csv:2:1: id: is longer than 255 bytes"}},
		{name: "long cell", text: head + "1,ann@corp.example," + strings.Repeat("a", maxCell+1) + "\n", told: []string{"people.csv:2:20: groups: cell is longer than 262144 bytes"}},
		{name: "long row", text: head + "1,ann@corp.example,a\n2,\"" + strings.Repeat("a\n", maxRecord) + "\n", told: []string{"people.csv:3:1: row takes more than 1048576 bytes; most likely a quote is opened near here and never closed"}},
		{name: "bare quote", text: head + "1,ann@corp.example,a\"b\n", told: []string{"people.csv:2:21: quote inside a cell that does not begin with one: quote the whole cell and double the quotes in it"}},
		{name: "text after a closing quote", text: head + "1,ann@corp.example,\"a\"b\n", told: []string{"people.csv:2:22: text after a closing quote: a quote inside a quoted cell is written twice"}},
		{name: "text after a closing quote at the end", text: head + "1,ann@corp.example,\"a\"b", told: []string{"people.csv:2:22: text after a closing quote: a quote inside a quoted cell is written twice"}},
		{name: "unterminated quote", text: head + "1,ann@corp.example,\"a\n2,bob@corp.example,b\n", told: []string{"people.csv:2:1: a quote is opened in this row and never closed; the file ends in it, at line 3"}},
		{name: "unterminated quote in the header", text: "id,email,\"groups\n1,ann@corp.example,a\n", told: []string{"people.csv:1:1: a quote is opened in this row and never closed; the file ends in it, at line 2"}},
	}
}

func rowDamage() []damageCase {
	const head = "id,email,groups\n"
	full := CSVColumns{ID: "id", Email: "email", ExternalID: "ext", FirstName: "first", LastName: "last",
		OtherEmails: CSVCells{Column: "more", Separator: " "}, Groups: CSVCells{Column: "groups"}}
	const fullHead = "id,email,ext,first,last,more,groups,dept\n"
	dept := Request{Attributes: []string{"dept"}}
	return []damageCase{
		{name: "short row", text: head + "1,ann@corp.example\n", told: []string{"people.csv:2:3: email: row ends here with 2 cells, the header has 3"}},
		{name: "long row of cells", text: head + "1,ann@corp.example,a,b\n", told: []string{"people.csv:2:22: row has 4 cells, the header 3; a delimiter inside a cell needs quotes around the cell"}},
		{name: "neither address nor id", text: head + ",,a\n", told: []string{"people.csv:2:2: email: row has neither an address nor an id, so nobody can tell whom it means"}},
		{name: "no address without ids", text: "email,groups\n,a\n", columns: CSVColumns{Email: "email", Groups: CSVCells{Column: "groups"}}, told: []string{"people.csv:2:1: email: row has neither an address nor an id, so nobody can tell whom it means"}},
		{name: "one id, two addresses", text: head + "1,ann@corp.example,a\n1,ann.b@corp.example,a\n", told: []string{"people.csv:3:1: id: id is also that of people.csv:2, whose address differs"}},
		{name: "one address, two ids", text: head + "1,ann@corp.example,a\n2,Ann@corp.example,a\n", told: []string{"people.csv:3:3: email: address is also that of people.csv:2, whose id differs"}},
		{name: "one address, one id", text: head + "1,ann@corp.example,a\n,ann@corp.example,a\n", told: []string{"people.csv:3:2: email: address is also that of people.csv:2, whose id differs"}},
		{name: "everything else", want: dept, columns: full, text: fullHead +
			"1,ann@corp.example,e1,Ann,Lee,,a,x\n1,ann@corp.example,e2,Ann,Lee,,a,x\n1,ann@corp.example,e1,Anne,Lee,,a,x\n" +
			"1,ann@corp.example,e1,Ann,Li,,a,x\n1,ann@corp.example,e1,Ann,Lee,a@b.example,a,x\n1,ann@corp.example,e1,Ann,Lee,,b,y\n", told: []string{
			"people.csv:3:20: ext: differs from people.csv:2, which is about the same person",
			"people.csv:4:23: first: differs from people.csv:2, which is about the same person",
			"people.csv:5:27: last: differs from people.csv:2, which is about the same person",
			"people.csv:6:31: more: differs from people.csv:2, which is about the same person",
			"people.csv:7:34: dept: differs from people.csv:2, which is about the same person",
		}},
		{name: "other address", columns: full, text: fullHead + "1,ann@corp.example,e1,Ann,Lee,a@b.example nobody,a,x\n", told: []string{"people.csv:2:31: more: address needs exactly one @ between two parts that are not empty"}},
		{name: "all rows are listed", text: head + "1,nobody,a\n2,bob@corp.example,b\n3\n4,@,\n", told: []string{
			"people.csv:2:3: email: address needs exactly one @ between two parts that are not empty",
			"people.csv:4:1: id: row ends here with 1 cell, the header has 3",
			"people.csv:5:3: email: address needs exactly one @ between two parts that are not empty",
		}},
	}
}

func membershipDamage() []damageCase {
	const head = "id,email,org,role\n"
	meta := membershipForm()
	meta.Metadata = CSVMetadata{Public: map[string]string{"dept": "d"}, Private: map[string]string{"cost": "c"}}
	return []damageCase{
		{name: "empty role", columns: membershipForm(), text: head + "1,ann@corp.example,acme,\n", told: []string{"people.csv:2:25: role: empty cell; a membership needs it"}},
		{name: "empty organization", columns: membershipForm(), text: head + "1,ann@corp.example, ,org:admin\n", told: []string{"people.csv:2:20: org: empty cell; a membership needs it"}},
		{name: "control character in a role", columns: membershipForm(), text: head + "1,ann@corp.example,acme,org:\aadmin\n", told: []string{"people.csv:2:25: role: has control, bidirectional or invisible characters"}},
		{name: "two roles", columns: membershipForm(), text: head + "1,ann@corp.example,acme,org:admin\n2,bob@corp.example,acme,org:member\n1,ann@corp.example,acme,org:member\n", told: []string{"people.csv:4:25: role differs from people.csv:2, which is the same person in the same organization"}},
		{name: "two metadata", columns: meta, text: "id,email,org,role,d,c\n1,ann@corp.example,acme,org:admin,x,1\n1,ann@corp.example,acme,org:admin,y,1\n1,ann@corp.example,acme,org:admin,x,2\n", told: []string{
			"people.csv:3:25: public metadata differs from people.csv:2, which is the same person in the same organization",
			"people.csv:4:25: private metadata differs from people.csv:2, which is the same person in the same organization",
		}},
		{name: "missing metadata column", columns: meta, text: "id,email,org,role,d\n1,ann@corp.example,acme,org:admin,x\n", told: []string{`people.csv:1:1: c: no such column; the header has "id", "email", "org", "role", "d"`}},
		{name: "disagreement beside a bad row", columns: membershipForm(), text: head + "1,ann@corp.example,acme,org:admin\n1,ann@corp.example,acme,org:member\n1,x,acme,org:member\n", told: []string{
			"people.csv:3:25: role differs from people.csv:2, which is the same person in the same organization",
			"people.csv:4:3: email: address needs exactly one @ between two parts that are not empty",
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
		"people":         "people: is a directory; name a file in it, or all of them with people/*.csv",
		"../../dev/null": "",
	} {
		if want == "" {
			path, want = "/dev/null", "/dev/null: is no regular file, so nobody can tell whether it is whole; feed it to standard input with path: -"
		} else {
			path = filepath.Join(dir, path)
		}
		s, err := openCSV(t, CSVConfig{Path: path, Columns: peopleForm()}).Read(t.Context(), Request{})
		diff(t, told(t, s, err, dir), []string{want})
	}
}

// What is not there is no damage: the other sources go on.
func TestS14MissingFiles(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		"absent.csv":   "absent.csv: no such file; check the path, and whether the export ran",
		"absent/x.csv": "absent/x.csv: no such file; check the path, and whether the export ran",
		"*.csv":        "*.csv: no file matches; check the path, and whether the export ran",
		"*/nothing/*":  "*/nothing/*: no file matches; check the path, and whether the export ran",
	} {
		s, err := openCSV(t, CSVConfig{Path: filepath.Join(dir, path), Columns: peopleForm()}).Read(t.Context(), Request{})
		if s != nil || !isMissing(err) || isDamage(err) || err.Error() != dir+"/"+want {
			t.Errorf("%s: %v, %v", path, s, err)
		}
	}
}

func isMissing(err error) bool {
	_, ok := errors.AsType[*MissingError](err)
	return ok
}

// TestDamageIsBounded lists a hundred problems and counts the rest.
func TestDamageIsBounded(t *testing.T) {
	text := "id,email,groups\n" + strings.Repeat("1,nobody,a\n", 1234)
	_, err := read(t, text, peopleForm(), Request{})
	damage, ok := errors.AsType[*DamageError](err)
	if !ok || len(damage.Rows) != 100 || damage.More != 1134 {
		t.Fatalf("got %v", err)
	}
	if row, ok := errors.AsType[*RowError](err); !ok || row.Line != 2 || row.Column != 3 || row.Field != "email" {
		t.Errorf("first row is %+v", row)
	}
	if !strings.HasSuffix(err.Error(), "\n  … and 1134 more") {
		t.Errorf("message ends in %q", err.Error()[len(err.Error())-40:])
	}
}

// TestS35DamageHoldsNoValues shows that an address never gets into an error.
func TestS35DamageHoldsNoValues(t *testing.T) {
	_, err := read(t, "id,email,groups\n1,secret person@corp.example,a\n2,a@\u202ex,b\n", peopleForm(), Request{})
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
		s, err := openCSV(t, CSVConfig{Path: "-", Columns: peopleForm()}, WithStdin(stdin)).Read(t.Context(), Request{})
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
		s, err := openCSV(t, CSVConfig{Path: path, Columns: peopleForm()}, WithStdin(pipe)).Read(ctx, Request{})
		if s != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, %v", path, s, err)
		}
	}
}
