package setup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The line of the headings is found below titles, and a header in the first line stays
// there, whatever its rows look like.
func TestHeaderIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		text          string
		first, header int
	}{
		"the first line":                      {"no,email\n1,ann@corp.example\n", 1, 1},
		"a heading without a name":            {"no,,email\n1,x,ann@corp.example\n", 1, 1},
		"headings that nobody knows":          {"a;b;c\n1;2;3\n4;5;6\n", 1, 1},
		"rows with one more cell":             {"no,email,teams\n1,ann@corp.example,x,\n2,ben@corp.example,y,\n", 1, 1},
		"unknown headings above addresses":    {"a,b\nann@corp.example,x\nben@corp.example,y\n", 1, 1},
		"one column":                          {"email\nann@corp.example\n", 1, 1},
		"empty lines above":                   {"\n\nno,email\n1,ann@corp.example\n", 3, 3},
		"a title":                             {"Report\nno,email\n1,ann@corp.example\n", 1, 2},
		"a title as wide as the table":        {"Report;;;\nof today;;;\nno;name;E-Mail;x\n1;2;3;4\n", 1, 3},
		"a title above headings nobody knows": {"Report;;;\na;b;c;d\n1;2;3;4\n5;6;7;8\n", 1, 2},
		"a title with a quote":                {"The \"Report\" of today\nno,email\n1,ann@corp.example\n", 2, 2},
		"an empty file":                       {"", 1, 1},
		"a secret that is no table":           {"-----BEGIN PRIVATE KEY-----\nAAAA\nBBBB\n", 1, 1},
	} {
		if first, header := findHeader(c.text); first != c.first || header != c.header {
			t.Errorf("%s: got %d and %d, want %d and %d", name, first, header, c.first, c.header)
		}
	}
}

func tableOf(text string) *table {
	var t table
	t.read(text, ",", 1)
	return &t
}

// Headings are guessed in several languages, and an address by what is in the column.
func TestColumnsAreGuessed(t *testing.T) {
	for text, want := range map[string]string{
		"no,E-Mail,Teams\n1,ann@corp.example,x\n":                                             "email=E-Mail groups=Teams",
		"Personal-Nr.,Kontakt,Abteilung\n1,ann@corp.example,x\n":                              "email=Kontakt id=Personal-Nr. groups=Abteilung",
		"Employee ID,a,b\n1,ann@corp.example,ben@corp.example\n":                              "id=Employee ID",
		"email,Hire Date,Last Day\nann@corp.example,2026-01-31,\n":                            "email=email start=Hire Date end=Last Day",
		"email,start,end\nann@corp.example,Vienna,n/a\n":                                      "email=email",
		"email,start,end\nann@corp.example,31.12.2026,unknown\nx@corp.example,-,31.12.2027\n": "email=email start=start end=end",
	} {
		table, got := tableOf(text), []string{}
		for _, g := range columnGuesses {
			if heading := table.guess(g.key, g.names); heading != "" {
				got = append(got, g.key+"="+heading)
			}
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%q: got %q, want %q", table.headings, text, want)
		}
	}
}

// A column is proposed only if its name says that it is about who counts. A column of
// dates, ids or groups is none.
func TestStatusColumnIsProposed(t *testing.T) {
	rows := "\n1,%,x\n2,%,x\n3,gone,y\n4,gone,y\n"
	for header, c := range map[string]struct{ present, heading, values string }{
		"no,Status,city":            {"active", "Status", "active"},
		"no,Employment Status,city": {"Aktiv", "Employment Status", "Aktiv"},
		"no,Status ,city":           {"on leave", "Status", ""},
		"no,colour,city":            {"active", "", ""},
	} {
		table := tableOf(header + strings.ReplaceAll(rows, "%", c.present))
		csv := CSV{Columns: map[string]string{"id": "no"}}
		heading, values := table.status(table.fewValued(&csv))
		if heading != c.heading || strings.Join(values, ",") != c.values {
			t.Errorf("%s: got %q %q, want %q %q", header, heading, values, c.heading, c.values)
		}
		csv.Columns["groups"] = c.heading
		if heading, _ := table.status(table.fewValued(&csv)); heading != "" {
			t.Errorf("%s: the column of groups is proposed", header)
		}
	}
}

// A condition that the file does not fit is refused, and so is one that would split values
// that look alike.
func TestWhereIsChecked(t *testing.T) {
	table := tableOf("no,status\n1,active\n2,Active\n3,gone\n4,\n")
	for text, problem := range map[string]string{
		"status=gone": "", "status=": "", "status=active status=Active": "", "-": "",
		"status=active": `"Active" and "active" of status differ only in letter case`,
		"status=activ":  `no row of people.csv has status "activ"; did you mean "active"?`,
		"state=gone":    `people.csv has no column "state"; did you mean "status"?`,
	} {
		where, err := ParseWhere(strings.Fields(text))
		if err != nil {
			t.Fatal(err)
		}
		csv := CSV{Path: "people.csv", Where: where}
		if err := csv.checkWhere(table); (err == nil) != (problem == "") || err != nil && !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %v, want %q", text, err, problem)
		}
	}
	if _, err := ParseWhere([]string{"active"}); err == nil {
		t.Error("a value without a column is no condition")
	}
	if where, err := ParseWhere(nil); where != nil || err != nil {
		t.Error("without the flag nobody has said which rows count")
	}
}

// Only dates of rows that count are looked at, and each says where it stands.
func TestDatesOfRowsThatCount(t *testing.T) {
	table := tableOf("no,status,start\n1,active,31.12.2026\n\n2,gone,never\n3,active,31.12.2026\n4,active,01.02.2027\n")
	csv := CSV{Columns: map[string]string{"start": "start", "end": noAnswer}, Where: map[string][]string{"status": {"active"}}}
	dates, places := csv.dates(table)
	if strings.Join(dates, " ") != "31.12.2026 01.02.2027" || places[1] != "line 6, column start" {
		t.Errorf("%q at %q", dates, places)
	}
}

// What is written is what was answered: conditions of several columns are one mapping,
// and a column that is not there is left out.
func TestWriteRowsAndDates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rollcall.yaml")
	a := Answers{Kind: "csv", KeyEnv: "KEY", Removals: "none", CSV: CSV{Path: "p.csv", Delimiter: ",", HeaderLine: 4, Timezone: "UTC", DateFormats: []string{"%d.%m.%Y", "%Y-%m-%d"},
		Columns: map[string]string{"email": "mail", "id": noAnswer, "groups": "team", "start": noAnswer, "end": "bis"}, Where: map[string][]string{"b": {"x: y", ""}, "a": {"1"}}}}
	if err := Write(file, a, false, func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"header_line: 4\n", "where: {\"a\": [\"1\"], \"b\": [\"x: y\", \"\"]}\n", "timezone: \"UTC\"\n", "date_format: [\"%d.%m.%Y\", \"%Y-%m-%d\"]\n", "end: \"bis\""} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s is missing in\n%s", want, b)
		}
	}
	for _, not := range []string{"  id:", "start:", `"-"`} {
		if strings.Contains(string(b), not) {
			t.Errorf("%s is in\n%s", not, b)
		}
	}
}
