package dates

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ncruces/go-strftime"

	"rollcall/source"
	"rollcall/source/internal/check"
)

// Reader reads the dates of one source: a day means all of it, in the zone that
// the configuration declares (S28).
type Reader struct {
	Zone *time.Location
	// layouts are tried in turn; declared are the formats of date_format that gave them.
	layouts  []dateLayout
	declared []string
}

// dateLayout is a form of dates, as package time writes it.
type dateLayout struct {
	text string
	// day says that it names a day and no time, zoned that it names a zone too.
	day, zoned bool
}

// isoDates are ISO 8601 dates, and RFC 3339 times with or without a zone.
var isoDates = []dateLayout{
	{text: time.DateOnly, day: true},
	{text: "2006-01-02Z07:00", day: true, zoned: true}, // as Workday writes them
	{text: time.RFC3339},
	{text: "2006-01-02T15:04:05"}, {text: "2006-01-02T15:04"},
	{text: "2006-01-02 15:04:05"}, {text: "2006-01-02 15:04"},
}

// Errors of dates. They do not repeat what was read, which may be anything.
var (
	errNoDate      = errors.New("is not a date: write 2026-12-31 or 2026-12-31T17:00:00+01:00, or set date_format")
	errOtherDate   = errors.New("does not match date_format")
	errTwoDates    = errors.New("is a different day by two formats of date_format, so nobody knows which is meant: leave one of them out, or write the date in another form")
	errPlaceholder = errors.New("is a date before 1950, which programs write when there is no date: leave the value empty")
	// ErrEpoch says that an end date is the first moment of Unix time, which
	// programs write for the number 0. Such an end would make a leaver (S10).
	ErrEpoch = errors.New("is 1970-01-01, which programs write when there is no date: leave the value empty")
	// ErrBackwards says that a time ends before it starts.
	ErrBackwards = errors.New("end is before start")
)

// leastYear is the first that can be meant: programs write 0001-01-01,
// 1601-01-01 or 1900-01-01 where there is no date.
const leastYear = 1950

// NewReader makes a reader of what Validate has accepted.
func NewReader(zone string, formats ...string) Reader {
	location, err := loadZone(zone)
	if err != nil {
		location = time.UTC
	}
	d := Reader{Zone: location}
	for _, format := range formats {
		if layout, err := parseDateFormat(format); format != "" && err == nil {
			d.layouts, d.declared = append(d.layouts, layout), append(d.declared, format)
		}
	}
	if len(d.layouts) == 0 {
		d.layouts = isoDates
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
		return dateLayout{}, errors.New("is not a usable date format: write one such as %d.%m.%Y")
	}
	for _, need := range []string{"%Y", "%m", "%d"} {
		if !strings.Contains(strings.NewReplacer("%-", "%", "%F", "%Y%m%d", "%e", "%d", "%b", "%m", "%B", "%m").Replace(format), need) {
			return dateLayout{}, errors.New("must contain the year (%Y), the month (%m) and the day (%d)")
		}
	}
	probe := time.Date(2026, 11, 23, 17, 45, 0, 0, time.UTC)
	back, err := time.Parse(layout, probe.Format(layout))
	switch {
	case err != nil:
		return dateLayout{}, errors.New("is not a usable date format: write one such as %d.%m.%Y")
	case back.Equal(probe):
		return dateLayout{text: layout}, nil
	case back.Equal(source.StartOfDay(2026, 11, 23, time.UTC)):
		return dateLayout{text: layout, day: true}, nil
	}
	return dateLayout{}, errors.New("has only a part of the time: write %H:%M, or no time at all")
}

// Moment is a date as it was read.
type Moment struct {
	At  time.Time
	Day bool
}

// Read reads a date in the first of the forms that it has. A date that two declared
// formats read differently, such as 03/04/2026, is an error (S28).
func (d Reader) Read(s string) (Moment, error) {
	var first *Moment
	for _, l := range d.layouts {
		m, ok := d.parse(l, s)
		switch {
		case !ok:
		case first == nil:
			first = &m
		case !m.At.Equal(first.At) && len(d.declared) > 0:
			return Moment{}, fmt.Errorf("%w (%s)", errTwoDates, strings.Join(d.declared, ", "))
		}
	}
	switch {
	case first != nil:
		return d.Sane(*first)
	case len(d.declared) > 0:
		return Moment{}, fmt.Errorf("%w (%s)%s", errOtherDate, strings.Join(d.declared, ", "), proposal(s, d.declared))
	}
	return Moment{}, fmt.Errorf("%w%s", errNoDate, proposal(s, nil))
}

// parse reads a date in one form.
func (d Reader) parse(l dateLayout, s string) (Moment, bool) {
	zone := d.Zone
	if l.day {
		zone = time.UTC // where every day has its midnight
	}
	t, err := time.ParseInLocation(l.text, s, zone)
	switch {
	case err != nil:
		return Moment{}, false
	case l.zoned:
		return Moment{source.StartOfDay(t.Year(), t.Month(), t.Day(), t.Location()), true}, true
	case l.day:
		t = source.StartOfDay(t.Year(), t.Month(), t.Day(), d.Zone)
	}
	return Moment{t, l.day}, true
}

// Sane refuses dates that stand for none, and moves the others into the zone. A day
// keeps its own zone, in which it is whole.
func (d Reader) Sane(m Moment) (Moment, error) {
	if !m.Day {
		m.At = m.At.In(d.Zone)
	}
	if Placeholder(m.At) {
		return Moment{}, errPlaceholder
	}
	return m, nil
}

// Epoch reports whether the date is the first day of Unix time, in any zone.
func (m Moment) Epoch() bool {
	year, month, day := m.At.Date()
	return year == 1970 && month == time.January && day == 1 || year == 1969 && month == time.December && day == 31
}

// Placeholder reports whether a moment lies before any that can be meant.
func Placeholder(at time.Time) bool { return at.Year() < leastYear }

// End is the first moment that does not belong any more: a day is included.
func (m Moment) End() time.Time {
	if m.At.IsZero() || !m.Day {
		return m.At
	}
	next := time.Date(m.At.Year(), m.At.Month(), m.At.Day()+1, 0, 0, 0, 0, time.UTC)
	return source.StartOfDay(next.Year(), next.Month(), next.Day(), m.At.Location())
}

// Validate checks the keys that go with start and end.
func Validate(p *check.Problems, at, zone string, formats []string, dated bool) {
	switch _, err := loadZone(zone); {
	case zone == "" && dated:
		p.Add(at+".timezone", "missing: start and end are days, so rollcall must know in which time zone; set it, for example to Europe/Vienna or UTC (S28)")
	case zone != "" && err != nil:
		p.Add(at+".timezone", strconv.Quote(zone)+" is not a time zone: write one such as Europe/Vienna or UTC")
	}
	if len(formats) == 0 || len(formats) == 1 && formats[0] == "" {
		return
	}
	for i, format := range formats {
		place := at + ".date_format"
		if len(formats) > 1 {
			place += fmt.Sprintf("[%d]", i)
		}
		if _, err := parseDateFormat(format); err != nil {
			p.Add(place, err.Error())
		}
		if slices.Contains(formats[:i], format) {
			p.Add(place, "is listed twice")
		}
	}
	if !dated {
		p.Add(at+".date_format", "has no effect, because neither start nor end is set: leave it out")
	}
}
