package cases

import (
	"bufio"
	"cmp"
	"fmt"
	"io"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/explain"
)

// Write writes the result as JSON, or else as text.
func (r *Report) Write(w io.Writer, form string, style terminal.Style) error {
	if form == "json" {
		return escape.JSON(w, r)
	}
	return r.text(w, style)
}

// text writes the cases that do not hold, each with what the rules say of its person,
// and then how many hold.
func (r *Report) text(w io.Writer, style terminal.Style) error {
	b := bufio.NewWriter(w)
	for i := range r.Cases {
		if c := &r.Cases[i]; !c.Holds {
			c.write(b, style)
		}
	}
	_, _ = fmt.Fprintf(b, "%s.\n", r.sum()) // kept by the writer, as below
	return b.Flush()
}

// sum is the result in one sentence.
func (r *Report) sum() string {
	all := r.Held + r.Failed + r.Unread
	text := fmt.Sprintf("%d of %s", r.Held, plural(all, "case holds", "cases hold"))
	if r.Unread > 0 {
		text += fmt.Sprintf("; %d could not be judged, because a source could not be read", r.Unread)
	}
	return text
}

func (c *Result) write(w io.Writer, style terminal.Style) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	line("%s %s: %s", style.Paint(terminal.Red, "FAILED"), escape.Brief(c.Place), escape.Brief(c.Name))
	for _, text := range c.Problems {
		line("  %s", escape.Line(text))
	}
	if c.Origin != "" {
		line("  read from %s", escape.Line(c.Origin))
	}
	if len(c.Rules) > 0 {
		line("  What the rules say:")
	}
	for _, row := range terminal.Table(rows(c.Rules)) {
		line("    %s", row)
	}
	line("")
}

// rows are what each rule makes of the person.
func rows(rules []explain.Match) (rows [][]string) {
	for _, m := range rules {
		gives := "no"
		if m.Matches {
			gives = escape.Brief(m.Organization) + " " + escape.Brief(m.Role)
		}
		rows = append(rows, []string{fmt.Sprintf("rule %d", m.Rule), escape.Brief(cmp.Or(m.Path, m.Groups)), gives, escape.Brief(m.Why)})
	}
	return rows
}
