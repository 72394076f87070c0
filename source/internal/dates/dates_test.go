package dates

import (
	"strings"
	"testing"
	"time"
)

// A date-only end includes the day in the declared zone, whatever the clocks
// there do; a date-only start begins with it.
func TestS28ADayIsWhole(t *testing.T) {
	for _, c := range []struct{ zone, day, start, end string }{
		{"UTC", "2026-12-31", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"Europe/Vienna", "2026-12-31", "2026-12-30T23:00:00Z", "2026-12-31T23:00:00Z"},
		{"Pacific/Auckland", "2026-12-31", "2026-12-30T11:00:00Z", "2026-12-31T11:00:00Z"},
		// 23 and 25 hours.
		{"Europe/Vienna", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"Europe/Vienna", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		// Clocks put forward at midnight: there is no 00:00.
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		{"America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"},
		// Put back at midnight: 23:00 to 24:00 comes twice.
		{"America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"},
		// Samoa had no such day: who ends on it, ends with the next.
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
	} {
		d := NewReader(c.zone, "")
		m, err := d.Read(c.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.At.UTC().Format(time.RFC3339); got != c.start {
			t.Errorf("%s in %s begins at %s, want %s", c.day, c.zone, got, c.start)
		}
		if got := m.End().UTC().Format(time.RFC3339); got != c.end {
			t.Errorf("%s in %s ends at %s, want %s", c.day, c.zone, got, c.end)
		}
	}
}

// A day with a zone, as Workday writes it, is whole in that zone.
func TestS28ADayInItsOwnZone(t *testing.T) {
	for day, want := range map[string][2]string{
		"2026-12-31-08:00": {"2026-12-31T08:00:00Z", "2027-01-01T08:00:00Z"},
		"2026-12-31+09:00": {"2026-12-30T15:00:00Z", "2026-12-31T15:00:00Z"},
		"2026-12-31Z":      {"2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"},
		"2026-12-31":       {"2026-12-30T23:00:00Z", "2026-12-31T23:00:00Z"},
	} {
		m, err := NewReader("Europe/Vienna", "").Read(day)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{m.At.UTC().Format(time.RFC3339), m.End().UTC().Format(time.RFC3339)}; got != want {
			t.Errorf("%s: got %s, want %s", day, got, want)
		}
	}
	for _, text := range []string{"2026-12-31-8", "2026-12-31 -08:00", "0001-01-01-08:00"} {
		if _, err := NewReader("Europe/Vienna", "").Read(text); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct{ format, text, want string }{
		{"", "2026-12-31", "2026-12-31T00:00:00+01:00 day"},
		{"", "2026-12-31T17:00:00+09:00", "2026-12-31T09:00:00+01:00"},
		{"", "2026-12-31T17:00:00Z", "2026-12-31T18:00:00+01:00"},
		{"", "2026-12-31T17:00:00", "2026-12-31T17:00:00+01:00"},
		{"", "2026-07-01 17:00", "2026-07-01T17:00:00+02:00"},
		{"", "31.12.2026", "is not a date: "}, {"", "2026-02-30", "is not a date: "}, {"", "20261231", "is not a date: "},
		{"", "2026-12-31x", "is not a date: "}, {"", "0001-01-01", "programs write when there is no date"}, {"", "1900-01-01", "programs write when there is no date"},
		{"", "9999-12-31", "9999-12-31T00:00:00+01:00 day"},
		{"%d.%m.%Y", "31.12.2026", "2026-12-31T00:00:00+01:00 day"}, {"%d.%m.%Y", "12.31.2026", "does not match date_format"},
		{"%m/%d/%Y", "12/31/2026", "2026-12-31T00:00:00+01:00 day"}, {"%m/%d/%Y", "2026-12-31", "does not match date_format"},
		{"%-d.%-m.%Y", "1.2.2026", "2026-02-01T00:00:00+01:00 day"},
		{"%d.%m.%Y %H:%M", "31.12.2026 17:00", "2026-12-31T17:00:00+01:00"}, {"%d.%m.%Y %H:%M", "31.12.2026", "does not match date_format"},
		{"%d-%b-%Y", "31-Dec-2026", "2026-12-31T00:00:00+01:00 day"}, {"%F", "2026-12-31", "2026-12-31T00:00:00+01:00 day"},
		{"%Y-%m-%dT%H:%M%z", "2026-12-31T17:00+0900", "2026-12-31T09:00:00+01:00"},
	} {
		m, err := NewReader("Europe/Vienna", c.format).Read(c.text)
		got := m.At.Format(time.RFC3339)
		if m.Day {
			got += " day"
		}
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
			t.Errorf("%q as %q gives %s, want %s", c.text, c.format, got, c.want)
		}
	}
}

// The first format that fits counts. A date that two formats read as different days is
// refused, and one that they read alike is not (M17).
func TestS28SeveralFormats(t *testing.T) {
	for _, x := range []struct {
		formats []string
		text    string
		want    string // empty: refused
	}{
		{[]string{"%d.%m.%Y", "%Y-%m-%d"}, "31.12.2026", "2026-12-31"},
		{[]string{"%d.%m.%Y", "%Y-%m-%d"}, "2026-12-31", "2026-12-31"},
		{[]string{"%d.%m.%Y", "%-d.%-m.%Y"}, "01.02.2026", "2026-02-01"},
		{[]string{"%d.%m.%Y", "%-d.%-m.%Y"}, "1.2.2026", "2026-02-01"},
		{[]string{"%d/%m/%Y", "%m/%d/%Y"}, "31/12/2026", "2026-12-31"},
		{[]string{"%d/%m/%Y", "%m/%d/%Y"}, "12/31/2026", "2026-12-31"},
		{[]string{"%d/%m/%Y", "%m/%d/%Y"}, "04/04/2026", "2026-04-04"},
		{[]string{"%d/%m/%Y", "%m/%d/%Y"}, "03/04/2026", ""},
		{[]string{"%m/%d/%Y", "%d/%m/%Y"}, "03/04/2026", ""},
		{[]string{"%d.%m.%Y", "%Y-%m-%d"}, "12/31/2026", ""},
		{[]string{"%d.%m.%Y"}, "2026-12-31", ""},
	} {
		m, err := NewReader("Europe/Vienna", x.formats...).Read(x.text)
		if got := m.At.Format(time.DateOnly); x.want == "" && err == nil || x.want != "" && (err != nil || got != x.want) {
			t.Errorf("%v, %s: %s, %v", x.formats, x.text, got, err)
		}
	}
}
