package cases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/source"
	"rollcall/sync/directory"
)

// world writes a configuration and its files, and returns what tests a text of cases.
func world(t *testing.T, rules string, files map[string]string) func(cases string) (*Report, error) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, text := range files {
		write(name, text)
	}
	file := write("rollcall.yaml", rules)
	lookup := func(string) (string, bool) { return "", false }
	return func(text string) (*Report, error) {
		cfg, err := config.LoadRules(file, lookup)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(write("cases.yaml", text), cfg.Sources, time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC))
		if err != nil {
			return nil, err
		}
		return Test(t.Context(), cfg, f, func() ([]source.Source, error) {
			return runner.OpenSources(cfg, runner.Deps{Lookup: lookup}, nil)
		})
	}
}

const twoSources = `
clerk: {secret_key_env: NO_SUCH_VARIABLE}
sources:
  - {name: corp, ldap: {urls: [ldaps://dc1.corp.example], bind_dn: "cn=x,dc=corp", bind_password_file: "${UNSET}", base_dn: "dc=corp"}}
  - {name: crm, csv: {path: "${UNSET}", columns: {email: email, id: id, groups: teams}}}
rules:
  - {groups: ["cn=Admins,ou=groups,dc=corp"], source: corp, organization: acme, role: "org:admin"}
  - {groups: [Staff], source: corp, organization: acme, role: "org:member", metadata: {public: {dept: "{departmentNumber}"}}}
  - {groups: {match: "team-(?P<org>[a-z]+)", base: "ou=teams,dc=corp"}, source: corp, organization: "{org}", role: "org:member"}
  - {groups: [Staff], source: crm, organization: crm, role: "org:member"}
sync: {removals: managed}
`

// A group of a directory answers a rule as the directory would: DNs as DNs, names
// without case, patterns below their base. Columns of a file keep their case.
func TestGroupsAnswerAsTheirSource(t *testing.T) {
	t.Parallel()
	test := world(t, twoSources, nil)
	for _, x := range []struct{ person, want string }{
		{`{source: corp, email: a@corp.example, groups: ["CN=admins, OU=groups, DC=corp"]}`, "acme org:admin"},
		{`{source: corp, email: a@corp.example, groups: ["cn=admins,ou=others,dc=corp"]}`, ""},
		{`{source: corp, email: a@corp.example, groups: [admins]}`, ""},
		{`{source: corp, id: 7, groups: [STAFF], attributes: {DEPARTMENTNUMBER: ["9"]}}`, ""},
		{`{source: corp, id: "7", groups: ["cn=staff,ou=x,dc=corp"], attributes: {DEPARTMENTNUMBER: ["9"]}}`, "acme org:member 9"},
		{`{source: corp, email: a@corp.example, groups: [team-red, "cn=team-blue,ou=x,ou=teams,dc=corp", "cn=team-green,dc=corp"]}`, "blue org:member red org:member"},
		{`{source: crm, email: a@corp.example, groups: [Staff]}`, "crm org:member"},
		{`{source: crm, email: a@corp.example, groups: [staff, team-red]}`, ""},
		{`{email: a@corp.example, groups: [Staff]}`, "no source"},
	} {
		r, err := test("cases:\n  - person: " + x.person + "\n    expect: []\n")
		if err != nil {
			if !strings.Contains(err.Error(), "in quotes") && x.want != "no source" {
				t.Errorf("%s: %v", x.person, err)
			}
			continue
		}
		var got []string
		for _, g := range r.Cases[0].Given {
			got = append(got, g.Organization, g.Role)
			if v, ok := g.Public["dept"].(string); ok {
				got = append(got, v)
			}
		}
		if strings.Join(got, " ") != x.want {
			t.Errorf("%s: %q, want %q", x.person, got, x.want)
		}
		if r.Cases[0].Holds != (x.want == "") || (r.Err() == nil) != (x.want == "") {
			t.Errorf("%s: holds %t, %v", x.person, r.Cases[0].Holds, r.Err())
		}
	}
}

const file = `
clerk: {secret_key_env: NO_SUCH_VARIABLE}
sources: [{name: hr, csv: {path: people.csv, settle: 0s, columns: {email: email, id: id, groups: {column: teams, separator: ";"}}}}]
rules:
  - {groups: [admins], organization: acme, role: "org:admin", metadata: {public: {kind: boss, none: null}}}
  - {groups: [staff], organization: acme, role: "org:member"}
  - {groups: [staff], organization: globex, role: "org:member"}
sync: {removals: managed, deny: [evil@corp.example]}
`

