package serve

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// Config is the serve section of the configuration.
type Config struct {
	// Schedule is a cron expression of five fields, or of six with seconds
	// first, or @every, @hourly, @daily, @weekly, @monthly.
	Schedule string `yaml:"schedule"`
	// Timezone is that of the schedule, by its name in the IANA database.
	Timezone string `yaml:"timezone"`
	// Jitter is how late a run may begin, by chance, so that not everybody asks
	// at the same moment.
	Jitter time.Duration `yaml:"jitter"`
	// RunAtStart makes a run when the service starts.
	RunAtStart bool `yaml:"run_at_start"`
	// CatchUp makes one run at the start when the schedule had one since the
	// last run, or that was interrupted.
	CatchUp bool `yaml:"catch_up"`
	// WatchFiles makes a run when a file of a csv source has changed.
	WatchFiles bool `yaml:"watch_files"`
	// Listen is host:port of the status page and the figures; empty is none.
	Listen string `yaml:"listen"`
	// StopWithin is how long calls in flight may take when the service is told
	// to stop.
	StopWithin time.Duration `yaml:"stop_within"`
	// StuckAfter is how long a run may go without any sign of progress before
	// the service counts as stuck.
	StuckAfter time.Duration `yaml:"stuck_after"`
}

// DefaultConfig runs every quarter of an hour.
func DefaultConfig() Config {
	return Config{
		Schedule: "*/15 * * * *", Timezone: "UTC", Jitter: 30 * time.Second, CatchUp: true,
		Listen: "127.0.0.1:4910", StopWithin: 15 * time.Second, StuckAfter: 90 * time.Minute,
	}
}

// FieldError is a problem with one key of the section.
type FieldError struct{ Path, Problem string }

// Error gives the path and the problem.
func (e *FieldError) Error() string { return e.Path + ": " + e.Problem }

// YAMLPath is where the problem is; the configuration turns it into file:line:column.
func (e *FieldError) YAMLPath() string { return e.Path }

// The bounds of what may be configured.
const (
	leastStop  = time.Second
	mostStop   = 10 * time.Minute
	leastStuck = 5 * time.Minute
)

// Validate finds what is wrong with the section: joined *FieldError values.
func (c Config) Validate() error {
	var problems []error
	add := func(path, format string, args ...any) {
		problems = append(problems, &FieldError{path, fmt.Sprintf(format, args...)})
	}
	zone, err := loadZone(c.Timezone)
	if err != nil {
		add("timezone", "%v", err)
		zone = time.UTC
	}
	if s, err := ParseSchedule(c.Schedule, zone); err != nil {
		add("schedule", "%v", err)
	} else if shortest := s.Shortest(time.Now()); c.Jitter < 0 || c.Jitter >= shortest {
		add("jitter", "is %s, and must be less than the shortest time between two runs (%s): set a shorter one, such as 0s", c.Jitter, shortest)
	}
	if c.Listen != "" {
		if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "" {
			add("listen", "must be host:port, such as 127.0.0.1:4910, or empty for no status page")
		}
	}
	if c.StopWithin < leastStop || c.StopWithin > mostStop {
		add("stop_within", "must be from %s to %s", leastStop, mostStop)
	}
	if c.StuckAfter < leastStuck {
		add("stuck_after", "must be %s or more: a run waits for Clerk that long now and then", leastStuck)
	}
	return errors.Join(problems...)
}

// Plan is the schedule of a valid section.
func (c Config) Plan() *Schedule {
	zone, err := loadZone(c.Timezone)
	if err != nil {
		zone = time.UTC
	}
	s, err := ParseSchedule(c.Schedule, zone)
	if err != nil {
		return nil
	}
	return s
}

func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("must be the name of a time zone, such as UTC or Europe/Berlin")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is not known: take a name such as UTC or Europe/Berlin", name)
	}
	return zone, nil
}
