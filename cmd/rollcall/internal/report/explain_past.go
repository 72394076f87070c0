package report

import (
	"cmp"
	"fmt"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/report/history"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/apply"
	"rollcall/sync/explain"
	"rollcall/sync/plan"
)

// mostPast is how many changes of the past an explanation shows. history has all.
const mostPast = 10

// past shows what earlier runs did to the person, each with its undo, or why there is none.
func (p answer) past(x *explain.Explanation) {
	if x.HistoryOff || x.Unknown {
		return
	}
	p.heading2("What happened before")
	if len(x.Past) == 0 {
		p.Line("  no run has changed this person")
	}
	for i := range x.Past[:min(mostPast, len(x.Past))] {
		p.pastChange(&x.Past[i])
	}
	if more := len(x.Past) - mostPast; more > 0 {
		p.line("  ", "… and %s: %s", facts.Count(more, "earlier change"), p.person("history", "--person", x.Subject))
	}
}

func (p answer) pastChange(c *explain.Past) {
	by := ""
	if c.By != "" {
		by = " by " + escape.Brief(c.By)
	}
	what := strings.TrimSpace(escape.Brief(c.Label()) + ": " + cmp.Or(facts.Change(&c.Change), actionWords(&c.Change)))
	p.line("  ", "%s run %d, %s%s: %s", p.Symbol(c.Change.Action.Symbol()), c.Run, history.Moment(c.At), by, what)
	p.below("      ", escape.Brief(c.Change.Because))
	if c.ApprovedBy != "" {
		p.line("      ", "approved by %s: %s", escape.Brief(c.ApprovedBy), escape.Brief(c.Reason))
	}
	if result := history.ResultText(apply.Result(c.Result), c.Error); result != "" {
		p.line("      ", "%s", p.Paint(terminal.Yellow, result))
		return
	}
	who := cmp.Or(c.Change.Email, c.Change.UserID)
	switch {
	case !c.Undoable && c.UndoText != "":
		p.line("      ", "Cannot be undone: %s", escape.Brief(c.UndoText))
	case c.Undoable && who != "":
		p.line("      ", "To undo: %s", p.person("undo", fmt.Sprint(c.Run), "--only", who))
		if c.UndoText != "" {
			p.line("      ", "Undone only in part: %s", escape.Brief(c.UndoText))
		}
	}
}

// person is a command about one person.
func (p answer) person(verb string, words ...string) string {
	return facts.ShellLine(append(append([]string{"rollcall", verb}, words...), p.Flags...)...)
}

// waits ends the explanation with the command for each set that has a change of the
// person: approval is of the whole set, so its size stands beside it.
func (p answer) waits(x *explain.Explanation) {
	mine := map[string]bool{}
	for i := range x.Organizations {
		for _, c := range x.Organizations[i].Changes {
			mine[c.Key()] = true
		}
	}
	approvable, _ := p.Blocks()
	for i := range approvable {
		if b := &approvable[i]; hasAny(b.Parts, mine) {
			p.heading2("Waits for approval, together with: " + b.Title)
			for _, way := range b.Ways {
				p.line("  ", "%s", way.String())
			}
		}
	}
}

func hasAny(parts []plan.Organization, keys map[string]bool) bool {
	for i := range parts {
		for j := range parts[i].Changes {
			if keys[parts[i].Changes[j].Key()] {
				return true
			}
		}
	}
	return false
}
