package serve

import (
	"strings"
	"testing"
	"time"
)

// spring is before both changes of the clocks of 2027.
var spring = time.Date(2027, 1, 10, 12, 7, 0, 0, time.UTC)

func TestNext(t *testing.T) {
	for _, c := range []struct{ text, zone, from, want string }{
		{"*/15 * * * *", "UTC", "2027-01-10T12:07:00Z", "2027-01-10T12:15:00Z"},
		{"30 2 * * *", "Europe/Berlin", "2027-01-10T12:07:00Z", "2027-01-11T01:30:00Z"},
		{"10 30 2 * * *", "Europe/Berlin", "2027-01-10T12:07:00Z", "2027-01-11T01:30:10Z"},
		{"@daily", "Asia/Tokyo", "2027-01-10T12:07:00Z", "2027-01-10T15:00:00Z"},
		{"@every 90m", "Europe/Berlin", "2027-01-10T12:07:00Z", "2027-01-10T13:37:00Z"},
		{"0 0 29 2 *", "UTC", "2027-01-10T12:07:00Z", "2028-02-29T00:00:00Z"},
		{" 0  8-18 * * MON-FRI ", "UTC", "2027-01-10T12:07:00Z", "2027-01-11T08:00:00Z"},
	} {
		s, err := ParseSchedule(c.text, zone(t, c.zone))
		if err != nil {
			t.Fatal(err)
		}
		from, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Next(from).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%q in %s: %s, want %s", c.text, c.zone, got, c.want)
		}
	}
}

