package facts

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/plan"
)

// IsQuiet reports whether nothing happens in an organization.
func (p *Facts) IsQuiet(o *plan.Organization) bool {
	return len(p.NotesOf(o)) == 0 && !HasState(o, plan.Ready) && !HasState(o, plan.Skipped)
}

// NotesOf are the notes of an organization. A terminal has those about people whom
// two rules match at the end, in one line: every plan has them, and they ask for
// nothing.
func (p *Facts) NotesOf(o *plan.Organization) []plan.Note {
	if p.Options.Width == 0 || p.Options.All {
		return o.Notes
	}
	return slices.DeleteFunc(slices.Clone(o.Notes), func(n plan.Note) bool { return n.Kind == plan.Outranked })
}

// OfState are the changes of one state in the order of reading.
func OfState(o *plan.Organization, state plan.State) []*plan.Change {
	return slices.DeleteFunc(Shown(o), func(c *plan.Change) bool { return c.State != state })
}

// Heading names an organization with its members and admins, before and after.
func (p *Facts) Heading(o *plan.Organization) string {
	title, facts := p.HeadingParts(o)
	return title + ": " + facts
}

// HeadingParts are the name and the figures of the heading. The display name stands in
// quotes: the organization's own admins choose it, and it must not look like figures
// (S35).
func (p *Facts) HeadingParts(o *plan.Organization) (title, facts string) {
	title = p.Paint(terminal.Bold, escape.Brief(o.Label()))
	if o.IsAccounts() {
		return title, peopleText(o)
	}
	if o.Name != "" && !strings.EqualFold(o.Name, o.Label()) {
		title += ` ("` + strings.ReplaceAll(escape.Brief(o.Name), `"`, `\"`) + `")`
	}
	members, admins := o.Members, o.AdminsBefore
	for i := range o.Changes {
		more, moreAdmins := p.Effect(&o.Changes[i])
		members, admins = members+more, admins+moreAdmins
	}
	figures := []string{figures(o.Members, members, "member"), figures(o.AdminsBefore, admins, "admin")}
	if o.Seats.Limited() {
		figures = append(figures, fmt.Sprintf("seats %s of %s", FromTo(o.Seats.Before, o.Seats.After), Number(o.Seats.Limit)))
	}
	return title, strings.Join(figures, ", ")
}

// HasState reports whether a change of the organization has the state.
func HasState(o *plan.Organization, state plan.State) bool {
	return slices.ContainsFunc(o.Changes, func(c plan.Change) bool { return c.State == state })
}

// figures is a figure before and after, with its noun.
func figures(before, after int, noun string) string {
	if before == after {
		return Count(before, noun)
	}
	return Number(before) + " → " + Count(after, noun)
}

// FromTo is a figure before and after.
func FromTo(before, after int) string {
	if before == after {
		return Number(before)
	}
	return Number(before) + " → " + Number(after)
}

// Symbol is the sign of a change in its colour.
func (p *Facts) Symbol(s string) string {
	return p.Paint(map[string]terminal.Colour{"+": terminal.Green, "-": terminal.Red, "~": terminal.Yellow}[s], s)
}
