package source

import (
	"path/filepath"
	"strings"
	"testing"
)

// A column that no file has is the configuration's fault, and the source says
// what there is; one that a single file lacks is damage of that file.
func TestColumnsOfTemplates(t *testing.T) {
	want := Request{Attributes: []string{"department"}}
	s := mustRead(t, "id,email,groups,dept\n1,a@corp.example,x,Sales\n", peopleForm(), want)
	if s.Has("department") || !s.Has("dept") || s.Has("Dept") {
		t.Errorf("names %q", s.Names)
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a.csv"), "id,email,groups,department\n1,a@corp.example,x,Sales\n")
	writeFile(t, filepath.Join(dir, "b.csv"), "id,email,groups,Department\n2,b@corp.example,x,Sales\n")
	s, err := openCSV(t, CSVConfig{Path: filepath.Join(dir, "*.csv"), Columns: peopleForm()}).Read(t.Context(), want)
	diff(t, told(t, s, err, dir), []string{`b.csv:1:1: department: no such column; did you mean "Department"?`})
	rows := mustRead(t, "id,email,org,role\n1,a@corp.example,acme,org:member\n", membershipForm(), want)
	if rows.Names == nil || rows.Has("email") {
		t.Errorf("the membership form offers %q to templates", rows.Names)
	}
	if nobody := (&Snapshot{}); !nobody.Has("anything") {
		t.Error("a source that does not say has nothing")
	}
}

func TestAttributeNames(t *testing.T) {
	for text, want := range map[string]string{
		"( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC 4519: NAME of it' SUP name )": "cn commonName",
		"( 0.9.2342.19200300.100.1.3 NAME 'mail' SYNTAX 1.3 )":                        "mail",
		"( 1.2.3 DESC 'has none' )":                                                   "", "( 1.2.3 NAME": "", "( 1.2.3 NAME 'open": "", "( 1.2.3 NAME 0'": "", "( 1.2.3 NAME 'a'": "a", "( 1.2.3 NAME ( 'a' 'no_name' )": "a", "": "",
	} {
		if got := strings.Join(attributeNames(text), " "); got != want {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
}

func FuzzAttributeNames(f *testing.F) {
	f.Add("( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )")
	f.Add("( 1 NAME 'x' )")
	f.Fuzz(func(t *testing.T, s string) {
		for _, name := range attributeNames(s) {
			if !isAttributeName(name) || !strings.Contains(s, name) {
				t.Fatalf("%q names %q", s, name)
			}
		}
	})
}
