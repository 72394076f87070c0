package sources

import (
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
	"rollcall/source/ldap"
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
	diff(t, got, Config{Name: "hr", CSV: &csvfile.Config{
		Path: "/srv/hr/*.csv", Encoding: "windows-1252", Delimiter: ";", Settle: new(time.Duration(0)),
		FinalNewline: "optional", MaxAge: 26 * time.Hour, EndMarker: "END", UnreadableMembers: "ignore",
		Columns: csvfile.Columns{ID: "employee_no", Email: "work_email", OtherEmails: csvfile.Cells{Column: "private"},
			Groups: csvfile.Cells{Column: "teams", Separator: ";"}},
	}})
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	const members = `{organization: org, email: email, role: role, id: employee_no, external_id: uid, metadata: {public: {department: dept}}}`
	var columns csvfile.Columns
	if err := yaml.UnmarshalWithOptions([]byte(members), &columns, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	diff(t, columns, csvfile.Columns{ID: "employee_no", Email: "email", ExternalID: "uid", Organization: "org", Role: "role",
		Metadata: csvfile.Metadata{Public: map[string]string{"department": "dept"}}})
}

// TestCSVConfigUnknownKey refuses a slip in the mapping of a column of many values.
func TestCSVConfigUnknownKey(t *testing.T) {
	for _, text := range []string{"groups: {column: a, seprator: b}", "groups: [{colum: a}]", "group: a"} {
		var columns csvfile.Columns
		if err := yaml.UnmarshalWithOptions([]byte(text), &columns, yaml.Strict()); err == nil {
			t.Errorf("%s: decoded to %+v", text, columns)
		}
	}
}

// TestConfigProblems names every problem by its path, all at once.
func TestConfigProblems(t *testing.T) {
	people, members := peopleForm(), membershipForm()
	meta := map[string]string{"": "a", "b": "", "rollcall": "c"}
	for name, c := range map[string]struct {
		config Config
		paths  string
	}{
		"good people":  {Config{Name: "hr", CSV: &csvfile.Config{Path: "a", Columns: people}}, ""},
		"good members": {Config{Name: "hr", CSV: &csvfile.Config{Path: "a", Columns: members}}, ""},
		"nothing":      {Config{}, "name name"},
		"no name":      {Config{CSV: &csvfile.Config{Path: "a", Columns: people}}, "name"},
		"odd name":     {Config{Name: "a\u202eb", CSV: &csvfile.Config{Path: "a", Columns: people}}, "name"},
		"renamed":      {Config{Name: "a", RenamedFrom: "a", CSV: &csvfile.Config{Path: "a", Columns: people}}, "renamed_from"},
		"both":         {Config{Name: "a", LDAP: &ldap.Config{}, CSV: &csvfile.Config{}}, "csv"},
		"empty":        {Config{Name: "a", CSV: &csvfile.Config{}}, "csv.path csv.columns.email csv.columns.groups"},
		"values": {Config{Name: "a", CSV: &csvfile.Config{Path: "-", Encoding: "utf-7", Delimiter: "#", Settle: new(-time.Second), FinalNewline: "no",
			MaxAge: time.Hour, EndMarker: " END", UnreadableMembers: "no", Columns: people}},
			"csv.encoding csv.delimiter csv.settle csv.max_age csv.final_newline csv.unreadable_members csv.end_marker"},
		"glob":      {Config{Name: "a", CSV: &csvfile.Config{Path: "a[", MaxAge: -1, Columns: people}}, "csv.path csv.max_age"},
		"role only": {Config{Name: "a", CSV: &csvfile.Config{Path: "a", Columns: csvfile.Columns{Email: "e", Role: "r"}}}, "csv.columns.organization"},
		"org only": {Config{Name: "a", CSV: &csvfile.Config{Path: "a", Columns: csvfile.Columns{Email: "e", Organization: "o", Groups: csvfile.Cells{Column: "g", Separator: "\r"}}}},
			"csv.columns.groups.separator csv.columns.role csv.columns.groups"},
		"people with metadata": {Config{Name: "a", CSV: &csvfile.Config{Path: "a", Columns: csvfile.Columns{Email: "e", Groups: csvfile.Cells{Column: "g"}, Metadata: csvfile.Metadata{Public: meta}}}},
			"csv.columns.metadata"},
		"metadata": {Config{Name: "a", CSV: &csvfile.Config{Path: "a", Columns: csvfile.Columns{Email: "e", Organization: "o", Role: "r", Metadata: csvfile.Metadata{Public: meta, Private: meta}}}},
			"csv.columns.metadata.public csv.columns.metadata.public.b csv.columns.metadata.private csv.columns.metadata.private.b csv.columns.metadata.private.rollcall"},
		"separator alone": {Config{Name: "a", CSV: &csvfile.Config{Path: "a", Columns: csvfile.Columns{Email: "e", OtherEmails: csvfile.Cells{Separator: ";"}, Groups: csvfile.Cells{Column: "g"}}}},
			"csv.columns.other_emails.column"},
		"one column twice": {Config{Name: "a", CSV: &csvfile.Config{Path: "a", Columns: csvfile.Columns{ID: "e", Email: "e ", Groups: csvfile.Cells{Column: "g"}}}}, "csv.columns.id"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.config.Validate()
			if got := strings.Join(paths(err), " "); got != c.paths {
				t.Errorf("got %s\nwant %s\n%v", got, c.paths, err)
			}
			if s, openErr := Open(c.config, file.Options{}); (openErr == nil) != (c.paths == "") || (s == nil) != (openErr != nil) {
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
	_, err := Open(Config{Name: "corp", LDAP: &ldap.Config{}}, file.Options{})
	for _, p := range paths(err) {
		if !strings.HasPrefix(p, "ldap.") {
			t.Errorf("a problem of LDAP is said to be at %s", p)
		}
	}
}

// What two sources can share needs ids, and a name that can be read (S01, S35).
func TestProblemsOfSharedSources(t *testing.T) {
	people, members := peopleForm(), membershipForm()
	nameless := people
	nameless.ID = ""
	for name, x := range map[string]struct {
		config Config
		want   string
	}{
		"the same ids":       {Config{Name: "hr", SameIDsAs: "corp", CSV: &csvfile.Config{Path: "a", Columns: people}}, ""},
		"its own":            {Config{Name: "hr", SameIDsAs: "hr", CSV: &csvfile.Config{Path: "a", Columns: people}}, "same_ids_as"},
		"no ids to compare":  {Config{Name: "hr", SameIDsAs: "corp", CSV: &csvfile.Config{Path: "a", Columns: nameless}}, "same_ids_as"},
		"lends":              {Config{Name: "hr", Lends: []string{"team"}, CSV: &csvfile.Config{Path: "a", Columns: people}}, ""},
		"lends nothing":      {Config{Name: "hr", Lends: []string{" ", "a\u202eb"}, CSV: &csvfile.Config{Path: "a", Columns: people}}, "lends[0] lends[1]"},
		"lends and has rows": {Config{Name: "hr", Lends: []string{"team"}, CSV: &csvfile.Config{Path: "a", Columns: members}}, "lends"},
	} {
		if x.config.CSV.Columns.ID == "" && name != "no ids to compare" {
			x.config.CSV.Columns.ID = "id"
		}
		if got := strings.Join(paths(x.config.Validate()), " "); got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
}

// A review names the membership and the user, and feeds nobody.
func TestProblemsOfAReview(t *testing.T) {
	review := func(change func(*csvfile.Columns)) Config {
		c := csvfile.Columns{Organization: "org", MembershipID: "m", UserID: "u", Decision: "keep"}
		change(&c)
		return Config{Name: "review", CSV: &csvfile.Config{Path: "a", Columns: c}}
	}
	for name, x := range map[string]struct {
		config Config
		want   string
	}{
		"whole":           {review(func(*csvfile.Columns) {}), ""},
		"no organization": {review(func(c *csvfile.Columns) { c.Organization = "" }), "csv.columns.organization"},
		"no membership":   {review(func(c *csvfile.Columns) { c.MembershipID = "" }), "csv.columns.membership_id"},
		"no user":         {review(func(c *csvfile.Columns) { c.UserID = "" }), "csv.columns.user_id"},
		"people too":      {review(func(c *csvfile.Columns) { c.ID, c.FirstName, c.Groups.Column = "id", "first", "g" }), "csv.columns.id csv.columns.first_name csv.columns.groups"},
		"metadata too":    {review(func(c *csvfile.Columns) { c.Metadata.Public = map[string]string{"a": "b"} }), "csv.columns.metadata"},
	} {
		if got := strings.Join(paths(x.config.Validate()), " "); got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
}

func TestS13CanariesThatNothingCouldAnswer(t *testing.T) {
	membership := &csvfile.Config{Path: "-", Columns: csvfile.Columns{Email: "email", Organization: "org", Role: "role"}}
	err := Config{Name: "hr", CSV: membership, Canaries: source.Canaries{People: []string{"ann@corp.example", " ", "a\u202eb"}, Groups: []string{"team"}}}.Validate()
	for _, want := range []string{"canaries.people[1]: is empty", "canaries.people[2]: has control", "canaries.groups: cannot be checked"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
}

// peopleForm and membershipForm are the columns of most tests.
func peopleForm() csvfile.Columns {
	return csvfile.Columns{ID: "id", Email: "email", Groups: csvfile.Cells{Column: "groups", Separator: ";"}}
}

func membershipForm() csvfile.Columns {
	return csvfile.Columns{ID: "id", Email: "email", Organization: "org", Role: "role"}
}

func diff(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("differs (-want +got):\n%s", d)
	}
}
