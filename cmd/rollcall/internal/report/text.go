package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"rollcall/sync"
)

// Options say how a report is shown.
type Options struct {
	// Color uses terminal colours.
	Color bool
	// Flags follow the verb in the commands that a report suggests, such as
	// "--config", "rollcall.yaml".
	Flags []string
	// Kept says that the held sets were kept, so that approve knows them.
	Kept bool
	// NoHints leaves out what to type next.
	NoHints bool
	// Most bounds the changes of one kind that the text lists of an
	// organization, and the organizations it lists, for a terminal; 0 lists all.
	Most int
	// At is when the report was made, and Version by which rollcall; files that
	// are kept or passed on say so.
	At      time.Time
	Version string
}

// maxNotes bounds the notes shown of each organization and of the run; JSON has all.
const maxNotes = 20

// Text writes a report for people.
func Text(w io.Writer, r *sync.Report, o Options) error {
	buffered := bufio.NewWriter(w)
	p := newPrinter(buffered, r, o)
	p.organizations()
	p.runHolds()
	p.notes("", r.Plan.Notes)
	p.upcoming()
	p.summary()
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// Held writes the changes of a held set again.
func Held(w io.Writer, organizations []sync.OrganizationPlan, o Options) error {
	buffered := bufio.NewWriter(w)
	p := &printer{Writer: buffered, style: style{o.Color}, report: &sync.Report{}, options: o}
	for i := range organizations {
		p.line("%s", brief(organizations[i].Label()))
		p.changes(&organizations[i], sync.Held, "  ", nil)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// printer writes one report. Errors of writing stay in the buffered writer
// until Flush.
type printer struct {
	*bufio.Writer
	style
	report   *sync.Report
	options  Options
	outcomes map[sync.Change]sync.Outcome
}

func newPrinter(w *bufio.Writer, r *sync.Report, o Options) *printer {
	p := &printer{Writer: w, style: style{o.Color}, report: r, options: o, outcomes: map[sync.Change]sync.Outcome{}}
	for _, outcome := range r.Outcomes {
		p.outcomes[outcome.Change] = outcome
	}
	return p
}

func (p *printer) line(format string, args ...any) {
	_, _ = fmt.Fprintf(p, format+"\n", args...) // kept by the bufio.Writer
}

// organizations shows them in the plan's order. Where they are bounded, one
// that is held is shown all the same.
func (p *printer) organizations() {
	shown, more, changes := 0, 0, 0
	for i := range p.report.Plan.Organizations {
		o := &p.report.Plan.Organizations[i]
		switch {
		case p.silent(o):
		case p.options.Most > 0 && shown >= p.options.Most && len(p.holdsOf(o)) == 0:
			more++
			changes += len(o.Changes)
		default:
			p.organization(o)
			shown++
		}
	}
	if more > 0 {
		p.line("… and %s with %s (%s)\n", Count(more, "more organization"), Count(changes, "change"), wholeReport)
	}
}

// wholeReport says where to find what a terminal was spared.
const wholeReport = "--output html and the other forms have all"

// silent reports whether nothing happens in an organization.
func (p *printer) silent(o *sync.OrganizationPlan) bool {
	return len(o.Changes) == 0 && len(o.Notes) == 0 && len(p.holdsOf(o)) == 0
}

func (p *printer) organization(o *sync.OrganizationPlan) {
	holds := p.holdsOf(o)
	p.line("%s", p.heading(o))
	p.changes(o, sync.Ready, "  ", nil)
	for _, h := range holds {
		p.line("  %s %s", p.paint(magenta, "held by "+brief(holdName(h))+":"), brief(h.Text))
	}
	if len(holds) == 0 && has(o, sync.Held) {
		p.line("  %s", p.paint(magenta, "held:")) // by what holds the whole run
	}
	p.changes(o, sync.Held, "    ", onlyHold(holds))
	p.approvals(holds)
	p.conflicts(holds)
	if has(o, sync.Skipped) {
		p.line("  %s", p.paint(yellow, "skipped:"))
		p.changes(o, sync.Skipped, "    ", nil)
	}
	p.notes("  ", o.Notes)
	p.line("")
}

// conflicts says how to end the holds of ids that an admin can decide (S02).
func (p *printer) conflicts(holds []sync.Hold) {
	for _, h := range holds {
		if h.Conflict != nil && !p.options.NoHints {
			p.line("  say who %s is: %s, or --new-person", brief(h.Conflict.Email), p.command("rebind", h.Conflict.Email, "--same-person"))
		}
	}
}

func (p *printer) heading(o *sync.OrganizationPlan) string {
	title, facts := p.headingParts(o)
	return title + ": " + facts
}

func (p *printer) headingParts(o *sync.OrganizationPlan) (title, facts string) {
	title = p.paint(bold, brief(o.Label()))
	if o.Name != "" && !strings.EqualFold(o.Name, o.Label()) {
		title += " (" + brief(o.Name) + ")"
	}
	members, admins := o.Members, o.AdminsAfter
	for i := range o.Changes {
		c := &o.Changes[i]
		switch {
		case c.State != sync.Ready:
		case p.happens(c):
			members += membershipDelta(c.Action)
		default:
			admins -= adminDelta(c.Admin)
		}
	}
	figures := []string{change(o.Members, members, "member"), change(o.AdminsBefore, admins, "admin")}
	if o.Seats.Limit > 0 {
		figures = append(figures, fmt.Sprintf("seats %d → %d of %d", o.Seats.Before, o.Seats.After, o.Seats.Limit))
	}
	return title, strings.Join(figures, ", ")
}

func has(o *sync.OrganizationPlan, state sync.State) bool {
	return slices.ContainsFunc(o.Changes, func(c sync.Change) bool { return c.State == state })
}

// happens reports whether a ready change counts: in a plan each does, in what
// was applied those that Clerk did.
func (p *printer) happens(c *sync.Change) bool {
	return !p.report.Applied || p.outcomes[*c].Result == sync.Done
}

func adminDelta(effect sync.AdminEffect) int {
	switch effect {
	case sync.AdminGained:
		return 1
	case sync.AdminLost:
		return -1
	}
	return 0
}

func membershipDelta(a sync.Action) int {
	switch a {
	case sync.Add, sync.CreateUser:
		return 1
	case sync.Remove:
		return -1
	case sync.Invite, sync.SetRole, sync.SetMetadata, sync.Adopt, sync.RevokeInvitation:
	}
	return 0
}

func change(before, after int, noun string) string {
	if before == after {
		return Count(before, noun)
	}
	return fmt.Sprintf("%d → %s", before, Count(after, noun))
}

// onlyHold is what the changes under a single heading need not repeat.
func onlyHold(holds []sync.Hold) []string {
	if len(holds) != 1 {
		return nil
	}
	h := holds[0]
	return []string{holdName(h), "guard " + holdName(h)}
}

// changes shows the changes of one state, aligned. known are reasons that the
// heading has given already.
func (p *printer) changes(o *sync.OrganizationPlan, state sync.State, indent string, known []string) {
	var rows [][]string
	var symbols []string
	seen := map[string]int{}
	for i := range o.Changes {
		c := &o.Changes[i]
		if c.State != state {
			continue
		}
		if seen[c.Action.Symbol()]++; p.options.Most > 0 && seen[c.Action.Symbol()] > p.options.Most {
			continue
		}
		symbols = append(symbols, c.Action.Symbol())
		rows = append(rows, []string{who(c), what(c), p.reason(c, known)})
	}
	for i, line := range table(rows) {
		p.line("%s%s %s", indent, p.symbol(symbols[i]), line)
	}
	for _, symbol := range []string{"+", "~", "-"} {
		if more := seen[symbol] - p.options.Most; p.options.Most > 0 && more > 0 {
			p.line("%s%s … and %d more (%s)", indent, p.symbol(symbol), more, wholeReport)
		}
	}
}

func (p *printer) symbol(s string) string {
	return p.paint(map[string]paint{"+": green, "-": red, "~": yellow}[s], s)
}

// reason says why a change is there, and what became of it.
func (p *printer) reason(c *sync.Change, known []string) string {
	because := brief(c.Because)
	if !slices.Contains(known, c.Why) {
		because = join(because, brief(c.Why))
	}
	if c.State != sync.Ready || !p.report.Applied {
		return p.paint(dim, because)
	}
	outcome, tried := p.outcomes[*c]
	switch {
	case !tried:
		return p.paint(red, "NOT SENT") + "; " + because
	case outcome.Result == sync.Failed:
		return p.paint(red, "FAILED: ") + brief(outcome.Error) + "; " + because
	case outcome.Result == sync.Done:
		return p.paint(dim, because)
	}
	return p.paint(yellow, string(outcome.Result)+": ") + join(brief(outcome.Error), because)
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

func (p *printer) notes(indent string, notes []sync.Note) {
	for i, n := range notes {
		if i == maxNotes {
			p.line("%s… and %s (--output json has all)", indent, Count(len(notes)-i, "more note"))
			return
		}
		p.line("%s%s %s", indent, p.paint(dim, "note:"), noteText(n))
	}
}

func noteText(n sync.Note) string {
	subject := ""
	if n.Email != "" && !strings.HasPrefix(n.Text, n.Email) {
		subject = brief(n.Email) + ": "
	}
	return subject + brief(n.Text) + unsaid(n)
}

// unsaid is the rule's number, unless the text names it itself.
func unsaid(n sync.Note) string {
	if strings.Contains(n.Text, rule(n.Rule)) {
		return ""
	}
	return rule(brief(n.Rule))
}

func rule(number string) string {
	if number == "" {
		return ""
	}
	return " (" + number + ")"
}

// holdName is a guard with its rule, or the rule alone.
func holdName(h sync.Hold) string {
	if h.Guard == "" || h.Guard == h.Rule {
		return "rule " + h.Rule
	}
	return h.Guard + rule(cmp.Or(h.Rule))
}

// Count is a number with its noun: "1 group", "2 groups", "3 people".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if noun == "person" {
		return fmt.Sprintf("%d people", n)
	}
	if s, ok := strings.CutSuffix(noun, "y"); ok {
		noun = s + "ie"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
