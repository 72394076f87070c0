package report

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/sync"
)

func (p *printer) holdsOf(o *sync.OrganizationPlan) []sync.Hold {
	var holds []sync.Hold
	for _, h := range p.report.Plan.Holds {
		if h.Organization != "" && h.Organization == o.ID {
			holds = append(holds, h)
		}
	}
	return holds
}

// runHolds shows what holds the whole run, and organizations that do not exist.
func (p *printer) runHolds() {
	rest := p.holdsElsewhere()
	for _, h := range rest {
		subject := ""
		if h.Organization != "" {
			subject = brief(h.Organization) + ": "
		}
		p.line("%s%s %s", subject, p.paint(magenta, "held by "+brief(holdName(h))+":"), brief(h.Text))
	}
	p.approvals(rest)
}

// holdsElsewhere are those that no organization of the plan shows.
func (p *printer) holdsElsewhere() []sync.Hold {
	var rest []sync.Hold
	for _, h := range p.report.Plan.Holds {
		known := func(o sync.OrganizationPlan) bool { return h.Organization == o.ID }
		if h.Organization == "" || !slices.ContainsFunc(p.report.Plan.Organizations, known) {
			rest = append(rest, h)
		}
	}
	return rest
}

// shortHash is how much of a hash approve is shown with.
const shortHash = 12

// approvals says how to let held changes pass.
func (p *printer) approvals(holds []sync.Hold) {
	for _, w := range p.ways(holds) {
		p.line("  %s", w)
	}
}

// ways are the commands that let held changes pass; guards of one organization
// share their hash.
func (p *printer) ways(holds []sync.Hold) []Way {
	if p.options.NoHints {
		return nil
	}
	var ways []Way
	var seen []string
	for _, h := range holds {
		if h.Approval == "" || slices.Contains(seen, h.Approval) {
			continue
		}
		seen = append(seen, h.Approval)
		at := "if this is meant"
		if p.options.Kept {
			ways = append(ways, Way{at, []string{p.command("approve", h.Approval[:min(shortHash, len(h.Approval))]) + " --reason WHY", p.apply()}})
			at = "or at once"
		}
		ways = append(ways, Way{at, []string{p.apply("--approve", h.Approval)}})
	}
	return ways
}

func (p *printer) summary() {
	plan := p.report.Plan
	for _, f := range plan.Failures {
		p.line("%s %s", p.paint(red, "not read:"), brief(failureText(f)))
	}
	for _, n := range p.report.Stopped {
		p.line("%s %s: %s", p.paint(red, "stopped:"), brief(p.label(n.Organization)), brief(n.Text))
	}
	p.historyOff()
	p.line("%s", p.paint(bold, p.headline()))
	p.line("Checked %s.", checked(plan))
	p.cost()
	p.requests()
	p.next()
}

// historyOff lists what does not watch over this run, a few to a line.
func (p *printer) historyOff() {
	off := p.report.Plan.HistoryOff
	if len(off) == 0 {
		return
	}
	const width = 98
	line := p.paint(dim, "note:") + " these protections need a memory of earlier runs that is not kept, and are off:"
	room := 0
	for i, name := range off {
		if i+1 < len(off) {
			name += ","
		}
		if room -= len(name) + 1; room < 0 {
			p.line("%s", line)
			line, room = "     ", width-len(name)-len("     ")
		}
		line += " " + brief(name)
	}
	p.line("%s", line)
}

func failureText(f sync.Failure) string {
	var subject []string
	if f.Source != "" {
		subject = append(subject, "source "+f.Source)
	}
	if f.Organization != "" {
		subject = append(subject, "organization "+f.Organization)
	}
	if len(subject) == 0 || strings.Contains(f.Text, strings.Join(subject, ", ")) {
		return f.Text
	}
	return strings.Join(subject, ", ") + ": " + f.Text
}

// label is an organization's slug, where the plan knows it.
func (p *printer) label(id string) string {
	for i := range p.report.Plan.Organizations {
		if o := &p.report.Plan.Organizations[i]; o.ID == id {
			return o.Label()
		}
	}
	return id
}

// headline is the one line to read when there is time for one.
func (p *printer) headline() string {
	plan := p.report.Plan
	ready, held, skipped := plan.Count(sync.Ready), plan.Count(sync.Held), plan.Count(sync.Skipped)
	var parts []string
	switch {
	case p.report.Applied && ready > 0:
		parts = append(parts, "Applied: "+p.outcomesText())
	case ready > 0:
		parts = append(parts, "Plan: "+byKind(plan))
	case len(plan.Failures) > 0:
		parts = append(parts, "No changes where reading was possible")
	case len(plan.Holds) > 0:
		parts = append(parts, "Nothing to apply")
	default:
		parts = append(parts, "No changes")
	}
	if held > 0 {
		parts = append(parts, fmt.Sprintf("%d held", held))
	}
	if skipped > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", skipped))
	}
	if p.report.Interrupted {
		parts = append(parts, "interrupted")
	}
	return strings.Join(parts, "; ") + "."
}

