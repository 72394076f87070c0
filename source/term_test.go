package source

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	must(t, err)
	return z
}

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
		d := newDates(c.zone, "")
		m, err := d.read(c.day)
		must(t, err)
		if got := m.at.UTC().Format(time.RFC3339); got != c.start {
			t.Errorf("%s in %s begins at %s, want %s", c.day, c.zone, got, c.start)
		}
		if got := m.end().UTC().Format(time.RFC3339); got != c.end {
			t.Errorf("%s in %s ends at %s, want %s", c.day, c.zone, got, c.end)
		}
	}
}

// The first moment of a day is of that day, and the moment before is not.
func TestS28StartOfDay(t *testing.T) {
	zones := []string{"UTC", "Europe/Vienna", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Asia/Tehran", "Pacific/Apia", "Africa/Cairo", "America/Asuncion", "Australia/Lord_Howe", "Asia/Gaza"}
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		day := time.Date(1970, 1, 1+rapid.IntRange(0, 30000).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		got := startOfDay(day.Year(), day.Month(), day.Day(), z)
		if civil(got).Before(day) || !civil(got.Add(-time.Nanosecond)).Before(day) {
			t.Fatalf("%s in %s begins at %s", day.Format(time.DateOnly), z, got)
		}
		if first, ok := wholeDay(got); !ok || first != got.Format(time.DateOnly) {
			t.Fatalf("%s is not seen as the beginning of a day", got)
		}
	})
}

