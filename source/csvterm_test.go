package source

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func datedForm(columns CSVColumns) CSVConfig {
	columns.Start, columns.End = "start", "end"
	return CSVConfig{Columns: columns, Timezone: "Europe/Vienna"}
}

// readDated reads one text whose rows say when they hold.
func readDated(t *testing.T, c CSVConfig, text string) (*Snapshot, string, error) {
	t.Helper()
	c.Path = writeFile(t, filepath.Join(t.TempDir(), "people.csv"), text)
	s, err := openCSV(t, c).Read(t.Context(), Request{})
	return s, filepath.Dir(c.Path), err
}

func termWords(terms []*Term) string {
	var out []string
	for _, x := range terms {
		from, to := "", ""
		if !x.Start.IsZero() {
			from = x.FirstDay()
		}
		if !x.End.IsZero() {
			to = x.LastDay()
		}
		out = append(out, from+".."+to)
	}
	return strings.Join(out, " ")
}

func TestS28RowsSayWhen(t *testing.T) {
	s, _, err := readDated(t, datedForm(peopleForm()), `id,email,groups,start,end
1,ann@corp.example,staff,,
2,ben@corp.example,staff,2026-12-01,
3,cleo@corp.example,staff,,2026-12-31
4,dora@corp.example,staff,2025-01-01,2026-06-30
4,dora@corp.example,staff;leads,2026-12-01,
5,emil@corp.example,staff,2026-01-01,2026-12-31
5,emil@corp.example,leads,2026-07-01,2026-09-30
6,fay@corp.example,staff,2026-01-01,
6,fay@corp.example,leads,,
`)
	must(t, err)
	people := map[string]string{}
	for i := range s.People {
		people[s.People[i].Email] = termWords(oneTerm(s.People[i].Term))
	}
	diff(t, people, map[string]string{
		"ann@corp.example": "", "ben@corp.example": "2026-12-01..", "cleo@corp.example": "..2026-12-31",
		"dora@corp.example": "2025-01-01..", "emil@corp.example": "2026-01-01..2026-12-31", "fay@corp.example": "",
	})
	groups := map[string]string{}
	for _, g := range s.Groups {
		for i := range g.Members {
			groups[g.Name+" "+s.People[g.Members[i].Person].Email] = termWords(s.TermsOf(&g.Members[i]))
		}
	}
	diff(t, groups, map[string]string{
		"staff ann@corp.example": "", "staff ben@corp.example": "2026-12-01..", "staff cleo@corp.example": "..2026-12-31",
		"staff dora@corp.example": "2025-01-01..2026-06-30 2026-12-01..", "leads dora@corp.example": "2026-12-01..",
		"staff emil@corp.example": "2026-01-01..2026-12-31", "leads emil@corp.example": "2026-07-01..2026-09-30",
		"staff fay@corp.example": "2026-01-01..", "leads fay@corp.example": "",
	})
}

func TestS28MembershipsSayWhen(t *testing.T) {
	s, _, err := readDated(t, datedForm(membershipForm()), `id,email,org,role,start,end
1,ann@corp.example,acme,org:member,,2026-11-30
1,ann@corp.example,acme,org:admin,2026-12-01,
1,ann@corp.example,beta,org:member,2026-01-01,2026-12-31T12:00:00+01:00
2,ben@corp.example,acme,org:member,2026-01-01,2026-06-30
2,ben@corp.example,acme,org:member,2026-01-01,2026-06-30
`)
	must(t, err)
	var rows []string
	for i := range s.Rows {
		r := &s.Rows[i]
		rows = append(rows, s.People[r.Person].ID+" "+r.Organization+" "+r.Role+" "+termWords(s.TermsOfRow(r)))
	}
	diff(t, rows, []string{"1 acme org:member ..2026-11-30", "1 acme org:admin 2026-12-01..",
		"1 beta org:member 2026-01-01..2026-12-31 12:00 +01:00", "2 acme org:member 2026-01-01..2026-06-30"})
}

