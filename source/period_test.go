package source

import (
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

// The first moment of a day is of that day, and the moment before is not.
func TestS28StartOfDay(t *testing.T) {
	zones := []string{"UTC", "Europe/Vienna", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Asia/Tehran", "Pacific/Apia", "Africa/Cairo", "America/Asuncion", "Australia/Lord_Howe", "Asia/Gaza"}
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		day := time.Date(1970, 1, 1+rapid.IntRange(0, 30000).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		got := StartOfDay(day.Year(), day.Month(), day.Day(), z)
		if civil(got).Before(day) || !civil(got.Add(-time.Nanosecond)).Before(day) {
			t.Fatalf("%s in %s begins at %s", day.Format(time.DateOnly), z, got)
		}
		if first, ok := wholeDay(got); !ok || first != got.Format(time.DateOnly) {
			t.Fatalf("%s is not seen as the beginning of a day", got)
		}
	})
}

func TestTermWords(t *testing.T) {
	z := zone(t, "Europe/Vienna")
	day := Period{Start: StartOfDay(2026, 12, 1, z), End: StartOfDay(2027, 1, 1, z), EndedBy: "last_day"}
	if day.FirstDay() != "2026-12-01" || day.LastDay() != "2026-12-31" || day.Ended() != "ended on 2026-12-31 (last_day)" {
		t.Errorf("days: %s, %s, %s", day.FirstDay(), day.LastDay(), day.Ended())
	}
	timed := Period{Start: time.Date(2026, 12, 1, 8, 0, 0, 0, z), End: time.Date(2026, 12, 31, 17, 0, 0, 0, z), EndedBy: "end"}
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
	var always *Period
	if always.Ahead(time.Time{}) || always.Over(time.Now()) {
		t.Error("always is not always")
	}
}

func drawTerm(t *rapid.T, label string) *Period {
	if rapid.IntRange(0, 9).Draw(t, label+" always") == 0 {
		return nil
	}
	from := rapid.IntRange(0, 50).Draw(t, label+" from")
	term := &Period{}
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
	in := func(term *Period, at int) bool {
		now := time.Unix(int64(at), 0)
		return !term.Ahead(now) && !term.Over(now)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawTerm(t, "a"), drawTerm(t, "b")
		both := Hull(a, b)
		together := false
		for at := range 110 {
			if (in(a, at) || in(b, at)) && !in(both, at) {
				t.Fatalf("%v and %v make %v, without %d", a, b, both, at)
			}
			together = together || in(a, at) && in(b, at)
		}
		if together != Overlap(a, b) {
			t.Fatalf("%v and %v: overlap says %v", a, b, Overlap(a, b))
		}
		if !SamePeriod(both, Hull(b, a)) {
			t.Fatalf("%v and %v make %v, or %v", a, b, both, Hull(b, a))
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A time of the first day is what the clocks show, also where they are put forward; a
// start with a time of its own stays.
func TestS28TimeOfDay(t *testing.T) {
	for _, x := range []struct{ zone, start, clock, want string }{
		{"Europe/Vienna", "2026-12-01T00:00:00", "7h", "2026-12-01 07:00 +01:00"},
		{"Europe/Vienna", "2026-12-01T00:00:00", "0h", "2026-12-01"},
		{"Europe/Vienna", "2026-12-01T06:00:00", "7h", "2026-12-01 06:00 +01:00"},
		{"Europe/Vienna", "2026-03-29T00:00:00", "7h", "2026-03-29 07:00 +02:00"},
		{"Europe/Vienna", "2026-03-29T00:00:00", "2h30m", "2026-03-29 03:30 +02:00"},
		{"Europe/Vienna", "2026-10-25T00:00:00", "7h", "2026-10-25 07:00 +01:00"},
		{"America/Sao_Paulo", "2018-11-04T01:00:00", "0h30m", "2018-11-04"}, // clocks went from 00:00 to 01:00
		{"America/Sao_Paulo", "2018-11-04T01:00:00", "7h", "2018-11-04 07:00 -02:00"},
	} {
		zone, err := time.LoadLocation(x.zone)
		if err != nil {
			t.Fatal(err)
		}
		start, err := time.ParseInLocation("2006-01-02T15:04:05", x.start, zone)
		if err != nil {
			t.Fatal(err)
		}
		clock, err := time.ParseDuration(x.clock)
		if err != nil {
			t.Fatal(err)
		}
		at := TimeOfDay(start, clock)
		if got := (&Period{Start: at}).FirstDay(); got != x.want {
			t.Errorf("%s after %s in %s: %s, want %s", x.clock, x.start, x.zone, got, x.want)
		}
	}
}
