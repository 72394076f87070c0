package progress

import (
	_ "embed"
	"encoding/json"
	"io"
	"math"
	stdsync "sync"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
)

// Schema is the JSON Schema of a [Line].
//
//go:embed schema.json
var Schema []byte

// LineVersion is the version of the lines.
const LineVersion = 1

// Line is one line of --progress json.
type Line struct {
	Version int `json:"version"`
	// Type is progress for a line that says how far a stage is, and waiting for one
	// that says what the run waits for.
	Type string    `json:"type"`
	Time time.Time `json:"time"`
	// Stage is read_sources, read_clerk or apply. A stage that has nothing to do has
	// no lines.
	Stage string `json:"stage,omitempty"`
	// Unit is what is counted: sources, organizations, memberships, users or changes.
	Unit string `json:"unit,omitempty"`
	// Done of Total units are done; a total of 0 is unknown yet. The total may grow
	// while Clerk is read.
	Done  int `json:"done"`
	Total int `json:"total"`
	// Seconds is how long the stage has taken, or how long the run waits; Left is
	// an estimate of how much longer the unit takes.
	Seconds float64 `json:"seconds"`
	Left    float64 `json:"seconds_left,omitempty"`
	// Source is a source whose read has just ended, with the number of its people,
	// or with failed.
	Source string `json:"source,omitempty"`
	People int    `json:"people,omitempty"`
	Failed bool   `json:"source_failed,omitempty"`
	// Changes counts the changes that were sent.
	Changes *Changes `json:"changes,omitempty"`
	// Reason says what the run waits for, as a sentence. Requests in a window of so
	// many seconds are the limit that it waits for.
	Reason   string  `json:"reason,omitempty"`
	Requests int     `json:"requests,omitempty"`
	Window   float64 `json:"window_seconds,omitempty"`
}

// Changes counts changes by what became of them.
type Changes struct {
	Joined  int `json:"joined"`
	Invited int `json:"invited"`
	Changed int `json:"changed"`
	Left    int `json:"left"`
	Skipped int `json:"skipped"`
	Failed  int `json:"failed"`
}

// lines writes what happens as JSON, one object a line.
type lines struct {
	to     *json.Encoder
	budget clerkapi.Rate

	mutex  stdsync.Mutex // guards the rest
	stages stages
	said   time.Time
}

// NewLines writes JSON lines: one when a stage begins, when a unit is complete,
// and once a second between.
func NewLines(w io.Writer, budget clerkapi.Rate) Display {
	return &lines{to: json.NewEncoder(w), budget: budget}
}

// Watch writes how far the run is.
func (d *lines) Watch(p plan.Progress) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	now := time.Now()
	again := p == d.stages.now
	begins := d.stages.note(p, now)
	if again || !begins && p.Done < p.Total && p.Source == "" && now.Sub(d.said) < time.Second {
		return
	}
	d.said = now
	line := Line{Type: "progress", Time: now, Stage: p.Stage.String(), Unit: p.Unit.String(), Done: p.Done, Total: p.Total,
		Seconds: inTenths(now.Sub(d.stages.began)), Left: inTenths(left(p, now.Sub(d.stages.unitBegan), d.budget)),
		Source: p.Source, People: p.People, Failed: p.Failed}
	if p.Unit == plan.Changes {
		line.Changes = new(Changes(p.Tally))
	}
	d.write(&line)
}

// Wait writes what the run waits for.
func (d *lines) Wait(w Wait) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.write(&Line{Type: "waiting", Time: time.Now(), Seconds: inTenths(w.For), Reason: w.text(w.For), Requests: w.Limit.Requests, Window: w.Limit.Window.Seconds()})
}

// Stopping writes nothing: the exit code tells.
func (d *lines) Stopping() {}

// Close forgets the run.
func (d *lines) Close() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.stages, d.said = stages{}, time.Time{}
}

func (d *lines) write(l *Line) {
	l.Version, l.Time = LineVersion, l.Time.UTC().Truncate(time.Millisecond)
	_ = d.to.Encode(l) // a lost line of progress harms nobody
}

// inTenths is a duration in seconds, to the tenth.
func inTenths(d time.Duration) float64 { return math.Round(d.Seconds()*10) / 10 }
