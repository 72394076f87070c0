package notify

import (
	"fmt"
	"strings"
	"time"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/apply"
)

// Run is what is told of one run.
type Run struct {
	ID   int64 // its number in the history; 0 without one
	Verb string
	// Instance is the Clerk instance of the run (S41).
	Instance clerkapi.Instance
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
	Options facts.Options
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
		if o := &r.Report.Outcomes[i]; o.Result == apply.Done {
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
	instance string // of Clerk (S41)
	subject  string // one line
	digest   report.Digest
	source   string // where it comes from, a sentence
	link     string // of the status page; empty is none
	run      *Run   // nil for a notice
}

// linesEach is how many changes of an organization a message lists.
const linesEach = 25

func (n *Notifier) runMessage(r *Run, wellAgain bool) *message {
	m := n.newMessage(kindRun, r.Instance)
	m.run = r
	if n.page != "" {
		m.link = n.page + "/"
	}
	if r.Report != nil {
		m.digest = report.NewDigest(r.Report, r.Options, linesEach)
	} else {
		m.digest.Headline = "The run ended without a report."
	}
	about := m.digest.Headline
	if r.Err != nil {
		said := escape.OneLine(r.Err.Error())
		m.digest.Problems = append(m.digest.Problems, said)
		if r.Report == nil {
			about = beginning(said)
		}
	}
	state := facts.OutcomeWord(r.Outcome)
	if wellAgain {
		state = "recovered"
	}
	m.subject = fmt.Sprintf("[rollcall %s] %s: %s (%s)", m.name, state, strings.TrimSuffix(about, "."), m.instance)
	m.source = fmt.Sprintf("Sent by rollcall %s on %s, %s to %s, exit code %d.", escape.Text(r.Verb), m.name,
		r.Started.UTC().Format("2006-01-02 15:04:05"), r.Finished.UTC().Format("15:04:05 MST"), r.ExitCode)
	if r.ID != 0 {
		m.source += fmt.Sprintf(" Details: rollcall show %d", r.ID)
	}
	return m
}

// mostSubject is how much of an error a subject shows, in bytes.
const mostSubject = 100

// beginning is an error as a subject shows it: what failed stands first.
func beginning(text string) string {
	if len(text) <= mostSubject {
		return text
	}
	cut := strings.LastIndex(text[:mostSubject], " ")
	return strings.ToValidUTF8(text[:max(cut, mostSubject/2)], "") + "…"
}

func (n *Notifier) noticeMessage(notice Notice) *message {
	m := n.newMessage(kindNotice, n.instance)
	m.digest.Headline = escape.Text(notice.Title)
	for _, line := range notice.Lines {
		m.digest.Problems = append(m.digest.Problems, escape.OneLine(line))
	}
	m.subject = fmt.Sprintf("[rollcall %s] %s (%s)", m.name, m.digest.Headline, m.instance)
	m.source = fmt.Sprintf("Sent by rollcall on %s.", m.name)
	return m
}

// linkText stands before the link, or is one.
const linkText = "Open the status page"

// textLine is a line of the message. One that says who becomes admin, or where,
// is kept however short the channel is (S43).
type textLine struct {
	text string
	keep bool
}

// lines are the message without markup, but for its subject.
type lines struct{ list []textLine }

func (l *lines) add(format string, args ...any) {
	l.list = append(l.list, textLine{text: fmt.Sprintf(format, args...)})
}

// keepIf says of the last line that it is kept.
func (l *lines) keepIf(admin bool) { l.list[len(l.list)-1].keep = admin }

// text is the message without markup, but for its subject.
func (m *message) text() string {
	var b strings.Builder
	for _, line := range m.lines() {
		b.WriteString(line.text + "\n")
	}
	return b.String()
}

func (m *message) lines() []textLine {
	l, d := &lines{}, &m.digest
	l.add("%s", d.Headline)
	for _, p := range d.Problems {
		l.add("! %s", p)
	}
	for i := range d.Sections {
		l.section(&d.Sections[i])
	}
	if d.More > 0 {
		l.add("")
		l.add("… and %s", facts.Count(d.More, "more organization"))
	}
	l.add("")
	if d.Next != "" {
		l.add("Next: %s", d.Next)
	}
	if d.Checked != "" {
		l.add("%s", d.Checked)
	}
	if m.link != "" {
		l.add("%s: %s", linkText, m.link)
	}
	l.add("Clerk: %s.", m.instance)
	l.add("%s", m.source)
	return l.list
}

func (l *lines) section(s *report.Section) {
	l.add("")
	l.add("%s", s.Title)
	l.keepIf(s.Admins() > 0)
	for _, h := range s.Holds {
		l.add("  %s", h)
	}
	l.changes("    ", &s.Held, "more change")
	for _, w := range s.Ways {
		l.add("  %s", w)
	}
	l.changes("  ", &s.Done, "more change")
}

func (l *lines) changes(indent string, of *report.Lines, noun string) {
	for _, c := range of.First {
		l.add("%s%s %s  %s  (%s)", indent, c.Symbol, c.Who, c.What, c.Why)
		l.keepIf(c.Admin)
	}
	if of.More() > 0 {
		l.add("%s… and %s", indent, facts.Count(of.More(), noun))
	}
}