func TestDates(t *testing.T) {
	for _, c := range []struct{ format, text, want string }{
		{"", "2026-12-31", "2026-12-31T00:00:00+01:00 day"},
		{"", "2026-12-31T17:00:00+09:00", "2026-12-31T09:00:00+01:00"},
		{"", "2026-12-31T17:00:00Z", "2026-12-31T18:00:00+01:00"},
		{"", "2026-12-31T17:00:00", "2026-12-31T17:00:00+01:00"},
		{"", "2026-07-01 17:00", "2026-07-01T17:00:00+02:00"},
		{"", "31.12.2026", "is no date: "}, {"", "2026-02-30", "is no date: "}, {"", "20261231", "is no date: "},
		{"", "2026-12-31x", "is no date: "}, {"", "0001-01-01", "stands for none"}, {"", "1900-01-01", "stands for none"},
		{"", "9999-12-31", "9999-12-31T00:00:00+01:00 day"},
		{"%d.%m.%Y", "31.12.2026", "2026-12-31T00:00:00+01:00 day"}, {"%d.%m.%Y", "12.31.2026", "date_format declares"},
		{"%m/%d/%Y", "12/31/2026", "2026-12-31T00:00:00+01:00 day"}, {"%m/%d/%Y", "2026-12-31", "date_format declares"},
		{"%-d.%-m.%Y", "1.2.2026", "2026-02-01T00:00:00+01:00 day"},
		{"%d.%m.%Y %H:%M", "31.12.2026 17:00", "2026-12-31T17:00:00+01:00"}, {"%d.%m.%Y %H:%M", "31.12.2026", "date_format declares"},
		{"%d-%b-%Y", "31-Dec-2026", "2026-12-31T00:00:00+01:00 day"}, {"%F", "2026-12-31", "2026-12-31T00:00:00+01:00 day"},
		{"%Y-%m-%dT%H:%M%z", "2026-12-31T17:00+0900", "2026-12-31T09:00:00+01:00"},
	} {
		m, err := newDates("Europe/Vienna", c.format).read(c.text)
		got := m.at.Format(time.RFC3339)
		if m.day {
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

func TestLDAPDates(t *testing.T) {
	for text, want := range map[string]string{
		"0": "none", "9223372036854775807": "none",
		"133773120000000000": "2024-11-29T01:00:00+01:00", "20261231170000Z": "2026-12-31T18:00:00+01:00",
		"2026123117.5+0100": "2026-12-31T17:30:00+01:00", "20261231": "2026-12-31T00:00:00+01:00 day",
		"2026-12-31": "2026-12-31T00:00:00+01:00 day", "2026-12-31T17:00:00Z": "2026-12-31T18:00:00+01:00",
		"1": "bad", "100000000000000000": "bad", "20261331": "bad", "20261231170000": "bad", "soon": "bad", "-1": "bad", "99999999999999999999": "bad",
	} {
		m, err := newDates("Europe/Vienna", "").readLDAP(text)
		got := m.at.Format(time.RFC3339)
		switch {
		case err != nil:
			got = "bad"
		case m.at.IsZero():
			got = "none"
		case m.day:
			got += " day"
		}
		if got != want {
			t.Errorf("%q gives %s (%v), want %s", text, got, err, want)
		}
	}
}

func TestTermWords(t *testing.T) {
	z := zone(t, "Europe/Vienna")
	day := Term{Start: startOfDay(2026, 12, 1, z), End: startOfDay(2027, 1, 1, z), EndedBy: "last_day"}
	if day.FirstDay() != "2026-12-01" || day.LastDay() != "2026-12-31" || day.Ended() != "ended on 2026-12-31 (last_day)" {
		t.Errorf("days: %s, %s, %s", day.FirstDay(), day.LastDay(), day.Ended())
	}
	timed := Term{Start: time.Date(2026, 12, 1, 8, 0, 0, 0, z), End: time.Date(2026, 12, 31, 17, 0, 0, 0, z), EndedBy: "end"}
	if timed.FirstDay() != "2026-12-01 08:00 +01:00" || timed.LastDay() != "2026-12-31 17:00 +01:00" || timed.Ended() != "ended at 2026-12-31 17:00 +01:00 (end)" {
		t.Errorf("times: %s, %s, %s", timed.FirstDay(), timed.LastDay(), timed.Ended())
	}
	for now, want := range map[string][2]bool{
		"2026-11-30T22:59:59Z": {true, false}, "2026-11-30T23:00:00Z": {}, "2026-12-31T22:59:59Z": {}, "2026-12-31T23:00:00Z": {false, true},
	} {
		at, err := time.Parse(time.RFC3339, now)
		must(t, err)
		if day.Ahead(at) != want[0] || day.Over(at) != want[1] {
			t.Errorf("at %s ahead %v, over %v", now, day.Ahead(at), day.Over(at))
		}
	}
	var always *Term
	if always.Ahead(time.Time{}) || always.Over(time.Now()) {
		t.Error("always is not always")
	}
}

func drawTerm(t *rapid.T, label string) *Term {
	if rapid.IntRange(0, 9).Draw(t, label+" always") == 0 {
		return nil
	}
	from := rapid.IntRange(0, 50).Draw(t, label+" from")
	term := &Term{}
	if from > 0 {
		term.Start = time.Unix(int64(from), 0)
	}
	if to := rapid.IntRange(0, 50).Draw(t, label+" for"); to > 0 {
		term.End = time.Unix(int64(from+to), 0)
	}
	if term.Start.IsZero() && term.End.IsZero() {
		return nil
	}
	return term
}

// Whoever belongs by one of two terms belongs by both together, and the hull
// says no more than that at its ends.
func TestHullHoldsBoth(t *testing.T) {
	in := func(term *Term, at int) bool {
		now := time.Unix(int64(at), 0)
		return !term.Ahead(now) && !term.Over(now)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawTerm(t, "a"), drawTerm(t, "b")
		both := hull(a, b)
		together := false
		for at := range 110 {
			if (in(a, at) || in(b, at)) && !in(both, at) {
				t.Fatalf("%v and %v make %v, without %d", a, b, both, at)
			}
			together = together || in(a, at) && in(b, at)
		}
		if together != overlap(a, b) {
			t.Fatalf("%v and %v: overlap says %v", a, b, overlap(a, b))
		}
		if !sameTerm(both, hull(b, a)) {
			t.Fatalf("%v and %v make %v, or %v", a, b, both, hull(b, a))
		}
	})
}

func FuzzDates(f *testing.F) {
	for _, s := range []string{"2026-12-31", "2026-12-31T17:00:00+01:00", "20261231170000Z", "133773120000000000", "31.12.2026", "0", "2026123117.5Z"} {
		f.Add(s, "Europe/Vienna", "%d.%m.%Y")
	}
	f.Fuzz(func(t *testing.T, s, zone, format string) {
		var p problems
		validateDates(&p, "csv", zone, format, true)
		d := newDates(zone, format)
		m, err := d.readLDAP(s)
		if err != nil {
			return
		}
		if !m.at.IsZero() && (m.at.Year() < leastYear || m.end().Before(m.at)) {
			t.Fatalf("%q gives %v until %v", s, m.at, m.end())
		}
		if plain, err := d.read(s); err == nil && plain.day && !m.at.IsZero() && m.day && !plain.at.Equal(m.at) {
			t.Fatalf("%q is two days: %v, %v", s, plain.at, m.at)
		}
	})
}
