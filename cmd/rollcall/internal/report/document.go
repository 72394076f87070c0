package report

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"

	"rollcall/sync"
)

// document is a report for a file that somebody keeps or passes on: whole, in
// the order of the text. Its values are free of control characters and their
// like (S35); what is markup is the form's own to escape.
type document struct {
	Title    string
	Made     string
	Headline string
	Checked  string
	Cost     []string
	Problems []string
	// Elsewhere is what holds the whole run, or an organization that does not exist.
	Elsewhere     []section
	Organizations []section
	// Quiet counts the organizations in which nothing happens.
	Quiet int
	Notes []string
	// Upcoming is what dates will bring.
	Upcoming []string
	Off      []string
	Next     string
	// Tallies are the changes by state and kind, Charts the same in pictures.
	Tallies []tally
	Charts  []chart
}

// section is one organization of a document.
type section struct {
	Title, Facts string
	Holds        []string
	Ways         []Way
	Lists        []list
	Notes        []string
}

// list holds the changes of one state.
type list struct {
	State sync.State
	Rows  []row
}

// part is so much of a list as a browser lays out at once.
type part struct {
	Heading string
	Rows    []row
}

// partLength keeps a page of thousands quick to open: what is out of sight is
// not laid out, part by part.
const partLength = 250

// Parts are the rows in tables of their own.
func (l list) Parts() []part {
	if len(l.Rows) <= partLength {
		return []part{{fmt.Sprintf("%s: %d", l.Heading(), len(l.Rows)), l.Rows}}
	}
	var parts []part
	from := 1
	for rows := range slices.Chunk(l.Rows, partLength) {
		to := from + len(rows) - 1
		parts = append(parts, part{fmt.Sprintf("%s: %d to %d of %d", l.Heading(), from, to, len(l.Rows)), rows})
		from = to + 1
	}
	return parts
}

// Heading is what the list is called.
func (l list) Heading() string {
	switch l.State {
	case sync.Held:
		return "Held"
	case sync.Skipped:
		return "Skipped"
	case sync.Ready:
	}
	return "Changes"
}

// row is one change.
type row struct {
	Symbol, Action, Who, User, Name, What, Why string
	Failed                                     bool
}

// newDocument turns a report into what every document shows.
func newDocument(r *sync.Report, o Options) *document {
	o.Color = false
	p := newPrinter(nil, r, o)
	d := &document{Title: p.title(), Headline: p.headline(), Checked: "Checked " + checked(r.Plan) + ".", Cost: p.costLines(),
		Problems: p.problems(), Next: p.nextText(), Tallies: p.tallies(), Charts: charts(r.Plan), Made: made(o)}
	for _, h := range p.holdsElsewhere() {
		title := "The whole run"
		if h.Organization != "" {
			title = brief(h.Organization)
		}
		d.Elsewhere = append(d.Elsewhere, section{Title: title, Holds: holdTexts([]sync.Hold{h}), Ways: p.ways([]sync.Hold{h})})
	}
	for i := range r.Plan.Organizations {
		o := &r.Plan.Organizations[i]
		if p.silent(o) {
			d.Quiet++
			continue
		}
		d.Organizations = append(d.Organizations, p.wholeSection(o))
	}
	d.Notes = noteTexts(r.Plan.Notes)
	d.Upcoming = p.upcomingTexts()
	for _, name := range r.Plan.HistoryOff {
		d.Off = append(d.Off, brief(name))
	}
	return d
}

func (p *printer) title() string {
	verb := "plan"
	switch {
	case len(p.report.Plan.Undoes) > 0:
		verb = "undo"
	case p.report.Applied:
		verb = "apply"
	}
	return "rollcall " + verb
}

// costLines are what the text says of requests.
func (p *printer) costLines() []string {
	var text bytes.Buffer
	q := *p
	q.Writer = bufio.NewWriter(&text)
	q.cost()
	q.requests()
	_ = q.Flush() // a buffer takes everything
	return slices.Collect(strings.Lines(text.String()))
}

func (p *printer) wholeSection(o *sync.OrganizationPlan) section {
	holds := p.holdsOf(o)
	title, facts := p.headingParts(o)
	s := section{Title: title, Facts: facts, Holds: holdTexts(holds), Ways: append(p.ways(holds), p.rebinds(holds)...), Notes: noteTexts(o.Notes)}
	for _, state := range []sync.State{sync.Ready, sync.Held, sync.Skipped} {
		l := list{State: state}
		for i := range o.Changes {
			if c := &o.Changes[i]; c.State == state {
				l.Rows = append(l.Rows, p.row(c))
			}
		}
		if len(l.Rows) > 0 {
			s.Lists = append(s.Lists, l)
		}
	}
	return s
}

func (p *printer) row(c *sync.Change) row {
	outcome, tried := p.outcomes[*c]
	r := row{Symbol: c.Action.Symbol(), Action: actionWords(c), Who: who(c), Name: brief(c.Name), What: what(c), Why: p.reason(c, nil),
		Failed: p.report.Applied && c.State == sync.Ready && (!tried || outcome.Result == sync.Failed)}
	if user := brief(c.UserID); user != r.Who {
		r.User = user
	}
	return r
}

func actionWords(c *sync.Change) string { return strings.ReplaceAll(c.Action.String(), "_", " ") }

func noteTexts(notes []sync.Note) []string {
	var texts []string
	for _, n := range notes {
		texts = append(texts, noteText(n))
	}
	return texts
}

// tally counts the changes of one state by what they do.
type tally struct {
	State               string
	Add, Change, Remove int
}

// tallies are the states in which there are changes.
func (p *printer) tallies() []tally {
	counts := map[sync.State]*tally{sync.Ready: {State: "to do"}, sync.Held: {State: "held"}, sync.Skipped: {State: "skipped"}}
	if p.report.Applied {
		counts[sync.Ready].State = "to be done"
	}
	for _, c := range p.report.Plan.Changes() {
		counts[c.State].count(c.Action)
	}
	out := []tally{*counts[sync.Ready]}
	for _, state := range []sync.State{sync.Held, sync.Skipped} {
		if t := counts[state]; t.all() > 0 {
			out = append(out, *t)
		}
	}
	return out
}

func (t *tally) count(a sync.Action) {
	switch a.Symbol() {
	case "+":
		t.Add++
	case "-":
		t.Remove++
	default:
		t.Change++
	}
}

func (t *tally) all() int { return t.Add + t.Change + t.Remove }
