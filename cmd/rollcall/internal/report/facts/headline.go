package facts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// Headline is what a reader has to know, if they read nothing else: who loses
// access, now and waiting, then the others.
func (p *Facts) Headline() string { return p.Options.Compared.String() + headliner{p}.text() }

// headliner writes the headline.
type headliner struct{ *Facts }

func (p headliner) text() string {
	made := p.Report.Plan
	counted := func(c *plan.Change) bool { return p.IsCounted(c) }
	heads := made.Headcount(counted)
	sentences := p.troubles()
	changes := append(p.changeSentences(&heads), p.accountSentences(&heads)...)
	reversals := ReversalsOf(p.Report)
	switch undone := reversals.String(); {
	case undone != "":
		sentences = append(append(sentences, undone), changes...)
	case len(changes) > 0:
		sentences = append(sentences, changes...)
	default:
		sentences = append(sentences, p.nothing())
	}
	if n := made.Count(plan.Skipped); n > 0 {
		sentences = append(sentences, skippedText(made, n))
	}
	if n := made.CountNotes(plan.ReaddedLeaver); n > 0 {
		sentences = append(sentences, Count(n, "leaver")+" added again by somebody else.")
	}
	return strings.Join(append(sentences, p.leftovers()...), " ")
}

// IsCounted reports whether a ready change counts: in a plan each does, in what
// was applied those that Clerk did.
func (p *Facts) IsCounted(c *plan.Change) bool {
	return !p.Report.Applied || p.Outcomes[*c].Result == apply.Done
}

// nothing says that no person is concerned.
func (p headliner) nothing() string {
	made := p.Report.Plan
	switch {
	case p.Options.Compared != (Compared{}) && len(made.Holds)+made.Count(plan.Skipped) == 0:
		return "No difference."
	case p.Report.Applied && made.Count(plan.Ready) > 0:
		return "Nothing was changed."
	case len(made.Failures) > 0:
		return "No changes elsewhere."
	case len(made.Holds) > 0:
		return "No changes now."
	}
	return "No changes."
}

// troubles are what was not read, and a run that ended early.
func (p headliner) troubles() []string {
	var out []string
	if p.Report.Interrupted {
		out = append(out, "Interrupted.")
	}
	if text := EndingOf(p.Report).String(); text != "" {
		out = append(out, text)
	}
	if text := missingText(p.Report.Plan.Holds); text != "" {
		out = append(out, text)
	}
	var names []string
	for _, f := range p.Report.Plan.Failures {
		name := "source " + escape.Brief(f.Source)
		switch {
		case f.Source != "":
		case f.Organization == "":
			name = "a list of Clerk"
		default:
			name = "organization " + escape.Brief(p.Report.Plan.LabelOf(f.Organization))
		}
		names = append(names, name)
	}
	if len(names) > 0 {
		names[0] = strings.ToUpper(names[0][:1]) + names[0][1:]
		out = append(out, InWords(names)+" could not be read.")
	}
	return out
}

// missingText says which groups and organizations of the rules do not exist, and how
// many people are known to wait for them.
func missingText(holds []plan.Hold) string {
	names, people, counted := missingNames(holds), 0, map[string]bool{}
	for _, h := range holds {
		if key := h.Guard + " " + h.Missing; !counted[key] { // a group may hold several organizations
			counted[key] = true
			people += h.People
		}
	}
	slices.Sort(names)
	switch {
	case len(names) == 0:
		return ""
	case people == 0:
		return "Missing or empty: " + InWords(names) + "."
	case people == 1:
		return "Missing or empty: " + InWords(names) + "; changes for 1 person wait for that."
	}
	return fmt.Sprintf("Missing or empty: %s; changes for %s wait for that.", InWords(names), Count(people, "person"))
}

