package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/source/csvfile"
)

// askDates asks how the dates of start and end are written, if the file does not decide
// it, and in which time zone the days are. Neither is guessed: a wrong day lets people in
// too early, or makes leavers of them.
func (s fileQuestions) askDates(ctx context.Context, t *table) error {
	c := &s.answers.CSV
	if c.column("start")+c.column("end") == "" {
		return nil
	}
	if c.DateFormats == nil {
		if err := s.findDateFormat(ctx, t); err != nil {
			return err
		}
	}
	return s.askZone(ctx)
}

// findDateFormat looks at all dates of the rows that count.
func (s fileQuestions) findDateFormat(ctx context.Context, t *table) error {
	c := &s.answers.CSV
	dates, places := c.dates(t)
	readings, unread := csvfile.DateReadings(dates)
	switch {
	case len(readings) == 1:
		r := readings[0]
		if c.DateFormats = r.Formats; len(r.Formats) > 0 {
			s.print("note: dates are written as %s: %s", strings.Join(r.Formats, " or "), exampleOf(&r))
		}
		return nil
	case len(readings) == 0:
		problem := "some dates contradict one another: no format of day and month reads all of them"
		if len(unread) > 0 {
			problem = fmt.Sprintf("%s of %s %s in no form that rollcall knows, the first in %s: correct the file; the year needs four digits",
				facts.Count(len(unread), "date"), c.Path, isOrAre(len(unread)), places[unread[0]])
		}
		return s.askDateFormat(ctx, problem, nil)
	}
	return s.askDateFormat(ctx, "dates can be read in several ways, and none of them shows which is meant", readings)
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// askDateFormat asks which of several readings is right, or for a format. There is no
// default.
func (s fileQuestions) askDateFormat(ctx context.Context, problem string, readings []csvfile.DateReading) error {
	c := &s.answers.CSV
	var lines, formats []string
	for i := range readings {
		format := strings.Join(readings[i].Formats, " ")
		formats = append(formats, format)
		lines = append(lines, format+": "+exampleOf(&readings[i]))
	}
	if !s.Interactive {
		if len(lines) > 0 {
			problem += " (" + strings.Join(lines, "; ") + ")"
		}
		return fmt.Errorf("%s: say how they are written with --date-format, such as --date-format %%d.%%m.%%Y", problem)
	}
	s.print("The %s.", problem)
	s.printList(lines)
	return s.askUntil(ctx, func(bool) error {
		answer, err := s.ask(ctx, "How are the dates written? A number, or a format such as %d.%m.%Y", "")
		if err == nil && answer == "" {
			err = errors.New("an answer is needed: another reading is another day")
		}
		c.DateFormats = strings.Fields(choice(answer, formats))
		return err
	})
}

// exampleOf says what a date is.
func exampleOf(r *csvfile.DateReading) string {
	return r.Example + " is " + r.At.Format("2 January 2006")
}

// dates are the different dates of the rows that count, and where each of them stands
// first.
func (c *CSV) dates(t *table) (dates, places []string) {
	seen := map[string]bool{}
	for _, heading := range []string{c.column("start"), c.column("end")} {
		for i, cell := range t.column(heading) {
			if cell != "" && !seen[cell] && c.includes(t, i) {
				seen[cell] = true
				dates, places = append(dates, cell), append(places, fmt.Sprintf("line %d, column %s", t.numbers[i], heading))
			}
		}
	}
	return dates, places
}

// askZone asks for the time zone of the days (S28), and proposes that of this machine.
func (s fileQuestions) askZone(ctx context.Context) error {
	c := &s.answers.CSV
	if c.Timezone == "" && !s.Interactive {
		return fmt.Errorf("start and end are days, so the time zone is needed: say it with --timezone, such as --timezone %s", cmp.Or(s.localZone(), "Europe/Vienna"))
	}
	return s.askUntil(ctx, func(first bool) error {
		if c.Timezone == "" || !first {
			var err error
			if c.Timezone, err = s.ask(ctx, "In which time zone do these days begin and end? Enter one such as Europe/Vienna", s.localZone()); err != nil {
				return err
			}
		}
		if _, err := time.LoadLocation(c.Timezone); err != nil || slices.Contains([]string{"", "local"}, strings.ToLower(c.Timezone)) {
			return fmt.Errorf("%q is not a time zone: enter one such as Europe/Vienna or UTC", c.Timezone)
		}
		return nil
	})
}

// localZone is the name of this machine's time zone; empty if it has none that says where
// it is.
func (s fileQuestions) localZone() string {
	if zone, ok := s.lookup("TZ"); ok {
		return strings.TrimPrefix(zone, ":")
	}
	const zones = "zoneinfo/"
	target, err := os.Readlink("/etc/localtime")
	if _, zone, ok := strings.Cut(target, zones); err == nil && ok && strings.Contains(zone, "/") && !strings.HasPrefix(zone, "Etc/") {
		return zone
	}
	return ""
}