func (p *printer) outcomesText() string {
	r := p.report
	parts := []string{fmt.Sprintf("%d done%s", r.Tally(sync.Done), doneByKind(r))}
	for _, one := range []struct {
		n    int
		text string
	}{
		{r.Tally(sync.Found), "so already"}, {r.Tally(sync.Dropped), "left out"},
		{r.Tally(sync.Failed), "failed"}, {r.NotTried, "not sent"},
	} {
		if one.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", one.n, one.text))
		}
	}
	return strings.Join(parts, ", ")
}

// kinds are the words for what is to be done and what was; an invitation
// is told apart, since nobody is in before it is accepted.
var kinds = []struct {
	actions  []sync.Action
	do, done string
}{
	{[]sync.Action{sync.Add, sync.CreateUser}, "add", "added"},
	{[]sync.Action{sync.Invite}, "invite", "invited"},
	{[]sync.Action{sync.SetRole, sync.SetMetadata, sync.Adopt}, "change", "changed"},
	{[]sync.Action{sync.Remove}, "remove", "removed"},
	{[]sync.Action{sync.RevokeInvitation}, "revoke", "revoked"},
}

// doneByKind is what was done in the words of the plan.
func doneByKind(r *sync.Report) string {
	var parts []string
	for _, kind := range kinds {
		n := 0
		for i := range r.Outcomes {
			if o := &r.Outcomes[i]; o.Result == sync.Done && slices.Contains(kind.actions, o.Change.Action) {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind.done))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// byKind is what is to be done; invitations only where there are some.
func byKind(plan *sync.Plan) string {
	var parts []string
	for _, kind := range kinds {
		n := 0
		for _, c := range plan.Changes() {
			if c.State == sync.Ready && slices.Contains(kind.actions, c.Action) {
				n++
			}
		}
		if always := kind.do != "invite" && kind.do != "revoke"; always || n > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", n, kind.do))
		}
	}
	return strings.Join(parts, ", ")
}

// checked says what the plan looked at, so that "no changes" is not taken for
// "nothing was read".
func checked(plan *sync.Plan) string {
	members := 0
	for _, o := range plan.Organizations {
		members += o.Members
	}
	text := fmt.Sprintf("%s of %s against ", Count(members, "membership"), Count(len(plan.Organizations), "organization"))
	if len(plan.Sources) == 0 {
		return text + "no source"
	}
	var sources []string
	for _, s := range plan.Sources {
		sources = append(sources, fmt.Sprintf("%s (%s)", brief(s.Name), SourceSize(&s)))
	}
	return text + strings.Join(sources, ", ")
}

// SourceSize says how much a source held; one with rows lists memberships.
func SourceSize(s *sync.SourceSummary) string {
	switch {
	case s.Decisions > 0:
		return Count(s.Decisions, "decision")
	case s.Rows > 0:
		return Count(s.Rows, "row") + " of " + Count(s.People, "person")
	}
	return Count(s.People, "person") + " in " + Count(s.Groups, "group")
}

// next is the last line: what to type.
func (p *printer) next() {
	if text := p.nextText(); text != "" {
		p.line("Next: %s", text)
	}
}

func (p *printer) nextText() string {
	plan := p.report.Plan
	failed := len(plan.Failures) > 0 || p.report.Tally(sync.Failed) > 0 || len(p.report.Stopped) > 0
	switch {
	case p.options.NoHints:
	case failed:
		return "mend what is reported above, then look again: " + p.plan()
	case p.report.Interrupted, p.report.NotTried > 0:
		return "look at what is left: " + p.plan()
	case !p.report.Applied && plan.Count(sync.Ready) > 0:
		return p.apply()
	case slices.ContainsFunc(plan.Holds, func(h sync.Hold) bool { return h.Approval == "" }):
		return "settle what is held above, then look again: " + p.plan()
	case len(plan.Holds) > 0:
		return "approve what is held above, or mend its source, then look again: " + p.plan()
	case len(plan.Undoes) > 0 && p.report.Tally(sync.Done) > 0:
		return fmt.Sprintf("mend the source or the rules and look at %s; each organization above is paused until %s", p.command("plan"), p.command("resume", "ORGANIZATION"))
	}
	return ""
}

// apply is the command that does what was planned, plan the one that plans it
// again: for the directory's wishes, or for taking runs back.
func (p *printer) apply(more ...string) string {
	if len(p.report.Plan.Undoes) == 0 {
		return p.command("apply", more...)
	}
	return p.undo(more...)
}

func (p *printer) plan() string {
	if len(p.report.Plan.Undoes) == 0 {
		return p.command("plan")
	}
	return p.undo("--plan")
}

func (p *printer) undo(more ...string) string {
	runs := p.report.Plan.Undoes
	words := []string{fmt.Sprint(runs[0])}
	if len(runs) > 1 {
		words = append(words, "--chain")
	}
	return p.command("undo", append(words, more...)...)
}

// command is a line that can be pasted into a shell.
func (p *printer) command(verb string, more ...string) string {
	return shellLine(slices.Concat([]string{"rollcall", verb}, p.options.Flags, more)...)
}

func shellLine(words ...string) string {
	for i, w := range words {
		if strings.ContainsFunc(w, func(r rune) bool { return !strings.ContainsRune(plainLetters, r) }) {
			words[i] = "'" + strings.ReplaceAll(brief(w), "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

const plainLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,"
