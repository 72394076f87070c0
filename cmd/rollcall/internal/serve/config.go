package serve

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/field"
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
	// WatchDirectory is how often each LDAP server is asked for its newest change, which
	// makes a run; 0 is never.
	WatchDirectory time.Duration `yaml:"watch_directory"`
	// MinInterval is the least time from the beginning of any run to that of one for a
	// changed file or directory.
	MinInterval time.Duration `yaml:"min_interval"`
	// Listen is host:port of the status page and the figures; empty is none.
	Listen string `yaml:"listen"`
	// PublicURL is where people reach the status page, for links in messages: that of
	// a proxy, say. Empty is no links.
	PublicURL string `yaml:"public_url"`
	// Approve says who may approve on the status page.
	Approve Approve `yaml:"approve"`
	// RunTokenFile holds the token with which programs may ask for a run; empty is nobody.
	RunTokenFile string `yaml:"run_token_file"`
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
		Schedule: "*/15 * * * *", Timezone: "UTC", Jitter: 30 * time.Second, CatchUp: true, MinInterval: 10 * time.Second,
		Listen: "127.0.0.1:4910", StopWithin: 15 * time.Second, StuckAfter: 90 * time.Minute,
	}
}

// The bounds of what may be configured.
const (
	leastStop  = time.Second
	mostStop   = 10 * time.Minute
	leastStuck = 5 * time.Minute
	leastWatch = time.Second
	mostWatch  = time.Hour
)

// Validate finds what is wrong with the section: joined *field.Error values.
func (c Config) Validate() error {
	var problems []error
	add := func(path, format string, args ...any) {
		problems = append(problems, field.New(path, fmt.Sprintf(format, args...)))
	}
	zone, err := loadZone(c.Timezone)
	if err != nil {
		add("timezone", "%v", err)
		zone = time.UTC
	}
	if s, err := ParseSchedule(c.Schedule, zone); err != nil {
		add("schedule", "%v", err)
	} else if shortest := s.Shortest(time.Now()); c.Jitter < 0 || c.Jitter >= shortest {
		add("jitter", "must be shorter than the shortest time between two runs (%s), and is %s: set a shorter one, such as 0s", shortest, c.Jitter)
	}
	if c.WatchDirectory != 0 && (c.WatchDirectory < leastWatch || c.WatchDirectory > mostWatch) {
		add("watch_directory", "must be between %s and %s, or 0s for never", leastWatch, mostWatch)
	}
	if c.MinInterval < leastWatch || c.MinInterval > mostWatch {
		add("min_interval", "must be between %s and %s", leastWatch, mostWatch)
	}
	if c.Listen != "" {
		if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "" {
			add("listen", "must be host:port, such as 127.0.0.1:4910, or empty for no status page")
		}
	}
	if c.PublicURL != "" && !isPageURL(c.PublicURL) {
		add("public_url", "must be the base address of the status page, such as https://rollcall.corp.example")
	}
	c.Approve.validate(c.Listen, add)
	if host, _, err := net.SplitHostPort(c.Listen); c.RunTokenFile != "" && (err != nil || !clerkapi.IsLoopback(host)) {
		add("run_token_file", "needs listen on a loopback address, such as 127.0.0.1:4910, because the token would cross the network unencrypted: put a proxy with TLS in front of it")
	}
	if c.StopWithin < leastStop || c.StopWithin > mostStop {
		add("stop_within", "must be between %s and %s", leastStop, mostStop)
	}
	if c.StuckAfter < leastStuck {
		add("stuck_after", "must be %s or more, because a run may have to wait that long for Clerk", leastStuck)
	}
	return errors.Join(problems...)
}

// isPageURL reports whether a text is an address to which a path can be added. A
// login or a query would be sent to everybody who gets a message.
func isPageURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && !strings.ContainsAny(text, "?#")
}

// Plan is the schedule of a valid section.
func (c Config) Plan() *Schedule {
	s, err := ParseSchedule(c.Schedule, c.Zone())
	if err != nil {
		return nil
	}
	return s
}

// Zone is the time zone of a valid section.
func (c Config) Zone() *time.Location {
	zone, err := loadZone(c.Timezone)
	if err != nil {
		return time.UTC
	}
	return zone
}

func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("must be the name of a time zone, such as UTC or Europe/Berlin")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is not a known time zone: use a name such as UTC or Europe/Berlin", name)
	}
	return zone, nil
}
