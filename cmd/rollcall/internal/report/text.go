package report

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

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
	lines := &lineCounter{to: w}
	buffered := bufio.NewWriter(lines)
	p := newPrinter(buffered, r, o)
	said := p.top()
	_ = buffered.Flush() // the last one says whether it failed
	from := lines.n
	approvable, others := p.Blocks()
	setPrinter{p}.causes(others)
	if p.isLarge() {
		tabler{p}.write()
	}
	setPrinter{p}.approvals(approvable)
	if p.isShort() {
		p.most()
	} else {
		p.organizations()
	}
	p.notes("", r.Plan.Notes)
	outranked(p)
	p.upcoming()
	p.summary()
	_ = buffered.Flush() // as above
	if !said || lines.n-from > screenLines {
		p.next()
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// screenLines is how many lines a small screen shows at once. What stands above so many
// is said again at the end.
const screenLines = 24

// lineCounter counts the lines that pass through it.
type lineCounter struct {
	to io.Writer
	n  int
}

func (c *lineCounter) Write(data []byte) (int, error) {
	c.n += bytes.Count(data, []byte("\n"))
	return c.to.Write(data)
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

// command writes what to type, after the words that introduce it. Where the two do
// not fit into a line, the command has lines of its own, which can be pasted.
func (p *printer) command(indent, words, command string) {
	if p.Options.Width == 0 || terminal.Width(indent+words+command) <= p.Options.Width {
		p.Line("%s%s%s", indent, words, command)
		return
	}
	p.line(indent, "%s", strings.TrimRight(words, " "))
	indent += "  "
	p.Line("%s%s", indent, terminal.WrapCommand(command, p.Options.Width, len(indent)))
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
		skipped := facts.OfState(o, plan.Skipped)
		title, known := "skipped:", plan.Reasons(0)
		if !slices.ContainsFunc(skipped, func(c *plan.Change) bool { return c.SkippedFor() != plan.Paused }) {
			title, known = plan.Paused.Sentence()+":", known.With(plan.Paused)
		}
		p.Line("  %s", p.Paint(terminal.Yellow, title))
		p.people(skipped, "    ", known)
	}
	p.notes("  ", p.NotesOf(o))
	p.Line("")
}

// outranked says in one line what is so in every plan: some people are in the
// groups of two rules.
func outranked(p *printer) {
	if p.Options.Width == 0 || p.Options.All {
		return
	}
	n := 0
	for i := range p.Report.Plan.Organizations {
		for _, note := range p.Report.Plan.Organizations[i].Notes {
			n += note.People
		}
	}
	if n > 0 {
		p.line("", "%s %s in the groups of two rules with different roles: the first rule decides (--all names them)",
			p.Paint(terminal.Dim, "note:"), facts.Count(n, "person")+map[bool]string{true: " is", false: " are"}[n == 1])
	}
}

func (p *printer) notes(indent string, notes []plan.Note) {
	for i, n := range facts.UrgentFirst(notes) {
		if i == maxNotes {
			p.Line("%s… and %s (--output json has all)", indent, facts.Count(len(notes)-i, "more note"))
			return
		}
		p.line(indent, "%s %s", p.Paint(terminal.Dim, "note:"), facts.Note(n))
	}
}
