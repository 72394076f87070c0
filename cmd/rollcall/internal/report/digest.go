package report

import (
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/plan"
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
	Title string      `json:"title"`
	Holds []string    `json:"holds,omitempty"`
	Held  Lines       `json:"held"`
	Ways  []facts.Way `json:"ways,omitempty"`
	// Hash approves what waits; empty if no approval does, or if not all of it is here.
	Hash string `json:"hash,omitempty"`
	Done Lines  `json:"changes"`
}

// Lines are the first of some changes, and how many there are in all. Whoever
// becomes admin is among the first, however many they are (S43).
type Lines struct {
	First []Line `json:"-"` // people: they stand in mails, not in a webhook's payload
	All   int    `json:"count"`
	// Admins is how many of them become admin.
	Admins int `json:"become_admin,omitempty"`
}

// More is how many are left out.
func (l Lines) More() int { return l.All - len(l.First) }

// Line is one change.
type Line struct {
	Symbol, Who, What, Why string
	Admin                  bool // becomes one
}

// The limits of a digest: it says that something happened, and the report has the
// rest.
const (
	maxSections = 20
	maxProblems = 10
)

// digester shortens a report.
type digester struct{ *facts.Facts }

// NewDigest shortens a report, to so many lines for the changes of each organization.
func NewDigest(r *sync.Report, o facts.Options, lines int) Digest {
	o.Color, o.Width = false, 0
	p := digester{facts.New(r, o)}
	d := Digest{Headline: p.Headline(), Checked: strings.TrimSpace("Checked " + facts.Checked(r.Plan) + ". " + facts.Queued(r.Plan)), Problems: someProblems(p.Problems()), Next: p.Next()}
	approvable, others := p.Blocks()
	for _, b := range slices.Concat(approvable, others) {
		d.Sections = append(d.Sections, p.waiting(&b, lines))
	}
	for i := range r.Plan.Organizations {
		if s := p.section(&r.Plan.Organizations[i], lines); s.Done.All > 0 || r.Plan.Organizations[i].Seats.Missing > 0 {
			d.Sections = append(d.Sections, s)
		}
	}
	slices.SortStableFunc(d.Sections, func(a, b Section) int { return b.weight() - a.weight() })
	most := maxSections
	for most < len(d.Sections) && d.Sections[most].Admins() > 0 {
		most++
	}
	d.More = max(0, len(d.Sections)-most)
	d.Sections = d.Sections[:len(d.Sections)-d.More]
	return d
}

// Admins is how many people become admin there.
func (s *Section) Admins() int { return s.Held.Admins + s.Done.Admins }

// weight puts first where somebody becomes admin (S43), then what somebody has to
// decide.
func (s *Section) weight() int {
	switch {
	case s.Admins() > 0 && len(s.Ways) > 0:
		return 4
	case s.Admins() > 0:
		return 3
	case len(s.Ways) > 0:
		return 2
	case len(s.Holds) > 0:
		return 1
	}
	return 0
}

// waiting is a block that waits.
func (p digester) waiting(b *facts.Block, lines int) Section {
	s := Section{Title: b.Title, Holds: b.Why, Ways: b.Ways, Hash: b.Hash}
	for i := range b.Parts {
		for _, c := range facts.Shown(&b.Parts[i]) {
			p.add(&s.Held, c, b.Known, lines)
		}
	}
	return s
}

// section is what happens in an organization now.
func (p digester) section(o *plan.Organization, lines int) Section {
	s := Section{Title: p.Heading(o)}
	if o.Seats.Missing > 0 {
		s.Holds = append(s.Holds, o.Seats.MissingText(o.Seats.Missing, o.Seats.Freed)+" (S19)")
	}
	for _, c := range facts.OfState(o, plan.Ready) {
		p.add(&s.Done, c, 0, lines)
	}
	return s
}

func (p digester) add(l *Lines, c *plan.Change, known plan.Reasons, most int) {
	l.All++
	admin := c.Admin == plan.AdminGained
	if admin {
		l.Admins++
	}
	if len(l.First) < most || admin && most > 0 {
		l.First = append(l.First, Line{c.Action.Symbol(), facts.Person(c), facts.Change(c), p.Reason(c, known), admin})
	}
}

// someProblems are the first, with a count of the others.
func someProblems(all []string) []string {
	if more := len(all) - maxProblems; more > 0 {
		all = append(all[:maxProblems:maxProblems], "and "+facts.Count(more, "more problem"))
	}
	return all
}
