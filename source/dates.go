package source

import (
	"errors"
	"strings"
	"time"

	"github.com/ncruces/go-strftime"
)

// dates reads the dates of one source: a day means all of it, in the zone that
// the configuration declares (S28).
type dates struct {
	zone *time.Location
	// layouts are tried in turn.
	layouts []dateLayout
}

// dateLayout is a form of dates, as package time writes it.
type dateLayout struct {
	text string
	// day says that it names a day and no time.
	day bool
}

// isoDates are ISO 8601 dates, and RFC 3339 times with or without a zone.
var isoDates = []dateLayout{
	{time.DateOnly, true},
	{time.RFC3339, false},
	{"2006-01-02T15:04:05", false}, {"2006-01-02T15:04", false},
	{"2006-01-02 15:04:05", false}, {"2006-01-02 15:04", false},
}

// Errors of dates. They do not repeat what was read, which may be anything.
var (
	errNoDate      = errors.New("is no date: write 2026-12-31 or 2026-12-31T17:00:00+01:00, or declare date_format")
	errOtherDate   = errors.New("is no date of the form that date_format declares")
	errPlaceholder = errors.New("is a date before 1950, which stands for none: leave it empty where there is none")
	errBackwards   = errors.New("end is before start")
)

// leastYear is the first that can be meant: programs write 0001-01-01,
// 1601-01-01 or 1900-01-01 where there is no date.
const leastYear = 1950

// newDates makes a reader of what Validate has accepted.
func newDates(zone, format string) dates {
	location, err := loadZone(zone)
	if err != nil {
		location = time.UTC
	}
	d := dates{zone: location, layouts: isoDates}
	if format != "" {
		if layout, err := parseDateFormat(format); err == nil {
			d.layouts = []dateLayout{layout}
		}
	}
	return d
}

// loadZone finds a time zone by its IANA name. "Local" would make the plan
// depend on the machine.
func loadZone(name string) (*time.Location, error) {
	if name == "" || strings.ToLower(name) == "local" {
		return nil, errors.New("not a time zone")
	}
	return time.LoadLocation(name)
}

// parseDateFormat reads a strftime format; what it cannot tell apart is refused.
func parseDateFormat(format string) (dateLayout, error) {
	layout, err := strftime.Layout(format)
	if err != nil {
		return dateLayout{}, errors.New("is no format that can be read back; write one such as %d.%m.%Y")
	}
	for _, need := range []string{"%Y", "%m", "%d"} {
		if !strings.Contains(strings.NewReplacer("%-", "%", "%F", "%Y%m%d", "%e", "%d", "%b", "%m", "%B", "%m").Replace(format), need) {
			return dateLayout{}, errors.New("must name the year with %Y, the month with %m and the day with %d")
		}
	}
	probe := time.Date(2026, 11, 23, 17, 45, 0, 0, time.UTC)
	back, err := time.Parse(layout, probe.Format(layout))
	switch {
	case err != nil:
		return dateLayout{}, errors.New("is no format that can be read back; write one such as %d.%m.%Y")
	case back.Equal(probe):
		return dateLayout{layout, false}, nil
	case back.Equal(startOfDay(2026, 11, 23, time.UTC)):
		return dateLayout{layout, true}, nil
	}
	return dateLayout{}, errors.New("tells a part of the time only: write %H:%M, or no time at all")
}

// moment is a date as it was read.
type moment struct {
	at  time.Time
	day bool
}

func (d dates) read(s string) (moment, error) {
	for _, l := range d.layouts {
		zone := d.zone
		if l.day {
			zone = time.UTC // where every day has its midnight
		}
		t, err := time.ParseInLocation(l.text, s, zone)
		if err != nil {
			continue
		}
		if l.day {
			t = startOfDay(t.Year(), t.Month(), t.Day(), d.zone)
		}
		return d.sane(moment{t, l.day})
	}
	if &d.layouts[0] == &isoDates[0] {
		return moment{}, errNoDate
	}
	return moment{}, errOtherDate
}

func (d dates) sane(m moment) (moment, error) {
	m.at = m.at.In(d.zone)
	if m.at.Year() < leastYear {
		return moment{}, errPlaceholder
	}
	return m, nil
}

// end is the first moment that does not belong any more: a day is included.
func (m moment) end() time.Time {
	if m.at.IsZero() || !m.day {
		return m.at
	}
	next := time.Date(m.at.Year(), m.at.Month(), m.at.Day()+1, 0, 0, 0, 0, time.UTC)
	return startOfDay(next.Year(), next.Month(), next.Day(), m.at.Location())
}

// validateDates checks the keys that go with start and end.
func validateDates(p *problems, at, zone, format string, dated bool) {
	switch _, err := loadZone(zone); {
	case zone == "" && dated:
		p.add(at+".timezone", "missing: start and end name days, so say where they begin and end, such as Europe/Vienna or UTC (S28)")
	case zone != "" && err != nil:
		p.add(at+".timezone", quote(zone)+" is no time zone such as Europe/Vienna or UTC")
	}
	if format == "" {
		return
	}
	if _, err := parseDateFormat(format); err != nil {
		p.add(at+".date_format", err.Error())
	}
	if !dated {
		p.add(at+".date_format", "says how start and end are written, and there is neither")
	}
}
