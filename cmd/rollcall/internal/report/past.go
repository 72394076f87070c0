package report

import (
	"bufio"
	"fmt"
	"io"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/report/history"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync"
	"rollcall/sync/apply"
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
		for place, list := range history.ByPlace(history.Entries(l.First, p.label)) {
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
	if text := r.OpenText(); text != "" {
		p.line("", "%s", text)
	}
	for place, list := range history.ByPlace(history.Entries(r.Changes, p.label)) {
		p.line("", "%s", p.Paint(terminal.Bold, place))
		p.alike(p.alikeOf(list), "  ")
	}
	p.waited(r)
	p.Line("Done: %s.", history.Signs(r.Done()))
	for _, text := range r.UndoTexts() {
		p.line("", "%s", text)
	}
	if command := r.Undo(p.Flags); command != "" {
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
	p.waitedParts("Skipped:", r.Waited.Skipped)
	if rest := history.RestText(r.Waited); rest != "" {
		p.Line("%s", rest)
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

func (p past) alikeOf(entries []history.Entry) []alike {
	var list []alike
	for i := range entries {
		e := &entries[i]
		list = append(list, alike{e.Action.Symbol(), facts.Change(&e.Change), p.why(e), []string{p.ShortPerson(&e.Change)}})
	}
	return list
}

// why is the reason of a change, after what became of it where that is not "done".
func (p past) why(e *history.Entry) string {
	result := e.Result()
	if result == "" {
		return p.Paint(terminal.Dim, e.Reason())
	}
	colour := terminal.Yellow
	switch e.Of.Result {
	case string(apply.Failed):
		colour = terminal.Red
	case history.Waits:
		colour = terminal.Magenta
	}
	return p.Paint(colour, result) + "; " + e.Reason()
}