// A date that cannot be read is damage at its place: who knows whom it would
// have removed, or let in (S10).
func TestS10DamagedDates(t *testing.T) {
	s, dir, err := readDated(t, datedForm(membershipForm()), `id,email,org,role,start,end
1,ann@corp.example,acme,org:member,soon,2026-11-30
2,ben@corp.example,acme,org:member,2026-01-01,31.12.2026
3,cleo@corp.example,acme,org:member,2026-12-31,2026-12-30
4,dora@corp.example,acme,org:member,2026-12-31,1900-01-01
5,emil@corp.example,acme,org:member,,2026-12-31
5,emil@corp.example,acme,org:admin,2026-12-01,
`)
	lines := told(t, s, err, dir)
	diff(t, lines, []string{
		"people.csv:2:36: start: is no date: write 2026-12-31 or 2026-12-31T17:00:00+01:00, or declare date_format",
		"people.csv:3:47: end: is no date: write 2026-12-31 or 2026-12-31T17:00:00+01:00, or declare date_format",
		"people.csv:4:48: end: end is before start",
		"people.csv:5:48: end: is a date before 1950, which stands for none: leave it empty where there is none",
		"people.csv:7:26: role differs from people.csv:6, which is the same person in the same organization",
	})
}

// What the rows say of dates does not depend on their order.
func TestRowsWithDatesInAnyOrder(t *testing.T) {
	rows := []string{"1,a@corp.example,x,2026-01-01,2026-06-30", "1,a@corp.example,x,2026-12-01,", "1,a@corp.example,y,,", "2,b@corp.example,x,,2026-03-01"}
	var first *Snapshot
	for i := range rows {
		turned := append(append([]string{}, rows[i:]...), rows[:i]...)
		s, _, err := readDated(t, datedForm(peopleForm()), "id,email,groups,start,end\n"+strings.Join(turned, "\n")+"\n")
		must(t, err)
		s.Files = nil
		for j := range s.People {
			s.People[j].Origin = Origin{}
		}
		for j := range s.Groups {
			s.Groups[j].Origin = Origin{}
		}
		if first == nil {
			first = s
		}
		diff(t, s.Groups, first.Groups)
		diff(t, s.People, first.People)
	}
}

func TestDatesNeedAZone(t *testing.T) {
	for _, c := range []struct {
		change func(*CSVConfig)
		want   string
	}{
		{func(c *CSVConfig) { c.Timezone = "" }, "csv.timezone: missing: start and end name days"},
		{func(c *CSVConfig) { c.Timezone = "Local" }, "is no time zone"},
		{func(c *CSVConfig) { c.Timezone = "Europe/Wien" }, "is no time zone"},
		{func(c *CSVConfig) { c.DateFormat = "%d.%m." }, "must name the year"},
		{func(c *CSVConfig) { c.DateFormat = "%d.%m.%Y %H" }, "a part of the time only"},
		{func(c *CSVConfig) { c.DateFormat = "%s" }, "no format that can be read back"},
		{func(c *CSVConfig) { c.Columns.Start, c.Columns.End, c.DateFormat = "", "", "%d.%m.%Y" }, "there is neither"},
		{func(c *CSVConfig) { c.Columns.End = "start" }, "csv.columns.end: is the same column as start"},
		{func(*CSVConfig) {}, ""},
	} {
		config := datedForm(peopleForm())
		config.Path = "x.csv"
		c.change(&config)
		err := config.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestGoneIsDecidedInOnePlace(t *testing.T) {
	now := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	over := &Term{End: now, EndedBy: "end"}
	for _, c := range []struct {
		p    Person
		want string
	}{{Person{}, ""}, {Person{Disabled: "off"}, "off"}, {Person{Term: over}, "ended on 2026-11-25 (end)"}, {Person{Disabled: "off", Term: over}, "off"}} {
		if got := c.p.Gone(now); got != c.want {
			t.Errorf("%+v: %q, want %q", c.p, got, c.want)
		}
	}
}
