package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// Entry is a change of the history as a plan has it. Place is its organization.
type Entry struct {
	plan.Change
	Of    *journal.Change
	Place string
}

// Entries are changes by organization, in the order of a plan. Whoever became admin
// comes first (S43). label names an organization by its id.
func Entries(changes []journal.Change, label func(id string) string) []Entry {
	list := make([]Entry, len(changes))
	for i := range changes {
		c := &changes[i]
		list[i] = Entry{planned(c), c, escape.Brief(label(c.Organization))}
	}
	slices.SortStableFunc(list, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(rank(&b), rank(&a)), plan.CompareChanges(a.Change, b.Change))
	})
	return list
}

func rank(e *Entry) int {
	if e.Admin == plan.AdminGained {
		return 1
	}
	return 0
}

// planned is a change as a plan has it. An action of a later version has no sign.
func planned(c *journal.Change) plan.Change {
	out, err := memory.ChangeOf(c)
	if err != nil {
		out.Because = c.Action + ": " + c.Because
	}
	if c.Forgotten {
		out.Email, out.Because = ForgottenPerson, ForgottenBecause
	}
	out.PublicBefore, out.PrivateBefore = plan.Canonical(plan.Decode(c.PublicBefore)), plan.Canonical(plan.Decode(c.PrivateBefore))
	return out
}

// ByPlace passes on the entries of each organization.
func ByPlace(entries []Entry) func(func(string, []Entry) bool) {
	return func(yield func(string, []Entry) bool) {
		for len(entries) > 0 {
			n := 1
			for n < len(entries) && entries[n].Place == entries[0].Place {
				n++
			}
			if !yield(entries[0].Place, entries[:n]) {
				return
			}
			entries = entries[n:]
		}
	}
}

// Reason is why a change was planned.
func (e *Entry) Reason() string {
	because := escape.Brief(e.Because)
	if e.Of.Approved {
		because += ", approved"
	}
	return because
}

// Result says what became of a change; empty if Clerk made it.
func (e *Entry) Result() string { return ResultText(apply.Result(e.Of.Result), e.Of.Error) }

// ResultText says what became of a change; empty if Clerk made it.
func ResultText(result apply.Result, problem string) string {
	words := facts.ResultWords(result)
	switch {
	case result == apply.Done:
		return ""
	case problem == "" || words == "":
		return words + escape.Brief(problem)
	}
	return words + ": " + escape.Brief(problem)
}

// Done counts the changes by action that Clerk made, of those that are shown.
func (p *Past) Done() map[string]int {
	if !p.Part {
		return p.Run.Changes
	}
	counts := map[string]int{}
	for i := range p.Changes {
		if p.Changes[i].Result == journal.Done {
			counts[p.Changes[i].Action]++
		}
	}
	return counts
}

// OpenText says what is not known of a run that was cut off, and what finds it out;
// empty if all is known.
func (p *Past) OpenText() string {
	open := 0
	for i := range p.Changes {
		if p.Changes[i].Result == "" {
			open++
		}
	}
	switch {
	case open > 0:
		return fmt.Sprintf("The run ended before it could record the result of %s. The next run asks Clerk about that before anything else.", facts.Count(open, "change"))
	case p.CheckedBy != 0:
		return fmt.Sprintf("Run %d asked Clerk for the results that it left open.", p.CheckedBy)
	}
	return ""
}

// UndoTexts say which later runs were to undo this one, each in a sentence.
func (p *Past) UndoTexts() []string {
	var out []string
	for i := range p.Undos {
		r := &p.Undos[i]
		text := fmt.Sprintf("Run %d was to undo it", r.ID)
		if said := memory.SummaryOf(r.Summary).Reversals; said != "" {
			text += ": " + strings.TrimSuffix(escape.Brief(said), ".")
		}
		out = append(out, text+".")
	}
	return out
}

// isUndone reports whether one later run took back all that this one did.
func (p *Past) isUndone() bool {
	all := total(p.Run.Changes)
	return slices.ContainsFunc(p.Undos, func(r journal.Run) bool { return all > 0 && memory.SummaryOf(r.Summary).Undone == all })
}

// Undo is the command that takes back what is shown; empty if nothing was done, or if
// a later run took all of it back.
func (p *Past) Undo(flags []string) string {
	if len(p.Done()) == 0 || p.Part && p.Only == "" || p.isUndone() {
		return ""
	}
	words := []string{"rollcall", "undo", fmt.Sprint(p.Run.ID)}
	if p.Only != "" {
		words = append(words, "--only", p.Only)
	}
	return facts.ShellLine(append(words, flags...)...)
}

// RestText counts what was not kept of what a run left out; it is empty if all of it was.
func RestText(w *memory.Waited) string {
	var parts []string
	if w.More > 0 {
		parts = append(parts, facts.Count(w.More, "change")+" waited")
	}
	if w.MoreSkipped > 0 {
		parts = append(parts, facts.Count(w.MoreSkipped, "change")+" skipped")
	}
	if len(parts) == 0 {
		return ""
	}
	return "Not listed: " + strings.Join(parts, ", ") + "."
}
