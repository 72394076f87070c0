package report

import (
	"fmt"
	"slices"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/webpage"
	"rollcall/sync"
	"rollcall/sync/plan"
)

// document is a report for a file that somebody keeps or passes on: whole, in
// the order of the text. Its values are free of control characters and their
// like (S35); what is markup is the form's own to escape.
type document struct {
	Title    string
	Made     string
	Headline string
	Checked  string
	Instance string // of Clerk (S41)
	Cost     []string
	Problems []string
	// Waiting is what waits: what somebody may approve comes first.
	Waiting []section
	// Contents are the organizations in figures. Organizations has the lists of those
	// in which something happens now, waits or is left out, in the same order.
	Contents      contents
	Organizations []section
	// Quiet counts the organizations in which nothing happens.
	Quiet int
	Notes []string
	// Upcoming is what dates will bring.
	Upcoming []string
	Off      []string
	Next     string
	// Whole says where all of a report is, in Markdown.
	Whole string
	// Tallies are the changes by state and kind, Roles the same by role, without the
	// last MoreRoles.
	Tallies   []tally
	Roles     []bar
	MoreRoles int
}

// section is one organization of a document, or one thing that waits. Anchor is its
// id in a page.
type section struct {
	Anchor, Title, Facts string
	// Waits lead from an organization to what waits for it.
	Waits []link
	Holds []string
	Ways  []facts.Way
	Lists []webpage.List
	Notes []string
}

// link leads to another place of the page.
type link struct{ Anchor, Text string }

// layout makes a document of a report.
type layout struct{ *facts.Facts }

// newDocument turns a report into what every document shows.
func newDocument(r *sync.Report, o facts.Options) *document {
	o.Color, o.Width = false, 0
	p := layout{facts.New(r, o)}
	d := &document{Title: p.title(), Headline: p.Headline(), Instance: escape.Brief(r.Plan.Instance.String()), Checked: "Checked " + facts.Checked(r.Plan) + ".", Cost: p.CostTexts(),
		Problems: p.Problems(), Next: p.Next(), Tallies: p.tallies(), Made: o.Made(), Whole: p.whole()}
	d.Roles, d.MoreRoles = roles(r.Plan)
	waits := p.waitingSections(d)
	p.organizations(d, waits)
	d.Notes = noteTexts(r.Plan.Notes)
	d.Upcoming = p.UpcomingTexts()
	for _, name := range r.Plan.HistoryOff {
		d.Off = append(d.Off, escape.Brief(name))
	}
	return d
}

// whole says which form has all of the report.
func (p layout) whole() string {
	if p.Options.NoHints || p.Report.Applied {
		return "The forms `html`, `csv` and `json` have all of it."
	}
	return "This command writes all of it: " + span(p.PlanAgain()+" --output html > plan.html")
}

func (p layout) title() string {
	verb := "plan"
	switch {
	case p.Options.Compared != (facts.Compared{}):
		verb = "diff"
	case len(p.Report.Plan.Undoes) > 0:
		verb = "undo"
	case p.Report.Applied:
		verb = "apply"
	}
	return "rollcall " + verb
}

// waitingSections adds what waits, and returns by organization where that is.
func (p layout) waitingSections(d *document) map[string][]link {
	waits := map[string][]link{}
	approvable, others := p.Blocks()
	for i, b := range slices.Concat(approvable, others) {
		s := p.waitingSection(&b)
		s.Anchor = fmt.Sprintf("w%d", i+1)
		d.Waiting = append(d.Waiting, s)
		for j := range b.Parts {
			id := b.Parts[j].ID
			waits[id] = append(waits[id], link{s.Anchor, s.Title})
		}
	}
	return waits
}

func (p layout) waitingSection(b *facts.Block) section {
	s := section{Title: b.Title, Holds: b.Why, Ways: b.Ways}
	for i := range b.Parts {
		s.Lists = append(s.Lists, p.listOf(plan.Held, "Waiting in "+escape.Brief(b.Parts[i].Label()), facts.Shown(&b.Parts[i]), b.Known))
	}
	return s
}

// organizations adds the contents and the organizations, first those that lose
// most people.
func (p layout) organizations(d *document, waits map[string][]link) {
	rows := organizationRows(p.Facts)
	position, anchors := map[string]int{}, webpage.Anchors{}
	for i := range rows {
		rows[i].Anchor = anchors.ID("o-" + rows[i].Label)
		position[rows[i].id] = i
	}
	d.Contents = newContents(rows)
	d.Organizations = make([]section, len(rows))
	for i := range p.Report.Plan.Organizations {
		o := &p.Report.Plan.Organizations[i]
		at, listed := position[o.ID]
		switch {
		case listed:
			d.Organizations[at] = p.wholeSection(o, waits[o.ID])
			d.Organizations[at].Anchor = rows[at].Anchor
		case !p.IsQuiet(o): // it has notes only
			s := p.wholeSection(o, nil)
			s.Anchor = anchors.ID("o-" + escape.Brief(o.Label()))
			d.Organizations = append(d.Organizations, s)
		default:
			d.Quiet++
		}
	}
}

func (p layout) wholeSection(o *plan.Organization, waits []link) section {
	title, figures := p.HeadingParts(o)
	s := section{Title: title, Facts: figures, Waits: waits, Notes: noteTexts(o.Notes)}
	if len(waits) == 0 && len(p.Holds[o.ID]) > 0 {
		s.Waits = []link{{"waits", "all of it"}}
	}
	for _, l := range []webpage.List{p.listOf(plan.Ready, "Changes", facts.OfState(o, plan.Ready), 0), p.listOf(plan.Skipped, "Skipped", facts.OfState(o, plan.Skipped), 0)} {
		if len(l.Rows) > 0 {
			s.Lists = append(s.Lists, l)
		}
	}
	return s
}

func noteTexts(notes []plan.Note) []string {
	var texts []string
	for _, n := range facts.UrgentFirst(notes) {
		texts = append(texts, facts.Note(n))
	}
	return texts
}
