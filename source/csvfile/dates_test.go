package csvfile

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/source"
)

func datedForm(columns Columns) Config {
	columns.Start, columns.End = "start", "end"
	return Config{Columns: columns, Timezone: "Europe/Vienna"}
}

// readDated reads one text whose rows say when they hold.
func readDated(t *testing.T, c Config, text string) (*source.Snapshot, string, error) {
	t.Helper()
	c.Path = writeFile(t, filepath.Join(t.TempDir(), "people.csv"), text)
	s, err := openCSV(t, c).Read(t.Context(), source.Request{})
	return s, filepath.Dir(c.Path), err
}

func periodWords(terms []*source.Period) string {
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
		people[s.People[i].Email] = periodWords(s.PeriodsOf(&source.Member{Person: i}))
	}
	diff(t, people, map[string]string{
		"ann@corp.example": "", "ben@corp.example": "2026-12-01..", "cleo@corp.example": "..2026-12-31",
		"dora@corp.example": "2025-01-01..", "emil@corp.example": "2026-01-01..2026-12-31", "fay@corp.example": "",
	})
	groups := map[string]string{}
	for _, g := range s.Groups {
		for i := range g.Members {
			groups[g.Name+" "+s.People[g.Members[i].Person].Email] = periodWords(s.PeriodsOf(&g.Members[i]))
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
		rows = append(rows, s.People[r.Person].ID+" "+r.Organization+" "+r.Role+" "+periodWords(s.PeriodsOfRow(r)))
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
		"people.csv:2:36: start: is not a date: write 2026-12-31 or 2026-12-31T17:00:00+01:00, or set date_format",
		"people.csv:3:47: end: is not a date: write 2026-12-31 or 2026-12-31T17:00:00+01:00, or set date_format: \"%-d.%-m.%Y\" would match",
		"people.csv:4:48: end: end is before start",
		"people.csv:5:48: end: is a date before 1950, which programs write when there is no date: leave the value empty",
		"people.csv:7:26: role differs from people.csv:6, which has the same person in the same organization",
	})
}

// What the rows say of dates does not depend on their order.
func TestRowsWithDatesInAnyOrder(t *testing.T) {
	rows := []string{"1,a@corp.example,x,2026-01-01,2026-06-30", "1,a@corp.example,x,2026-12-01,", "1,a@corp.example,y,,", "2,b@corp.example,x,,2026-03-01"}
	var first *source.Snapshot
	for i := range rows {
		turned := append(append([]string{}, rows[i:]...), rows[:i]...)
		s, _, err := readDated(t, datedForm(peopleForm()), "id,email,groups,start,end\n"+strings.Join(turned, "\n")+"\n")
		must(t, err)
		s.Files = nil
		for j := range s.People {
			s.People[j].Origin = source.Origin{}
		}
		for j := range s.Groups {
			s.Groups[j].Origin = source.Origin{}
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
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Timezone = "" }, "csv.timezone: missing: start and end are days"},
		{func(c *Config) { c.Timezone = "Local" }, "is not a time zone"},
		{func(c *Config) { c.Timezone = "Europe/Wien" }, "is not a time zone"},
		{func(c *Config) { c.DateFormat = source.Texts{"%d.%m."} }, "must contain the year"},
		{func(c *Config) { c.DateFormat = source.Texts{"%d.%m.%Y %H"} }, "only a part of the time"},
		{func(c *Config) { c.DateFormat = source.Texts{"%s"} }, "not a usable date format"},
		{func(c *Config) { c.Columns.Start, c.Columns.End, c.DateFormat = "", "", source.Texts{"%d.%m.%Y"} }, "neither start nor end is set"},
		{func(c *Config) { c.Columns.End = "start" }, "csv.columns.end: is the same column as start"},
		{func(*Config) {}, ""},
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
	over := &source.Period{End: now, EndedBy: "end"}
	for _, c := range []struct {
		p    source.Person
		want string
	}{{source.Person{}, ""}, {source.Person{Disabled: "off"}, "off"}, {source.Person{Period: over}, "ended on 2026-11-25 (end)"}, {source.Person{Disabled: "off", Period: over}, "off"}} {
		if got := c.p.Gone(now); got != c.want {
			t.Errorf("%+v: %q, want %q", c.p, got, c.want)
		}
	}
}

// The number 0 as a date is no leaver; a start at that moment delays nobody.
func TestS10EndAtTheEpochIsDamage(t *testing.T) {
	for _, day := range []string{"1970-01-01", "1970-01-01T00:00:00Z", "1970-01-01 00:00", "1969-12-31T18:00:00-06:00"} {
		_, dir, err := readDated(t, datedForm(peopleForm()), "id,email,groups,start,end\n1,ann@corp.example,staff,,"+day+"\n")
		diff(t, told(t, nil, err, dir), []string{"people.csv:2:27: end: is 1970-01-01, which programs write when there is no date: leave the value empty"})
	}
	s, _, err := readDated(t, datedForm(peopleForm()), "id,email,groups,start,end\n1,ann@corp.example,staff,1970-01-01,1999-12-31\n")
	must(t, err)
	if len(s.People) != 1 || s.People[0].Period.LastDay() != "1999-12-31" {
		t.Errorf("got %v", s.People)
	}
}
