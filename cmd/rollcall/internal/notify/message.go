package notify

import (
	"fmt"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
)

// Run is what is told of one run.
type Run struct {
	ID   int64 // its number in the history; 0 without one
	Verb string
	// Part says that the run was not about everything: it was limited to one
	// organization or person, or took an earlier run back.
	Part              bool
	Started, Finished time.Time
	// Outcome and ExitCode are those of the exit table.
	Outcome  string
	ExitCode int
	// Err says why there is no report, or what went wrong after it.
	Err    error
	Report *sync.Report // may be nil
	// Options are those that the report was shown with.
	Options report.Options
}

// The exit codes that matter to who is told: all others are problems.
const (
	exitDone        = 0
	exitHeld        = 3
	exitPending     = 5
	exitInterrupted = 130
)

// Interrupted reports whether somebody ended the run. It says nothing about problems.
func (r *Run) Interrupted() bool { return r.ExitCode == exitInterrupted }

func (r *Run) problem() bool {
	return r.ExitCode != exitDone && r.ExitCode != exitPending && !r.Interrupted()
}

// Failed reports whether a dead-man switch is told of the run: a hold waits for
// a person, and the service is alive.
func (r *Run) Failed() bool { return r.problem() && !r.Held() }

// Held reports whether nothing is wrong but that changes wait for a person.
func (r *Run) Held() bool { return r.ExitCode == exitHeld }

// done counts what was done, by action.
func (r *Run) done() map[string]int {
	counts := map[string]int{}
	if r.Report == nil {
		return counts
	}
	for i := range r.Report.Outcomes {
		if o := &r.Report.Outcomes[i]; o.Result == sync.Done {
			counts[o.Change.Action.String()]++
		}
	}
	return counts
}

// The kinds of messages, as a webhook has them.
const (
	kindRun    = "run.finished"
	kindNotice = "notice"
)

// message is what every channel tells in its own way. Its texts are free of
// control characters and their like (S35).
type message struct {
	id, kind string
	at       time.Time
	name     string // of the installation
	subject  string // one line
	digest   report.Digest
	source   string // where it comes from, a sentence
	run      *Run   // nil for a notice
}

// linesEach is how many changes of an organization a message lists.
const linesEach = 25

func (n *Notifier) runMessage(r *Run, wellAgain bool) *message {
	m := n.newMessage(kindRun)
	m.run = r
	if r.Report != nil {
		m.digest = report.NewDigest(r.Report, r.Options, linesEach)
	} else {
		m.digest.Headline = "The run ended without a report."
	}
	if r.Err != nil {
		m.digest.Problems = append(m.digest.Problems, report.OneLine(r.Err.Error()))
	}
	state := report.Escape(r.Outcome)
	if wellAgain {
		state = "well again"
	}
	m.subject = fmt.Sprintf("[rollcall %s] %s: %s", m.name, state, strings.TrimSuffix(m.digest.Headline, "."))
	m.source = fmt.Sprintf("This is rollcall %s on %s, %s to %s, exit code %d.", report.Escape(r.Verb), m.name,
		r.Started.UTC().Format("2006-01-02 15:04:05"), r.Finished.UTC().Format("15:04:05 MST"), r.ExitCode)
	if r.ID != 0 {
		m.source += fmt.Sprintf(" All of it: rollcall show %d", r.ID)
	}
	return m
}

func (n *Notifier) noticeMessage(notice Notice) *message {
	m := n.newMessage(kindNotice)
	m.digest.Headline = report.Escape(notice.Title)
	for _, line := range notice.Lines {
		m.digest.Problems = append(m.digest.Problems, report.OneLine(line))
	}
	m.subject = fmt.Sprintf("[rollcall %s] %s", m.name, m.digest.Headline)
	m.source = fmt.Sprintf("This is rollcall on %s.", m.name)
	return m
}

// text is the message without markup, but for its subject.
func (m *message) text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	d := &m.digest
	line("%s", d.Headline)
	for _, p := range d.Problems {
		line("! %s", p)
	}
	for i := range d.Sections {
		writeSection(line, &d.Sections[i])
	}
	if d.More > 0 {
		line("\n… and %s", report.Count(d.More, "more organization"))
	}
	line("")
	if d.Next != "" {
		line("Next: %s", d.Next)
	}
	if d.Checked != "" {
		line("%s", d.Checked)
	}
	line("%s", m.source)
	return b.String()
}

func writeSection(line func(string, ...any), s *report.Section) {
	line("\n%s", s.Title)
	for _, h := range s.Holds {
		line("  %s", h)
	}
	for _, w := range s.Ways {
		line("  %s", w)
	}
	writeLines(line, "    ", &s.Held, "more held change")
	writeLines(line, "  ", &s.Done, "more change")
}

func writeLines(line func(string, ...any), indent string, l *report.Lines, noun string) {
	for _, c := range l.First {
		line("%s%s %s  %s  (%s)", indent, c.Symbol, c.Who, c.What, c.Why)
	}
	if l.More() > 0 {
		line("%s… and %s", indent, report.Count(l.More(), noun))
	}
}
