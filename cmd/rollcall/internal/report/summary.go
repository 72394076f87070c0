package report

import (
	"fmt"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
)

// summary is the end of a text: what failed, and what the plan was compared with.
func (p *printer) summary() {
	made := p.Report.Plan
	p.failed()
	for _, n := range p.Report.Stopped {
		p.line("", "%s %s: %s", p.Paint(terminal.Red, "stopped:"), escape.Brief(made.LabelOf(n.Organization)), escape.Brief(n.Text))
	}
	p.historyOff()
	if text := p.Memberships(); text != "" {
		p.line("", "%s", text)
	}
	p.line("", "Checked %s.", facts.Checked(made))
	for _, text := range p.CostTexts() {
		p.line("", "%s", text)
	}
}

// historyOff lists the checks that need a state directory, when there is none.
func (p *printer) historyOff() {
	if off := p.Report.Plan.HistoryOff; len(off) > 0 {
		p.line("", "%s No state directory, so these checks are off: %s", p.Paint(terminal.Dim, "note:"), escape.Brief(strings.Join(off, ", ")))
	}
}

// next says what to type: one line, or steps. A command that does not fit into the line
// stands alone, so that it can be copied.
func (p *printer) next() {
	steps := p.Steps()
	if len(steps) == 1 && (steps[0].Command == "" || p.Options.Width == 0 || terminal.Width("Next: "+steps[0].String()) <= p.Options.Width) {
		p.line("", "%s", p.Paint(terminal.Bold, "Next: "+steps[0].String()))
		return
	}
	if len(steps) > 0 {
		p.line("", "%s", p.Paint(terminal.Bold, "Next:"))
	}
	for i, s := range steps {
		number := fmt.Sprintf("  %d. ", i+1)
		switch {
		case s.Command == "":
			p.line(number, "%s", s.Text)
		case p.Options.Width == 0 || terminal.Width(number+s.String())+2 <= p.Options.Width:
			p.line(number, "%s  %s", p.Paint(terminal.Bold, s.Command), s.Text)
		default:
			p.Line("%s%s", number, p.Paint(terminal.Bold, terminal.WrapCommand(s.Command, p.Options.Width, len(number))))
			if s.Text != "" {
				p.line("       ", "%s", s.Text)
			}
		}
	}
}