const people = "id,email,teams\n1,ada@corp.example,admins;staff\n2,ben@corp.example,staff\n3,cleo@corp.example,staff\n4,dan@corp.example,staff\n"

// Each expectation that is not met is a problem of its own, and a case that is met has
// none: whatever one of them says, the other way round it would say it too.
func TestEachDifferenceIsAProblem(t *testing.T) {
	t.Parallel()
	test := world(t, file, map[string]string{"people.csv": people})
	both := `{organization: globex, role: "org:member"}`
	for text, want := range map[string]string{
		`who: "1", expect: [{organization: acme, role: "org:admin"}, ` + both + `]`:                                                   "",
		`who: "1", expect: [{organization: acme, role: "org:admin", reason: admins, metadata: {public: {kind: boss}}}, ` + both + `]`: "",
		`who: "1", expect: [{organization: acme, role: "org:member"}, ` + both + `]`:                                                  "acme: expected org:member, but the rules give org:admin (rule 1: admins)",
		`who: "1", expect: [{organization: acme, role: "org:admin", reason: staff}, ` + both + `]`:                                    `acme: expected the reason "staff", but it is "rule 1: admins"`,
		`who: "1", expect: [{organization: acme, role: "org:admin", metadata: {public: {}}}, ` + both + `]`:                           `acme: expected the public metadata {}, but the rules write {"kind":"boss"}`,
		`who: "1", expect: [{organization: acme, role: "org:admin", metadata: {private: {a: 1}}}, ` + both + `]`:                      `acme: expected the private metadata {"a":1}, but the rules write {}`,
		`who: "2", expect: [` + both + `]`: "acme: expected no membership, but the rules give org:member (rule 2: staff)",
		`who: "2", refused: disabled`:      "expected that the person is refused as disabled, but nothing refuses the person as a whole|acme: expected no membership, but the rules give org:member (rule 2: staff)|globex: expected no membership, but the rules give org:member (rule 3: staff)",
		`person: {email: evil@corp.example, groups: [admins]}, expect: [{organization: acme, refused: denied}]`: "",
		`who: "5", refused: not_found`: "",
		`who: "5", expect: []`:         `no source has "5"; if that is meant, write refused: not_found`,
		`who: "2", refused: not_found`: "expected that the person is refused as not_found, but nothing refuses the person as a whole|acme: expected no membership, but the rules give org:member (rule 2: staff)|globex: expected no membership, but the rules give org:member (rule 3: staff)",
		`person: {id: "9", disabled: left, groups: [staff]}, refused: disabled`:                                        "",
		`person: {id: "9", disabled: left, groups: [staff]}, refused: ended`:                                           "expected that the person is refused as ended, but it is disabled",
		`person: {id: "9", groups: [x]}, expect: [{organization: acme, refused: excluded}]`:                            "acme: expected a refusal (excluded), but no rule has a group with the person",
		`person: {id: "9", groups: [x]}, expect: [` + both + `]`:                                                       "globex: expected org:member, but no rule leads there",
		`person: {id: "9", start: 2026-12-01, groups: [admins]}, expect: [{organization: acme, refused: not_started}]`: "acme: expected a refusal (not_started), but the rules give org:admin (rule 1: admins)",
		`person: {id: "9", start: 2026-12-02, groups: [admins]}, expect: [{organization: acme, refused: excluded}]`:    "acme: expected a refusal as excluded, but it is not_started: starts on 2026-12-02 (S28)",
		`person: {id: "9", start: 2026-12-02, groups: [admins]}, expect: [{organization: acme, role: "org:admin"}]`:    "acme: expected org:admin, but the person is refused as not_started: starts on 2026-12-02 (S28)",
	} {
		r, err := test("cases: [{" + text + "}]")
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := strings.Join(r.Cases[0].Problems, "|"); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// Two people of one case do not see each other, and what the sources hold changes
// nothing for somebody whom a case brings.
func TestCasesAreAlone(t *testing.T) {
	t.Parallel()
	test := world(t, file, map[string]string{"people.csv": people})
	r, err := test(`
cases:
  - {person: {email: ben@corp.example, groups: [admins]}, expect: [{organization: acme, role: "org:admin"}]}
  - {person: {email: ben@corp.example, groups: []}, expect: []}
  - {who: ben@corp.example, expect: [{organization: acme, role: "org:member"}, {organization: globex, role: "org:member"}]}
`)
	if err != nil || r.Held != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A name that means two people of different sources means neither (S06).
func TestS06NameOfTwoPeople(t *testing.T) {
	t.Parallel()
	two := strings.Replace(twoSources, `corp, ldap: {urls: [ldaps://dc1.corp.example], bind_dn: "cn=x,dc=corp", bind_password_file: "${UNSET}", base_dn: "dc=corp"}`, `corp, csv: {path: a.csv, settle: 0s, columns: {email: email, id: id, groups: teams}}`, 1)
	two = strings.Replace(two, "${UNSET}\"", "b.csv\", settle: 0s", 1)
	two = two[:strings.Index(two, "rules:")] + "rules: [{groups: [staff], organization: acme, role: org:member}]\nsync: {removals: managed}\n"
	row := "id,email,teams\n%d,ann@corp.example,staff\n"
	r, err := world(t, two, map[string]string{"a.csv": fmt.Sprintf(row, 1), "b.csv": fmt.Sprintf(row, 2)})(`
cases:
  - {who: ann@corp.example, expect: [{organization: acme, role: "org:member"}]}
  - {who: "2", expect: [{organization: acme, role: "org:member"}]}
`)
	if err != nil || r.Held != 1 || !strings.Contains(strings.Join(r.Cases[0].Problems, ""), "means 2 people") {
		t.Errorf("%+v, %v", r, err)
	}
}

// A source that cannot be read is no answer: neither is a case true, nor false (S09).
func TestS09UnreadIsNoAnswer(t *testing.T) {
	t.Parallel()
	two := strings.Replace(file, "rules:", "  - {name: x, csv: {path: x.csv, columns: {email: email, groups: teams}}}\nrules:", 1)
	two = strings.Replace(two, "sources: [{name: hr", "sources:\n  - {name: hr", 1)
	two = strings.Replace(two, `";"}}}}]`, `";"}}}}`, 1)
	r, err := world(t, two, map[string]string{"people.csv": people})(`
cases:
  - {who: "7", refused: not_found}
  - {person: {source: hr, id: "7", groups: [admins]}, expect: [{organization: acme, role: "org:admin"}]}
`)
	if err != nil || r.Unread != 1 || r.Held != 1 || len(r.Failures) != 1 || r.Err() == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	var b bytes.Buffer
	if err := r.Write(&b, "text", terminal.Style{}); err != nil || b.String() != "1 of 2 cases hold; 1 could not be judged, because a source could not be read.\n" {
		t.Errorf("%q, %v", &b, err)
	}
	if _, err := world(t, file, nil)(`cases: [{who: "7", refused: not_found}]`); err == nil {
		t.Error("no source at all is an answer")
	}
}

// A read that may lack somebody judges no case: without its last newline a file may be
// half of one, and a canary that is missing says so (S11, S13).
func TestS13IncompleteReadJudgesNothing(t *testing.T) {
	t.Parallel()
	const missing = `cases: [{who: "9", refused: not_found}]`
	canary := strings.Replace(file, "name: hr,", "name: hr, canaries: {people: [boss@corp.example]},", 1)
	for name, test := range map[string]func(string) (*Report, error){
		"half a file": world(t, file, map[string]string{"people.csv": strings.TrimSuffix(people, "\n")}),
		"no canary":   world(t, canary, map[string]string{"people.csv": people}),
	} {
		if r, err := test(missing); err != nil || r.Unread != 1 || r.Held != 0 || r.Err() == nil {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if r, err := world(t, canary, map[string]string{"people.csv": people + "8,boss@corp.example,\n"})(missing); err != nil || r.Held != 1 || r.Err() != nil {
		t.Errorf("complete: %+v, %v", r, err)
	}
}

// A first file holds at once, names each person by what means nobody else, and has few
// people of each role.
func TestFirstFileHolds(t *testing.T) {
	t.Parallel()
	twins := people + "5,eve@corp.example,staff\n1x,1@corp.example,\n"
	files := map[string]string{"people.csv": twins}
	test := world(t, file, files)
	dir := t.TempDir()
	name := filepath.Join(dir, "rollcall.yaml")
	for n, text := range map[string]string{"rollcall.yaml": file, "people.csv": twins} {
		if err := os.WriteFile(filepath.Join(dir, n), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lookup := func(string) (string, bool) { return "", false }
	open := func() ([]source.Source, error) {
		cfg, err := config.LoadSources(name, lookup)
		if err != nil {
			return nil, err
		}
		return runner.OpenSources(cfg, runner.Deps{Lookup: lookup}, nil)
	}
	if said := WriteToday(t.Context(), name, lookup, open); !strings.HasPrefix(said, "Wrote "+filepath.Join(dir, "cases.yaml")) {
		t.Fatal(said)
	}
	text, err := os.ReadFile(filepath.Join(dir, "cases.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := test(string(text))
	if err != nil || r.Err() != nil || r.Held != 3 {
		t.Errorf("%+v, %v\n%s", r, err, text)
	}
	if said := WriteToday(t.Context(), name, lookup, open); !strings.Contains(said, "left as it is") && !strings.Contains(said, "left as it was") {
		t.Error(said)
	}
	if err := os.Remove(filepath.Join(dir, "cases.yaml")); err != nil {
		t.Fatal(err)
	}
	failing := func() ([]source.Source, error) { return nil, errors.New("no disk") }
	if said := WriteToday(t.Context(), name, lookup, failing); !strings.HasSuffix(said, "was not written: no disk") {
		t.Error(said)
	}
}

// An id that means two people names neither of them in a first file.
func TestFirstFileNamesOnePerson(t *testing.T) {
	t.Parallel()
	ann := &directory.Person{Person: &source.Person{ID: "1", Email: "ann@corp.example"}}
	x := &tester{real: &rulings{given: map[*directory.Person][]Given{ann: {{Organization: "acme", Role: "org:member"}}}},
		people: map[string][]*directory.Person{"1": {ann, {}}, "ann@corp.example": {ann}}}
	if all := x.firsts(); len(all) != 1 || all[0].Who != "ann@corp.example" {
		t.Errorf("%+v", all)
	}
}

// A name of a case cannot write to the terminal, and a name of a person cannot leave
// its place in a first file (S35).
func TestS35NamesStayInTheirPlace(t *testing.T) {
	t.Parallel()
	r, err := world(t, file, nil)("cases: [{name: \"a\\e[2J\", person: {id: \"9\\u202e\", groups: [staff]}, expect: []}]")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Write(&b, "text", terminal.Style{}); err != nil || strings.ContainsAny(b.String(), "\x1b\u202e") {
		t.Errorf("%q, %v", &b, err)
	}
	b.Reset()
	hostile := First{Who: "x\"]\n  - who: y", Name: "n\n#", Has: []Given{{Organization: "a, b: c}", Role: "org:member"}}}
	if err := WriteFirst(&b, []First{hostile}); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "cases.yaml")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Read(name, nil, time.Now())
	if err != nil || len(f.Cases) != 1 || f.Cases[0].Who != hostile.Who || f.Cases[0].Expect[0].Organization != hostile.Has[0].Organization {
		t.Errorf("%+v, %v\n%s", f, err, &b)
	}
}

// An interrupted test is no result.
func TestInterruptedTestIsNoResult(t *testing.T) {
	t.Parallel()
	cfg := &config.Config{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := Test(ctx, cfg, &File{Cases: []Case{{Person: &Person{}}}}, nil); !errors.Is(err, context.Canceled) || r != nil {
		t.Errorf("%v, %v", r, err)
	}
}

// BenchmarkThousandCases tests 1,000 cases, half of them of people in a file of 10,000.
func BenchmarkThousandCases(b *testing.B) {
	var rows, text strings.Builder
	rows.WriteString("id,email,teams\n")
	for i := range 10_000 {
		fmt.Fprintf(&rows, "%d,p%d@corp.example,staff\n", i, i)
	}
	text.WriteString("cases:\n")
	expect := `[{organization: acme, role: "org:member"}, {organization: globex, role: "org:member"}]`
	for i := range 500 {
		fmt.Fprintf(&text, "  - who: \"%d\"\n    expect: %s\n", i*20, expect)
		fmt.Fprintf(&text, "  - person: {email: x%d@corp.example, groups: [staff]}\n    expect: %s\n", i, expect)
	}
	dir := b.TempDir()
	for name, content := range map[string]string{"rollcall.yaml": file, "people.csv": rows.String(), "cases.yaml": text.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	lookup := func(string) (string, bool) { return "", false }
	for b.Loop() {
		cfg, err := config.LoadRules(filepath.Join(dir, "rollcall.yaml"), lookup)
		if err != nil {
			b.Fatal(err)
		}
		f, err := Read(filepath.Join(dir, "cases.yaml"), cfg.Sources, time.Now())
		if err != nil {
			b.Fatal(err)
		}
		r, err := Test(b.Context(), cfg, f, func() ([]source.Source, error) {
			return runner.OpenSources(cfg, runner.Deps{Lookup: lookup}, nil)
		})
		if err != nil || r.Held != 1000 {
			b.Fatalf("%d hold, %v", r.Held, err)
		}
	}
}