// Sunday is 0 and 7, alone, in lists and at the end of ranges.
func TestSundayIsSevenToo(t *testing.T) {
	for seven, zero := range map[string]string{"7": "0", "1,7": "0,1", "5-7": "0,5,6", "FRI-7": "0,5,6", "0-7": "0-6", "7-7": "SUN", "3,6-7": "0,3,6"} {
		a, err := ParseSchedule("15 4 1 * "+seven, time.UTC)
		if err != nil {
			t.Errorf("%s: %v", seven, err)
			continue
		}
		b, err := ParseSchedule("15 4 1 * "+zero, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		x, y := spring, spring
		for range 40 {
			if x, y = a.Next(x), b.Next(y); !x.Equal(y) {
				t.Errorf("%s: %s, and %s: %s", seven, x, zero, y)
				break
			}
		}
	}
}

func TestSchedulesThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "is not a valid schedule",
		"often":                        "is not a valid schedule",
		"0 0 30 2 *":                   "never runs",
		"0 0 31 4,6,9,11 *":            "never runs",
		"*/90 * * * *":                 `"*/90" is a step of 90 in a field of 60 minutes`,
		"0 */24 * * *":                 "a field of 24 hours",
		"*/60 0 0 * * *":               "a field of 60 seconds",
		"* * * * 8":                    "is not a valid schedule",
		"* * * * 7-3":                  "is not a valid schedule",
		"* * * * 17":                   "is not a valid schedule",
		"H * * * *":                    "is not a valid schedule",
		"@every 1ms":                   "must be a whole number of seconds",
		"@every 1500ms":                "must be a whole number of seconds",
		"@every -1h":                   "must be a whole number of seconds",
		"@every soon":                  "is not a valid schedule",
		"@reboot":                      "is not a valid schedule",
		"TZ=UTC":                       "serve.timezone",
		"CRON_TZ=Asia/Tokyo * * * * *": "serve.timezone",
		"* * * * * * *":                "is not a valid schedule",
	} {
		if _, err := ParseSchedule(text, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestIntervals(t *testing.T) {
	for text, want := range map[string][2]time.Duration{
		"*/15 * * * *":   {15 * time.Minute, 15 * time.Minute},
		"@every 20m":     {20 * time.Minute, 20 * time.Minute},
		"0 8-18 * * 1-5": {time.Hour, 62 * time.Hour},
		"0 3 * * *":      {24 * time.Hour, 24 * time.Hour},
		"0 0,1 * * *":    {time.Hour, 23 * time.Hour},
		"0 3 1 * *":      {28 * 24 * time.Hour, 28 * 24 * time.Hour},
	} {
		s, err := ParseSchedule(text, zone(t, "Europe/Berlin"))
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]time.Duration{s.Shortest(spring), s.Longest(spring)}; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// A change of the clocks is warned about only where a run is really lost or
// made twice.
func TestWarnings(t *testing.T) {
	const lost, twice = "is skipped", "happens twice"
	for _, c := range []struct {
		text, zone string
		want       []string
	}{
		{"30 2 * * *", "Europe/Berlin", []string{"skip 2027-03-28 02:30, so", "show 2027-10-31 02:30 twice, so"}},
		{"30 2 * * *", "America/New_York", []string{"skip 2027-03-14 02:30, so"}},
		{"30 1 * * *", "America/New_York", []string{"show 2027-11-07 01:30 twice, so"}},
		{"0 0 * * *", "America/Havana", []string{lost, twice}},                   // clocks change at midnight
		{"15 2 * * *", "Australia/Lord_Howe", []string{"skip 2027-10-03 02:15"}}, // by half an hour
		{"45 1 * * *", "Australia/Lord_Howe", []string{"show 2027-04-04 01:45 twice"}},
		{"30 2 1 * *", "Europe/Berlin", nil}, // neither Sunday is a first
		{"30 2 * * *", "UTC", nil},
		{"30 2 * * *", "Asia/Tokyo", nil},
		{"30 4 * * *", "Europe/Berlin", nil},
		{"*/15 * * * *", "Europe/Berlin", nil},
		{"30 * * * *", "Europe/Berlin", nil},
		{"30 */2 * * *", "Europe/Berlin", []string{lost, twice}},
		{"@every 24h", "Europe/Berlin", nil},
		{"@daily", "Europe/Berlin", nil},
		{"@daily", "America/Havana", []string{lost, twice}},
	} {
		s, err := ParseSchedule(c.text, zone(t, c.zone))
		if err != nil {
			t.Fatal(err)
		}
		got := s.Warnings(spring)
		if len(got) != len(c.want) {
			t.Errorf("%q in %s: %q, want %q", c.text, c.zone, got, c.want)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], c.want[i]) {
				t.Errorf("%q in %s: %q, want %q", c.text, c.zone, got[i], c.want[i])
			}
		}
	}
}

// Delays do not add up, and a stall moves no run.
func TestJitter(t *testing.T) {
	s, err := ParseSchedule("@every 1h", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	j := &jitterSchedule{Schedule: s, most: 20 * time.Minute}
	at := spring
	for i := range 100 {
		at = j.Next(at)
		due := spring.Add(time.Duration(i+1) * time.Hour)
		if late := at.Sub(due); late < 0 || late >= 20*time.Minute {
			t.Fatalf("run %d is at %s, %s after it was due", i+1, at, late)
		}
	}
	if next := j.Next(at.Add(5 * time.Hour)); !next.After(at.Add(5 * time.Hour)) {
		t.Errorf("after a stall the next run is at %s, in the past", next)
	}
}

// Nothing that somebody may write ends the program, takes long, or is believed
// to come due without doing so.
func FuzzParseSchedule(f *testing.F) {
	for _, text := range []string{"*/15 * * * *", "@every 1h", "TZ=UTC", "CRON_TZ=", "0 0 30 2 *", "1-5/2,7 * ? JAN-MAR MON#2", "@every 9223372036854775807ns", "* * * * * *", "60 * * * *"} {
		f.Add(text)
	}
	berlin := zone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSchedule(text, berlin)
		if err != nil {
			return
		}
		from := time.Now()
		if next := s.Next(from); !next.After(from) {
			t.Errorf("%q is accepted, and comes due at %s", text, next)
		}
		if shortest, longest := s.Shortest(from), s.Longest(from); shortest < time.Second || longest < shortest {
			t.Errorf("%q: intervals %s to %s", text, shortest, longest)
		}
		s.Warnings(from)
		if s.String() == "" {
			t.Errorf("%q has no text", text)
		}
	})
}
