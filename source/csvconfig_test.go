package source

import (
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// TestCSVConfigYAML decodes both forms as the configuration writes them.
func TestCSVConfigYAML(t *testing.T) {
	const text = `
name: hr
csv:
  path: /srv/hr/*.csv
  encoding: windows-1252
  delimiter: ";"
  settle: 0s
  final_newline: optional
  max_age: 26h
  end_marker: END
  unreadable_members: ignore
  columns: {id: employee_no, email: work_email, other_emails: private, groups: {column: teams, separator: ";"}}
`
	var got Config
	if err := yaml.UnmarshalWithOptions([]byte(text), &got, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	diff(t, got, Config{Name: "hr", CSV: &CSVConfig{
		Path: "/srv/hr/*.csv", Encoding: "windows-1252", Delimiter: ";", Settle: new(time.Duration(0)),
		FinalNewline: "optional", MaxAge: 26 * time.Hour, EndMarker: "END", UnreadableMembers: "ignore",
		Columns: CSVColumns{ID: "employee_no", Email: "work_email", OtherEmails: CSVCells{Column: "private"},
			Groups: CSVCells{Column: "teams", Separator: ";"}},
	}})
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	const members = `{organization: org, email: email, role: role, id: employee_no, external_id: uid, metadata: {public: {department: dept}}}`
	var columns CSVColumns
	if err := yaml.UnmarshalWithOptions([]byte(members), &columns, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	diff(t, columns, CSVColumns{ID: "employee_no", Email: "email", ExternalID: "uid", Organization: "org", Role: "role",
		Metadata: CSVMetadata{Public: map[string]string{"department": "dept"}}})
}

// TestCSVConfigUnknownKey refuses a slip in the mapping of a column of many values.
func TestCSVConfigUnknownKey(t *testing.T) {
	for _, text := range []string{"groups: {column: a, seprator: b}", "groups: [a]", "group: a"} {
		var columns CSVColumns
		if err := yaml.UnmarshalWithOptions([]byte(text), &columns, yaml.Strict()); err == nil {
			t.Errorf("%s: decoded to %+v", text, columns)
		}
	}
}

// TestConfigProblems names every problem by its path, all at once.
func TestConfigProblems(t *testing.T) {
	people, members := peopleForm(), membershipForm()
	meta := map[string]string{"": "a", "b": "", markerKey: "c"}
	for name, c := range map[string]struct {
		config Config
		paths  string
	}{
		"good people":  {Config{Name: "hr", CSV: &CSVConfig{Path: "a", Columns: people}}, ""},
		"good members": {Config{Name: "hr", CSV: &CSVConfig{Path: "a", Columns: members}}, ""},
		"nothing":      {Config{}, "name name"},
		"no name":      {Config{CSV: &CSVConfig{Path: "a", Columns: people}}, "name"},
		"odd name":     {Config{Name: "a\u202eb", CSV: &CSVConfig{Path: "a", Columns: people}}, "name"},
		"renamed":      {Config{Name: "a", RenamedFrom: "a", CSV: &CSVConfig{Path: "a", Columns: people}}, "renamed_from"},
		"both":         {Config{Name: "a", LDAP: &LDAPConfig{}, CSV: &CSVConfig{}}, "csv"},
		"empty":        {Config{Name: "a", CSV: &CSVConfig{}}, "csv.path csv.columns.email csv.columns.groups"},
		"values": {Config{Name: "a", CSV: &CSVConfig{Path: "-", Encoding: "utf-7", Delimiter: "#", Settle: new(-time.Second), FinalNewline: "no",
			MaxAge: time.Hour, EndMarker: " END", UnreadableMembers: "no", Columns: people}},
			"csv.encoding csv.delimiter csv.settle csv.max_age csv.final_newline csv.unreadable_members csv.end_marker"},
		"glob":      {Config{Name: "a", CSV: &CSVConfig{Path: "a[", MaxAge: -1, Columns: people}}, "csv.path csv.max_age"},
		"role only": {Config{Name: "a", CSV: &CSVConfig{Path: "a", Columns: CSVColumns{Email: "e", Role: "r"}}}, "csv.columns.organization"},
		"org only": {Config{Name: "a", CSV: &CSVConfig{Path: "a", Columns: CSVColumns{Email: "e", Organization: "o", Groups: CSVCells{Column: "g", Separator: "\n"}}}},
			"csv.columns.groups.separator csv.columns.role csv.columns.groups"},
		"people with metadata": {Config{Name: "a", CSV: &CSVConfig{Path: "a", Columns: CSVColumns{Email: "e", Groups: CSVCells{Column: "g"}, Metadata: CSVMetadata{Public: meta}}}},
			"csv.columns.metadata"},
		"metadata": {Config{Name: "a", CSV: &CSVConfig{Path: "a", Columns: CSVColumns{Email: "e", Organization: "o", Role: "r", Metadata: CSVMetadata{Public: meta, Private: meta}}}},
			"csv.columns.metadata.public csv.columns.metadata.public.b csv.columns.metadata.private csv.columns.metadata.private.b csv.columns.metadata.private.rollcall"},
		"separator alone": {Config{Name: "a", CSV: &CSVConfig{Path: "a", Columns: CSVColumns{Email: "e", OtherEmails: CSVCells{Separator: ";"}, Groups: CSVCells{Column: "g"}}}},
			"csv.columns.other_emails.column"},
		"one column twice": {Config{Name: "a", CSV: &CSVConfig{Path: "a", Columns: CSVColumns{ID: "e", Email: "e ", Groups: CSVCells{Column: "g"}}}}, "csv.columns.id"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.config.Validate()
			if got := strings.Join(paths(err), " "); got != c.paths {
				t.Errorf("got %s\nwant %s\n%v", got, c.paths, err)
			}
			if s, openErr := Open(c.config); (openErr == nil) != (c.paths == "") || (s == nil) != (openErr != nil) {
				t.Errorf("open gives %v, %v", s, openErr)
			}
		})
	}
}

// paths lists the YAML paths of all problems that an error joins.
func paths(err error) []string {
	if f, ok := err.(interface{ YAMLPath() string }); ok {
		return []string{f.YAMLPath()}
	}
	var list []string
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range j.Unwrap() {
			list = append(list, paths(e)...)
		}
	}
	return list
}

// TestOpenLDAP leaves an LDAP source to its own reader.
func TestOpenLDAP(t *testing.T) {
	_, err := Open(Config{Name: "corp", LDAP: &LDAPConfig{}})
	for _, p := range paths(err) {
		if !strings.HasPrefix(p, "ldap.") {
			t.Errorf("a problem of LDAP is said to be at %s", p)
		}
	}
}
