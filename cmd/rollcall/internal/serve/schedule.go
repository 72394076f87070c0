package serve

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a container from scratch has no time zones

	"github.com/robfig/cron/v3"
)

// Schedule says when runs are due.
type Schedule struct {
	text string
	spec cron.Schedule
	// wall is the same schedule on clocks that are never set, to see what those
	// of its zone make of it; nil where the zone plays no part.
	wall cron.Schedule
	zone *time.Location
}

const fields = cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor

// ParseSchedule reads a cron expression of a time zone. One that would never
// come due is refused.
func ParseSchedule(text string, zone *time.Location) (*Schedule, error) {
	text = strings.TrimSpace(text)
	if strings.Contains(strings.ToUpper(text), "TZ=") {
		return nil, errors.New("must not contain a time zone: set serve.timezone instead")
	}
	if err := checkSteps(text); err != nil {
		return nil, err
	}
	spec, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%q is not a valid schedule: %w; use five fields (minute hour day month weekday) such as */15 * * * *, or @every 15m", text, err)
	}
	s := &Schedule{text: text, spec: spec, zone: zone}
	if fieldwise, ok := spec.(*cron.SpecSchedule); ok {
		wall := *fieldwise
		fieldwise.Location, wall.Location = zone, time.UTC
		s.wall = &wall
	}
	if s.Next(time.Now()).IsZero() {
		return nil, fmt.Errorf("%q never runs: no such day exists in the calendar", text)
	}
	return s, nil
}

// parse survives what the library's parser does not.
func parse(text string) (spec cron.Schedule, err error) {
	defer func() {
		if recover() != nil {
			spec, err = nil, errors.New("it is not in the form of cron")
		}
	}()
	return cron.NewParser(fields).Parse(sundays(text))
}

// sundays writes 0 for the weekday 7, which is Sunday for cron and systemd, and not for
// the library.
func sundays(text string) string {
	words := strings.Fields(text)
	if len(words) < 5 || strings.HasPrefix(text, "@") {
		return text
	}
	days := strings.Split(words[len(words)-1], ",")
	for i, day := range days {
		switch first, isRange := strings.CutSuffix(day, "-7"); {
		case day == "7", isRange && first == "7":
			days[i] = "0"
		case isRange && first == "0":
			days[i] = "0-6"
		case isRange:
			days[i] = first + "-6,0"
		}
	}
	words[len(words)-1] = strings.Join(days, ",")
	return strings.Join(words, " ")
}

// ranges is how many values the fields have, the seconds first.
var ranges = []struct {
	name string
	size int
}{{"second", 60}, {"minute", 60}, {"hour", 24}, {"day", 31}, {"month", 12}, {"weekday", 7}}

// checkSteps refuses steps that lead out of their field: the library takes */90
// minutes for once an hour without a word.
func checkSteps(text string) error {
	words := strings.Fields(text)
	if every, ok := strings.CutPrefix(text, "@every "); ok {
		return checkEvery(strings.TrimSpace(every))
	}
	of := ranges
	if len(words) == len(ranges)-1 {
		of = ranges[1:]
	}
	for i := range min(len(words), len(of)) {
		for part := range strings.SplitSeq(words[i], ",") {
			_, step, _ := strings.Cut(part, "/")
			if n, err := strconv.Atoi(step); err == nil && n >= of[i].size {
				return fmt.Errorf("%q is a step of %d in a field of %d %ss, so it matches only once: for longer intervals use @every, such as @every 90m", part, n, of[i].size, of[i].name)
			}
		}
	}
	return nil
}

// checkEvery refuses what the library would round.
func checkEvery(text string) error {
	d, err := time.ParseDuration(text)
	if err == nil && (d < time.Second || d%time.Second != 0) {
		return fmt.Errorf("@every %s: must be a whole number of seconds", text)
	}
	return nil // whatever else is wrong the parser says
}

// String is the schedule as it was written, with its zone.
func (s *Schedule) String() string {
	if s.wall == nil {
		return s.text
	}
	return s.text + " " + s.zone.String()
}

// Next is when a run is due after t; the zero time is never.
func (s *Schedule) Next(t time.Time) time.Time { return s.spec.Next(t.In(s.zone)) }

// Intervals are measured a week ahead, so that working days and weekends count
// and a change of the clocks seldom does, and for so many runs at most.
const (
	looked = 8 * 24 * time.Hour
	most   = 200
)

// Shortest is the least time between two of the next runs.
func (s *Schedule) Shortest(from time.Time) time.Duration {
	shortest, _ := s.intervals(from)
	return shortest
}

// Longest is the most time between two of the next runs. It is what a watcher
// must wait for before it misses one.
func (s *Schedule) Longest(from time.Time) time.Duration {
	_, longest := s.intervals(from)
	return longest
}

func (s *Schedule) intervals(from time.Time) (shortest, longest time.Duration) {
	at := s.Next(from)
	for range most {
		next := s.Next(at)
		if next.IsZero() || longest > 0 && next.Sub(from) > looked {
			break
		}
		between := next.Sub(at)
		if shortest == 0 || between < shortest {
			shortest = between
		}
		longest, at = max(longest, between), next
	}
	return shortest, longest
}
