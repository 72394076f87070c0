package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync"
	"rollcall/sync/plan"
)

// maxNotes bounds the notes shown of each organization and of the run; JSON has all.
const maxNotes = 20

// Text writes a report for people: the headline, what waits with its commands,
// what happens in each organization, what failed, and what to type next.
func Text(w io.Writer, r *sync.Report, o facts.Options) error {
	buffered := bufio.NewWriter(w)
	p := newPrinter(buffered, r, o)
	p.line("", "%s", p.Paint(terminal.Bold, p.Headline()))
	if p.Domain != "" {
		p.line("", "Addresses without a domain are @%s.", p.Domain)
	}
	p.urgent()
	p.Line("")
	if p.isLarge() {
		tabler{p}.write()
	}
	setPrinter{p}.waiting()
	if p.isShort() {
		p.most()
	} else {
		p.organizations()
	}
	p.notes("", r.Plan.Notes)
	p.upcoming()
	p.summary()
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// namedAdmins is how many people the top of a report names who become admin; its
// lists name all of them (S43).
const namedAdmins = 10

// urgent says, above lists that are long, who becomes admin and what an apply would
// do: the first screen has to answer that.
func (p *printer) urgent() {
	waits := slices.ContainsFunc(p.Report.Plan.Holds, func(h plan.Hold) bool { return h.Approval != "" })
	if p.Report.Applied || !waits && !p.isLarge() {
		return
	}
	admins, more := p.newAdmins(), ""
	if n := len(admins) - namedAdmins; n > 0 {
		admins, more = admins[:namedAdmins], fmt.Sprintf(" and %s more", facts.Number(n))
	}
	if len(admins) > 0 {
		p.line("", "Become admin: %s%s.", strings.Join(admins, ", "), more)
	}
	if waits && !p.Options.NoHints {
		p.line("", "Nothing has changed yet. %s does what does not wait; what waits stays until it is approved.", p.ApplyNow())
	}
}

// newAdmins names who becomes admin, where, and whether it waits.
func (p *printer) newAdmins() []string {
	var names []string
	for o, c := range p.Report.Plan.Changes() {
		if c.Admin != plan.AdminGained || c.State == plan.Skipped {
			continue
		}
		place := escape.Brief(o.Label())
		if c.State == plan.Held {
			place += ", waits"
		}
		names = append(names, p.ShortPerson(c)+" ("+place+")")
	}
	return names
}

// printer writes one report as text.
type printer struct {
	terminal.Writer
	*facts.Facts
}

func newPrinter(w *bufio.Writer, r *sync.Report, o facts.Options) *printer {
	return &printer{terminal.Writer{Writer: w}, facts.New(r, o)}
}

// line writes an indented line. What does not fit the terminal goes below, behind a
// bar.
func (p *printer) line(indent, format string, args ...any) {
	p.Line("%s", terminal.Wrap(indent+fmt.Sprintf(format, args...), p.Options.Width, len(indent)))
}

// largePlan is from how many changes on a table of organizations comes first, and
// a terminal gets no more of the lists than a person reads.
const largePlan = 100

func (p *printer) isLarge() bool {
	n := 0
	for i := range p.Report.Plan.Organizations {
		n += len(p.Report.Plan.Organizations[i].Changes)
	}
	return n > largePlan
}

// isShort reports whether lists are cut.
func (p *printer) isShort() bool { return p.Options.Width > 0 && !p.Options.All && p.isLarge() }

// organizations shows what is done in each, in the plan's order. What waits there
// has its own place.
func (p *printer) organizations() {
	for i := range p.Report.Plan.Organizations {
		if o := &p.Report.Plan.Organizations[i]; !p.IsQuiet(o) {
			p.organization(o)
		}
	}
}

func (p *printer) organization(o *plan.Organization) {
	p.line("", "%s", p.Heading(o))
	p.people(facts.OfState(o, plan.Ready), "  ", 0)
	if facts.HasState(o, plan.Skipped) {
		p.Line("  %s", p.Paint(terminal.Yellow, "skipped:"))
		p.people(facts.OfState(o, plan.Skipped), "    ", 0)
	}
	p.notes("  ", o.Notes)
	p.Line("")
}

func (p *printer) notes(indent string, notes []plan.Note) {
	for i, n := range notes {
		if i == maxNotes {
			p.Line("%s… and %s (--output json has all)", indent, facts.Count(len(notes)-i, "more note"))
			return
		}
		p.line(indent, "%s %s", p.Paint(terminal.Dim, "note:"), facts.Note(n))
	}
}