// InWords joins names, the first three of many.
func InWords(names []string) string {
	const most = 3
	if more := len(names) - most; more > 0 {
		names = append(names[:most:most], fmt.Sprintf("%s more", Number(more)))
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// verb is what people do, of one person and of several; done and didOne are the same of
// the past. didOne is empty where it is done.
type verb struct{ one, many, would, done, didOne string }

var (
	leaves = verb{"loses access", "lose access", "would lose access", "lost access", ""}
	// leavesHere is of the people in a set that waits: they may stay elsewhere.
	leavesHere = verb{"leaves", "leave", "would leave", "left", ""}
	stays      = verb{"leaves one organization and stays in another", "leave one organization and stay in another", "would leave one organization and stay in another", "left one organization and stay in another", "left one organization and stays in another"}
	moves      = verb{"moves", "move", "would move", "moved", ""}
	joins      = verb{"joins", "join", "would join", "joined", ""}
	invited    = verb{"is invited", "are invited", "would be invited", "were invited", "was invited"}
	changes    = verb{"changes", "change", "would change", "changed", ""}
	adopted    = verb{"is adopted", "are adopted", "would be adopted", "were adopted", "was adopted"}
	gainsAdmin = verb{"becomes admin", "become admin", "would become admin", "became admin", ""}
	losesAdmin = verb{"is no longer admin", "are no longer admin", "would no longer be admin", "are no longer admin", "is no longer admin"}
)

// changeSentences are what happens to people: who leaves stands alone, then the
// others, then the rights of admins.
func (p headliner) changeSentences(h *plan.Headcount) []string {
	first := p.sentences(nil, []figure{{h.Leave, leaves}})
	if h.LeaveFirst > 0 {
		first = append(first, fmt.Sprintf("For %s of them, joining elsewhere waits.", Number(h.LeaveFirst)))
	}
	var revoked []string
	if h.Revoke.All() > 0 {
		revoked = []string{Count(h.Revoke.All(), "invitation") + " revoked"}
	}
	others := []figure{{h.Move, moves}, {h.Stay, stays}, {h.Join, joins}, {h.Invite, invited}, {h.Change, changes}, {h.Adopt, adopted}}
	var rest []string
	if h.JoinFirst > 0 {
		rest, others = []string{p.halfMoves(h)}, others[1:]
	}
	rest = append(rest, p.sentences(revoked, others)...)
	rest = append(rest, p.sentences(nil, []figure{{h.NewAdmins, gainsAdmin}, {h.FormerAdmins, losesAdmin}})...)
	if len(first) == 0 && len(rest) > 0 {
		first = []string{"Nobody loses access."}
		if p.Report.Applied {
			first[0] = "Nobody lost access."
		}
	}
	return append(first, rest...)
}

// halfMoves are the people who move, where some join in this run while their
// leaving waits: the two are guarded apart.
func (p headliner) halfMoves(h *plan.Headcount) string {
	first := "join now"
	switch {
	case p.Report.Applied && h.JoinFirst == 1:
		first = "has joined"
	case p.Report.Applied:
		first = "have joined"
	case h.JoinFirst == 1:
		first = "joins now"
	}
	first += ", leaving waits"
	n := h.JoinFirst + h.Move.All()
	verb := moves.many
	if n == 1 {
		verb = moves.one
	}
	if n > h.JoinFirst {
		first = Number(h.JoinFirst) + " " + first
	}
	if h.Move.Now > 0 {
		first += "; " + Number(h.Move.Now) + " at once"
	}
	if h.Move.Waiting > 0 {
		first += "; " + Number(h.Move.Waiting) + " " + wait(h.Move.Waiting)
	}
	return fmt.Sprintf("%s %s: %s.", Count(n, "person"), verb, first)
}

// sentences are the figures that are not zero, in one sentence where each is
// simple, else in one sentence each.
func (p headliner) sentences(more []string, figures []figure) []string {
	clauses := append(p.clauses(figures), more...)
	if !slices.ContainsFunc(clauses, func(c string) bool { return strings.ContainsAny(c, ":(") }) {
		if len(clauses) == 0 {
			return nil
		}
		return []string{strings.Join(clauses, ", ") + "."}
	}
	var out []string
	for _, f := range figures {
		for _, c := range p.clauses([]figure{f}) {
			out = append(out, c+".")
		}
	}
	for _, m := range more {
		out = append(out, m+".")
	}
	return out
}

type figure struct {
	plan.Figure
	verb
}

// clauses are the figures that are not zero. The first one names people.
func (p headliner) clauses(figures []figure) []string {
	var out []string
	for _, f := range figures {
		if f.All() == 0 {
			continue
		}
		n, fate := p.fate(f)
		people := Number(n)
		if len(out) == 0 {
			people = Count(n, "person")
		}
		out = append(out, people+" "+fate)
	}
	return out
}

// fate is how many people a figure is about, their verb, and how many of them
// wait.
func (p headliner) fate(f figure) (n int, text string) {
	done := f.done
	if f.Now == 1 {
		done = cmp.Or(f.didOne, done)
	}
	switch {
	case f.Now == 0:
		return f.Waiting, f.would + " (" + p.waitText(f.Figure) + ")"
	case p.Report.Applied && f.Waiting > 0:
		return f.Now, fmt.Sprintf("%s (%s more %s)", done, Number(f.Waiting), wait(f.Waiting))
	case p.Report.Applied:
		return f.Now, done
	case f.All() == 1:
		return 1, f.one
	case f.Waiting == 0:
		return f.Now, f.many
	}
	return f.All(), fmt.Sprintf("%s: %s now, %s %s", f.many, Number(f.Now), Number(f.Waiting), wait(f.Waiting))
}

func (p headliner) waitText(f plan.Figure) string {
	if f.Waiting == 1 {
		return wait(1)
	}
	return "all " + wait(f.Waiting)
}

// wait is the verb of so many people.
func wait(n int) string {
	if n == 1 {
		return "waits"
	}
	return "wait"
}

// skippedText counts what is left out. A pause is the commonest reason that
// somebody forgets.
func skippedText(made *plan.Plan, n int) string {
	paused := 0
	for _, c := range made.Changes() {
		if c.SkippedFor() == plan.Paused {
			paused++
		}
	}
	var parts []string
	if paused > 0 {
		parts = append(parts, Count(paused, "change")+" paused")
	}
	if n > paused {
		parts = append(parts, Count(n-paused, "change")+" skipped")
	}
	return strings.Join(parts, ", ") + "."
}

// leftovers count what an apply did not do.
func (p headliner) leftovers() []string {
	var parts []string
	for _, one := range []struct {
		n    int
		text string
	}{
		{p.Report.Tally(apply.Found), "already done"}, {p.Report.Tally(apply.Dropped), "left out"},
		{p.Report.Tally(apply.Failed), "failed"}, {p.Report.NotTried, "not sent"},
	} {
		if one.n > 0 {
			parts = append(parts, Number(one.n)+" "+one.text)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{strings.Join(parts, ", ") + "."}
}
