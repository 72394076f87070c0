package csvfile

import (
	"path/filepath"
	"strings"
	"testing"

	"rollcall/source"
)

// A column that no file has is the configuration's fault, and the source says
// what there is; one that a single file lacks is damage of that file.
func TestColumnsOfTemplates(t *testing.T) {
	want := source.Request{Attributes: []string{"department"}}
	s := mustRead(t, "id,email,groups,dept\n1,a@corp.example,x,Sales\n", peopleForm(), want)
	if s.Has("department") || !s.Has("dept") || s.Has("Dept") {
		t.Errorf("names %q", s.Names)
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a.csv"), "id,email,groups,department\n1,a@corp.example,x,Sales\n")
	writeFile(t, filepath.Join(dir, "b.csv"), "id,email,groups,Department\n2,b@corp.example,x,Sales\n")
	s, err := openCSV(t, Config{Path: filepath.Join(dir, "*.csv"), Columns: peopleForm()}).Read(t.Context(), want)
	diff(t, told(t, s, err, dir), []string{`b.csv:1:1: department: no such column; did you mean "Department"?`})
	rows := mustRead(t, "id,email,org,role\n1,a@corp.example,acme,org:member\n", membershipForm(), want)
	if rows.Names == nil || rows.Has("email") {
		t.Errorf("the membership form offers %q to templates", rows.Names)
	}
	if nobody := (&source.Snapshot{}); !nobody.Has("anything") {
		t.Error("a source that does not say has nothing")
	}
}

// A column that only one file lacks is damage of that file, also when both
// files have rows of one person.
func TestColumnThatOneFileLacks(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a.csv"), "id,email,groups,department\n1,a@corp.example,x,Sales\n")
	writeFile(t, filepath.Join(dir, "b.csv"), "id,email,groups\n1,a@corp.example,y\n")
	s, err := openCSV(t, Config{Path: filepath.Join(dir, "*.csv"), Columns: peopleForm()}).Read(t.Context(), source.Request{Attributes: []string{"department"}})
	diff(t, told(t, s, err, dir), []string{`b.csv:1:1: department: no such column; the header has "id", "email", "groups"`})
}

// The header of a file without the configured columns may be anything, a secret
// say: it is counted and not shown. One with a configured column is shown.
func TestS43HeaderOfAnotherFile(t *testing.T) {
	for text, want := range map[string]string{
		"sk_live_abcdefghijkl\n":               "the header has 1 cell, none of them a configured column",
		"Tr0ub4dor&3":                          "the header has 1 cell, none of them a configured column",
		"hunter2,hunter3\n":                    "the header has 2 cells, none of them a configured column",
		"root:$6$abc;def:19000:0\n":            "has a single heading, which contains ; characters: check delimiter",
		"id,hunter2\n1,ann@corp.example\n":     `the header has "id", "hunter2"`,
		"Email,hunter2\na@corp.example,x\n":    `did you mean "Email"?`,
		"hunter2,groups\nann@corp.example,a\n": `the header has "hunter2", "groups"`,
	} {
		path := writeFile(t, filepath.Join(t.TempDir(), "people.csv"), text)
		_, err := openCSV(t, Config{Path: path, Columns: peopleForm()}).Read(t.Context(), source.Request{Attributes: []string{"department"}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
		for _, secret := range []string{"sk_live", "Tr0ub", "hunter", "$6$abc"} {
			if shown := strings.Contains(err.Error(), secret); shown && !strings.Contains(want, secret) {
				t.Errorf("%q: %v shows it", text, err)
			}
		}
	}
}

// A column that no file has is a key of the configuration, with its place there. The
// nearest key above stands for one that is left out, and each missing column is listed.
func TestKeyOfAMissingColumn(t *testing.T) {
	places := map[string]string{
		"csv": "rollcall.yaml:3:5: sources[0].csv", "csv.columns.email": "rollcall.yaml:5:17: sources[0].csv.columns.email",
		"csv.columns.groups": "rollcall.yaml:5:40: sources[0].csv.columns.groups",
	}
	columns := Columns{ID: "id", Email: "emial", Groups: Cells{Column: "teems"}, Start: "from"}
	for text, want := range map[string][]string{
		"id,email,teams\n1,ann@corp.example,a\n": {
			`rollcall.yaml:5:17: sources[0].csv.columns.email: people.csv has no column "emial"; did you mean "email"?`,
			`rollcall.yaml:5:40: sources[0].csv.columns.groups: people.csv has no column "teems"; did you mean "teams"?`,
			`rollcall.yaml:3:5: sources[0].csv: people.csv has no column "from"; the header has "id", "email", "teams"`,
		},
		"id;email;teams\n1;ann@corp.example;a\n": {
			"rollcall.yaml:3:5: sources[0].csv: people.csv has a single heading, which contains ; characters: check delimiter, and check that this is the export",
		},
	} {
		dir := t.TempDir()
		path := writeFile(t, filepath.Join(dir, "people.csv"), text)
		s, err := openCSV(t, Config{Path: path, Columns: columns, Timezone: "UTC", Places: places}).Read(t.Context(), source.Request{})
		diff(t, told(t, s, err, dir), want)
		if !strings.HasPrefix(err.Error(), "the configuration does not fit the file, so nothing from it was used; correct these keys, or the export if its header has changed (") {
			t.Error(err)
		}
	}
}

// Data that is damaged is still called so, also beside a key that does not fit.
func TestDamageBesideAMissingColumn(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, filepath.Join(dir, "people.csv"), "id,id,email\n1,2,ann@corp.example\n")
	s, err := openCSV(t, Config{Path: path, Columns: peopleForm()}).Read(t.Context(), source.Request{})
	diff(t, told(t, s, err, dir), []string{
		`csv.columns.groups.column: people.csv has no column "groups"; the header has "id", "id", "email"`,
		"people.csv:1:4: id: two columns have this heading: rename one of them",
	})
	if !strings.HasPrefix(err.Error(), "the input is damaged, so nothing from it was used; correct these places, or export it again (2 problems):") {
		t.Error(err)
	}
}
