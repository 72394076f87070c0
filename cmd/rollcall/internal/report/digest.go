package report

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/sync"
)

// Digest is a report in short, for channels that are no terminal. Its texts are
// free of control characters and their like (S35); what is markup differs from
// channel to channel, and is theirs to escape.
type Digest struct {
	Headline string   `json:"headline"`
	Checked  string   `json:"checked,omitempty"`
	Problems []string `json:"problems,omitempty"`
	// Sections are the organizations in which something happened, those with
	// holds first; More counts those left out.
	Sections []Section `json:"sections,omitempty"`
	More     int       `json:"more_sections,omitempty"`
	Next     string    `json:"next,omitempty"`
}

// Section is one organization of a digest, or what holds the whole run.
type Section struct {
	Title string   `json:"title"`
	Holds []string `json:"holds,omitempty"`
	Held  Lines    `json:"held"`
	Ways  []Way    `json:"ways,omitempty"`
	Done  Lines    `json:"changes"`
}

// Way is what to type, in order, to let pass what is held, and when.
type Way struct {
	When     string   `json:"when"`
	Commands []string `json:"commands"`
}

// String is the way as a sentence.
func (w Way) String() string { return w.When + ": " + strings.Join(w.Commands, ", then ") }

// Lines are the first of some changes, and how many there are in all.
type Lines struct {
	First []Line `json:"-"` // people: they stand in mails, not in a webhook's payload
	All   int    `json:"count"`
}

// More is how many are left out.
func (l Lines) More() int { return l.All - len(l.First) }

// Line is one change.
type Line struct{ Symbol, Who, What, Why string }

// What a digest shows at most: it says that something happened, the report
// says all of it.
const (
	maxSections = 20
	maxProblems = 10
)

// NewDigest shortens a report, to so many lines for the changes of each organization.
func NewDigest(r *sync.Report, o Options, lines int) Digest {
	o.Color = false
	p := newPrinter(nil, r, o)
	d := Digest{Headline: p.headline(), Checked: strings.TrimSpace("Checked " + checked(r.Plan) + ". " + queued(r.Plan)), Problems: someProblems(p.problems()), Next: p.nextText()}
	for _, h := range p.holdsElsewhere() {
		title := "The whole run"
		if h.Organization != "" {
			title = brief(h.Organization)
		}
		d.Sections = append(d.Sections, Section{Title: title, Holds: holdTexts([]sync.Hold{h}), Held: Lines{All: h.Changes}, Ways: p.ways([]sync.Hold{h})})
	}
	for i := range r.Plan.Organizations {
		if s := p.section(&r.Plan.Organizations[i], lines); len(s.Holds) > 0 || s.Held.All > 0 || s.Done.All > 0 {
			d.Sections = append(d.Sections, s)
		}
	}
	slices.SortStableFunc(d.Sections, func(a, b Section) int { return b.weight() - a.weight() })
	if d.More = len(d.Sections) - maxSections; d.More > 0 {
		d.Sections = d.Sections[:maxSections]
	}
	d.More = max(0, d.More)
	return d
}

// weight puts what somebody has to decide first.
func (s *Section) weight() int {
	switch {
	case len(s.Ways) > 0:
		return 2
	case len(s.Holds) > 0:
		return 1
	}
	return 0
}

func (p *printer) section(o *sync.OrganizationPlan, lines int) Section {
	holds := p.holdsOf(o)
	s := Section{Title: p.heading(o), Holds: holdTexts(holds), Ways: append(p.ways(holds), p.rebinds(holds)...)}
	known := onlyHold(holds)
	for i := range o.Changes {
		c := &o.Changes[i]
		switch c.State {
		case sync.Held:
			p.add(&s.Held, c, known, lines)
		case sync.Ready:
			p.add(&s.Done, c, nil, lines)
		case sync.Skipped:
		}
	}
	return s
}

// rebinds are the ways to end the holds of ids that an admin can decide (S02).
func (p *printer) rebinds(holds []sync.Hold) []Way {
	var ways []Way
	for _, h := range holds {
		if h.Conflict != nil && !p.options.NoHints {
			ways = append(ways, Way{"if " + brief(h.Conflict.Email) + " is the same person", []string{p.command("rebind", h.Conflict.Email, "--same-person")}},
				Way{"if it is somebody else", []string{p.command("rebind", h.Conflict.Email, "--new-person")}})
		}
	}
	return ways
}

func (p *printer) add(l *Lines, c *sync.Change, known []string, most int) {
	if l.All++; len(l.First) < most {
		l.First = append(l.First, Line{c.Action.Symbol(), who(c), what(c), p.reason(c, known)})
	}
}

func holdTexts(holds []sync.Hold) []string {
	var texts []string
	for _, h := range holds {
		texts = append(texts, "held by "+brief(holdName(h))+": "+brief(h.Text))
	}
	return texts
}

// problems are what was not read, what stopped, and what failed.
func (p *printer) problems() []string {
	var all []string
	if p.report.Fault != "" {
		all = append(all, "ended early: "+brief(p.report.Fault))
	}
	for _, f := range p.report.Plan.Failures {
		all = append(all, "not read: "+brief(joined(failureText(f))))
	}
	for _, n := range p.report.Stopped {
		all = append(all, "stopped: "+brief(p.label(n.Organization))+": "+brief(n.Text))
	}
	for i := range p.report.Outcomes {
		if o := &p.report.Outcomes[i]; o.Result == sync.Failed {
			all = append(all, fmt.Sprintf("failed: %s %s %s: %s", brief(p.label(o.Change.Organization)), o.Change.Action, who(&o.Change), brief(o.Error)))
		}
	}
	return all
}

// someProblems are the first, with a count of the others.
func someProblems(all []string) []string {
	if more := len(all) - maxProblems; more > 0 {
		all = append(all[:maxProblems:maxProblems], "and "+Count(more, "more problem"))
	}
	return all
}
