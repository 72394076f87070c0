package history

import (
	"bufio"
	_ "embed" // the page
	"fmt"
	"io"
	"strings"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/webpage"
	"rollcall/sync/apply"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

var (
	//go:embed past.html
	pageText string

	pastPage = webpage.Parse("past", pageText)
)

// page is one run, or the difference of two, in the form of a plan's page.
type page struct {
	webpage.Parts
	Title, Headline string
	Facts           []string
	Instance, Made  string // of Clerk (S41)
	// Waiting is what waited and what was skipped.
	Waiting, Sections []section
	// Remarks say what is missing, and Undo takes back what was done.
	Remarks []string
	Undo    string
}

// section is an organization, or what else changes have in common.
type section struct {
	Anchor, Title string
	Lists         []webpage.List
}

// The states of lists, by which the page is filtered. What waited is that of a plan.
const doneState, failedState = "done", "failed"

// Counts say how many people leave, change and join there.
func (s section) Counts() string {
	all := webpage.List{}
	for i := range s.Lists {
		all.Rows = append(all.Rows, s.Lists[i].Rows...)
	}
	return all.Counts()
}

// Contents are all sections.
func (p *page) Contents() []section {
	return append(append([]section(nil), p.Waiting...), p.Sections...)
}

// IsLong reports whether the contents can be folded.
func (p *page) IsLong() bool { return len(p.Waiting)+len(p.Sections) > webpage.LongList }

// RunHTML writes one run as a page that needs nothing else.
func RunHTML(w io.Writer, instance clerkapi.Instance, label func(id string) string, r *Past, o facts.Options) error {
	p := newPage(instance, o)
	p.Title = fmt.Sprintf("rollcall run %d", r.Run.ID)
	p.Facts = append([]string{Title(&r.Run)}, Remarks(&r.Run)...)
	done := section{}
	for place, entries := range ByPlace(Entries(r.Changes, label)) {
		s := section{Title: place, Lists: outcomes(entries)}
		for _, l := range s.Lists {
			if l.State == doneState {
				done.Lists = append(done.Lists, l)
			}
		}
		p.Sections = append(p.Sections, s)
	}
	p.Headline = "Done: no changes."
	if counts := done.Counts(); counts != "" {
		p.Headline = "Done: " + counts + "."
	}
	p.addWaited(r)
	p.Remarks = append(p.Remarks, r.UndoTexts()...)
	if text := r.OpenText(); text != "" {
		p.Remarks = append(p.Remarks, text)
	}
	p.Undo = r.Undo(o.Flags)
	return p.write(w)
}

// DifferenceHTML writes what two runs do not have in common as a page.
func DifferenceHTML(w io.Writer, instance clerkapi.Instance, label func(id string) string, d *Difference, o facts.Options) error {
	p := newPage(instance, o)
	p.Title = fmt.Sprintf("rollcall run %d, compared with run %d", d.Run.ID, d.Before.ID)
	p.Facts, p.Remarks = []string{Title(&d.Run), "Compared with: " + Title(&d.Before)}, d.Remarks()
	var parts []string
	for _, of := range d.Sections() {
		s := section{Title: of.Title + ": " + facts.Count(of.All, "change")}
		parts = append(parts, facts.Number(of.All)+" "+strings.ToLower(of.Title[:1])+of.Title[1:])
		for place, entries := range ByPlace(Entries(of.First, label)) {
			for _, l := range outcomes(entries) {
				l.Heading = place + ", " + strings.ToLower(l.Heading)
				s.Lists = append(s.Lists, l)
			}
		}
		p.Sections = append(p.Sections, s)
	}
	p.Headline = "The plans of the two runs have the same changes."
	if len(parts) > 0 {
		p.Headline = strings.Join(parts, "; ") + "."
	}
	return p.write(w)
}

func newPage(instance clerkapi.Instance, o facts.Options) *page {
	return &page{Parts: webpage.NewParts(), Instance: facts.InstanceLine(instance), Made: o.Made()}
}

func (p *page) write(w io.Writer) error {
	anchors := webpage.Anchors{}
	for _, sections := range [][]section{p.Waiting, p.Sections} {
		for i := range sections {
			sections[i].Anchor = anchors.ID("o-" + sections[i].Title)
		}
	}
	buffered := bufio.NewWriter(w)
	if err := pastPage().Execute(buffered, p); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

// outcomes are changes by what became of them.
func outcomes(entries []Entry) []webpage.List {
	lists := []webpage.List{{State: doneState, Heading: "Done"}, {State: failedState, Heading: "Not done"}, {State: string(plan.Held), Heading: "Waited"}}
	for i := range entries {
		e := &entries[i]
		row := webpage.NewRow(&e.Change, e.Reason())
		to := &lists[0]
		if result := e.Result(); result != "" {
			row.Why = result + "; " + row.Why
			row.Failed = e.Of.Result == string(apply.Failed)
			to = &lists[1]
		}
		if e.Of.Result == Waits {
			to = &lists[2]
		}
		to.Rows = append(to.Rows, row)
	}
	var out []webpage.List
	for _, l := range lists {
		if webpage.SortRows(l.Rows); len(l.Rows) > 0 {
			out = append(out, l)
		}
	}
	return out
}

// addWaited adds what the run left out, as far as that is known.
func (p *page) addWaited(r *Past) {
	if r.Waited == nil {
		if memory.SummaryOf(r.Run.Summary).Waiting > 0 {
			p.Remarks = append(p.Remarks, "Which changes waited is not known.")
		}
		return
	}
	for _, of := range []struct {
		title string
		state plan.State
		parts []plan.Organization
	}{{"Waited for approval", plan.Held, r.Waited.Approval}, {"Waited for a fix", plan.Held, r.Waited.Fix}, {"Skipped", plan.Skipped, r.Waited.Skipped}} {
		s := section{Title: of.title}
		for i := range of.parts {
			s.Lists = append(s.Lists, leftOut(of.state, &of.parts[i]))
		}
		if len(s.Lists) > 0 {
			p.Waiting = append(p.Waiting, s)
		}
	}
	if rest := RestText(r.Waited); rest != "" {
		p.Remarks = append(p.Remarks, rest)
	}
}

// leftOut are the changes of an organization that a run left out, with the reason.
func leftOut(state plan.State, o *plan.Organization) webpage.List {
	l := webpage.List{State: string(state), Heading: escape.Brief(o.Label())}
	for _, c := range facts.Shown(o) {
		why := escape.Brief(c.Because)
		if c.Why != "" {
			why += "; " + escape.Brief(c.Why)
		}
		l.Rows = append(l.Rows, webpage.NewRow(c, why))
	}
	webpage.SortRows(l.Rows)
	return l
}
