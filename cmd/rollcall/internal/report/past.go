package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/report/history"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// PastRuns writes runs of the history in the form of a plan. label names an
// organization by its id.
func PastRuns(w io.Writer, instance clerkapi.Instance, label func(id string) string, runs []history.Past, o facts.Options) error {
	buffered := bufio.NewWriter(w)
	for i := range runs {
		p := past{newPrinter(buffered, &sync.Report{Plan: &plan.Plan{}}, o), label}
		p.run(&runs[i])
	}
	terminal.Writer{Writer: buffered}.Line("%s", facts.InstanceLine(instance))
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

// Difference writes what two runs of the history do not have in common.
func Difference(w io.Writer, instance clerkapi.Instance, label func(id string) string, d *history.Difference, o facts.Options) error {
	buffered := bufio.NewWriter(w)
	p := past{newPrinter(buffered, &sync.Report{Plan: &plan.Plan{}}, o), label}
	p.line("", "%s", p.Paint(terminal.Bold, history.Title(&d.Run)))
	p.line("", "Compared with: %s", history.Title(&d.Before))
	for _, text := range d.Remarks() {
		p.line("", "%s", text)
	}
	sections := d.Sections()
	for _, l := range sections {
		p.line("", "%s", p.Paint(terminal.Bold, l.Title+": "+facts.Count(l.All, "change")))
		for place, list := range chunks(p.entries(l.First)) {
			p.line("  ", "%s", place)
			p.alike(p.alikeOf(list), "    ")
		}
	}
	if len(sections) == 0 {
		p.Line("The plans of the two runs have the same changes.")
	}
	p.Line("%s", facts.InstanceLine(instance))
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write the difference: %w", err)
	}
	return nil
}

// past writes one run of the history.
type past struct {
	*printer
	label func(id string) string
}

func (p past) run(r *history.Past) {
	p.line("", "%s", p.Paint(terminal.Bold, history.Title(&r.Run)))
	for _, text := range history.Remarks(&r.Run) {
		p.line("", "%s", text)
	}
	entries := p.entries(r.Changes)
	for place, list := range chunks(entries) {
		p.line("", "%s", p.Paint(terminal.Bold, place))
		p.alike(p.alikeOf(list), "  ")
	}
	p.waited(r)
	p.Line("Done: %s.", history.Signs(done(r)))
	if command := p.undo(r); command != "" {
		p.line("", "To undo: %s", command)
	}
	p.Line("")
}

// waited shows what waited when the run ended.
func (p past) waited(r *history.Past) {
	if r.Waited == nil {
		if !r.Part && memory.SummaryOf(r.Run.Summary).Waiting > 0 {
			p.Line("Which changes waited is not known.")
		}
		return
	}
	p.waitedParts("Waited for approval:", r.Waited.Approval)
	p.waitedParts("Waited for a fix:", r.Waited.Fix)
	if r.Waited.More > 0 {
		p.Line("%s waited too.", facts.Count(r.Waited.More, "more change"))
	}
}

func (p past) waitedParts(title string, parts []plan.Organization) {
	if len(parts) == 0 {
		return
	}
	p.Line("%s", p.Paint(terminal.Magenta, title))
	for i := range parts {
		p.line("  ", "%s", escape.Brief(parts[i].Label()))
		p.people(facts.Shown(&parts[i]), "    ", 0)
	}
}

// done counts the changes by action that Clerk made, of those that are shown.
func done(r *history.Past) map[string]int {
	if !r.Part {
		return r.Run.Changes
	}
	counts := map[string]int{}
	for i := range r.Changes {
		if r.Changes[i].Result == journal.Done {
			counts[r.Changes[i].Action]++
		}
	}
	return counts
}

// undo is the command that takes back what is shown; empty if nothing was done.
func (p past) undo(r *history.Past) string {
	if len(done(r)) == 0 || r.Part && r.Only == "" {
		return ""
	}
	words := []string{"rollcall", "undo", fmt.Sprint(r.Run.ID)}
	if r.Only != "" {
		words = append(words, "--only", r.Only)
	}
	return facts.ShellLine(append(words, p.Flags...)...)
}

// pastEntry is a change of the history as a plan has it.
type pastEntry struct {
	plan.Change
	of    *journal.Change
	place string
}

// entries are changes by organization, in the order of a plan.
func (p past) entries(changes []journal.Change) []pastEntry {
	list := make([]pastEntry, len(changes))
	for i := range changes {
		c := &changes[i]
		list[i] = pastEntry{pastChange(c), c, escape.Brief(p.label(c.Organization))}
	}
	slices.SortStableFunc(list, func(a, b pastEntry) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(rank(&b), rank(&a)), plan.CompareChanges(a.Change, b.Change))
	})
	return list
}

// rank puts whoever became admin first (S43).
func rank(e *pastEntry) int {
	if e.Admin == plan.AdminGained {
		return 1
	}
	return 0
}

// pastChange is a change as a plan has it. An action of a later version has no sign.
func pastChange(c *journal.Change) plan.Change {
	out, err := memory.ChangeOf(c)
	if err != nil {
		out.Because = c.Action + ": " + c.Because
	}
	out.PublicBefore, out.PrivateBefore = plan.Canonical(plan.Decode(c.PublicBefore)), plan.Canonical(plan.Decode(c.PrivateBefore))
	return out
}

// chunks passes on the entries of each organization.
func chunks(entries []pastEntry) func(func(string, []pastEntry) bool) {
	return func(yield func(string, []pastEntry) bool) {
		for len(entries) > 0 {
			n := 1
			for n < len(entries) && entries[n].place == entries[0].place {
				n++
			}
			if !yield(entries[0].place, entries[:n]) {
				return
			}
			entries = entries[n:]
		}
	}
}

func (p past) alikeOf(entries []pastEntry) []alike {
	var list []alike
	for i := range entries {
		e := &entries[i]
		list = append(list, alike{e.Action.Symbol(), facts.Change(&e.Change), p.why(e), []string{p.ShortPerson(&e.Change)}})
	}
	return list
}

// why is the reason of a change, after what became of it where that is not "done".
func (p past) why(e *pastEntry) string {
	because := escape.Brief(e.Because)
	if e.of.Approved {
		because += ", approved"
	}
	result := apply.Result(e.of.Result)
	if result == apply.Done {
		return p.Paint(terminal.Dim, because)
	}
	colour := terminal.Yellow
	switch e.of.Result {
	case string(apply.Failed):
		colour = terminal.Red
	case history.Waits:
		colour = terminal.Magenta
	}
	return p.Paint(colour, strings.Join(nonEmpty(facts.ResultWords(result), escape.Brief(e.of.Error)), ": ")) + "; " + because
}

func nonEmpty(texts ...string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}
