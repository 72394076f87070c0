package progress

import (
	stdsync "sync"
	"time"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/plan"
)

const (
	// delay is how long a run takes before anything is shown of it: most runs
	// have ended by then, and their report says all.
	delay = 500 * time.Millisecond
	// every is how often the lines change.
	every = 100 * time.Millisecond
)

// live shows a run on a terminal.
type live struct {
	screen *Screen
	layout layout

	mutex  stdsync.Mutex // guards the rest
	stages stages
	begun  time.Time // zero while no run goes on
	shown  bool      // whether something of this run stands on the screen
	stay   []string  // lines that stay, and were not written yet
	wait   Wait
	until  time.Time // the end of wait; zero is unknown
	stops  bool
	end    chan struct{} // closed when the run has ended
	ended  chan struct{} // closed when nothing is drawn any more
}

// NewLive shows runs on a terminal.
func NewLive(screen *Screen, style terminal.Style, budget clerkapi.Rate) Display {
	return &live{screen: screen, layout: layout{style, budget}}
}

// Watch shows how far the run is.
func (d *live) Watch(p plan.Progress) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	now := time.Now()
	d.begin(now)
	before := d.stages
	if d.stages.note(p, now) {
		d.keep(d.layout.ended(&before, d.screen.Columns()))
	}
	if p.Source != "" {
		d.keep(d.layout.source(p, now.Sub(d.stages.began), d.screen.Columns()))
	}
	if d.until.IsZero() {
		d.wait = Wait{}
	}
}

// Wait shows what a run waits for, until it is over. Outside of a run it writes
// one line: what a verb writes to standard output meanwhile stands on the same
// screen.
func (d *live) Wait(w Wait) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.begun.IsZero() {
		d.screen.Draw([]string{w.text(w.For)}, nil)
		return
	}
	d.wait, d.until = w, time.Time{}
	if w.For > 0 {
		d.until = time.Now().Add(w.For)
	}
}

// Stopping says that calls in flight finish.
func (d *live) Stopping() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.stops = true
}

// Close leaves the lines of the stages that have ended, if any were shown.
func (d *live) Close() {
	d.mutex.Lock()
	if d.begun.IsZero() {
		d.mutex.Unlock()
		return
	}
	end, ended := d.end, d.ended
	d.mutex.Unlock()
	close(end)
	<-ended
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.shown {
		d.keep(d.layout.ended(&d.stages, d.screen.Columns()))
		d.screen.Draw(d.stay, nil)
	}
	d.stages, d.begun, d.shown, d.stay, d.wait, d.stops = stages{}, time.Time{}, false, nil, Wait{}, false
}

// begin starts to draw when a run begins.
func (d *live) begin(now time.Time) {
	if !d.begun.IsZero() {
		return
	}
	d.begun, d.end, d.ended = now, make(chan struct{}), make(chan struct{})
	go d.drawUntil(d.end, d.ended)
}

func (d *live) drawUntil(end <-chan struct{}, ended chan<- struct{}) {
	defer close(ended)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-end:
			return
		case <-ticker.C:
			d.draw()
		}
	}
}

func (d *live) draw() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	now := time.Now()
	if now.Sub(d.begun) < delay {
		return
	}
	d.shown = true
	d.screen.Draw(d.stay, d.lines(now))
	d.stay = nil
}

// lines are those that change.
func (d *live) lines(now time.Time) []string {
	columns := d.screen.Columns()
	lines := d.layout.live(&d.stages, now, columns)
	if left := d.until.Sub(now); !d.until.IsZero() && left <= 0 {
		d.wait, d.until = Wait{}, time.Time{}
	} else if said := d.wait.text(left); said != "" {
		lines = append(lines, indent(columns)+said)
	}
	switch {
	case d.stops:
		lines = append(lines, indent(columns)+"Stopping: the calls in flight finish first.")
	case d.stages.now.Stage == plan.Applying:
		lines = append(lines, indent(columns)+d.layout.Paint(terminal.Dim, "Ctrl-C stops after the calls in flight; nothing is lost."))
	}
	return lines
}

// keep keeps a line that stays.
func (d *live) keep(line string) {
	if line != "" {
		d.stay = append(d.stay, line)
	}
}
