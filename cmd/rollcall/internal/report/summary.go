package report

import (
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
)

// summary is the end of a text: what was not read, what failed, what the plan was
// compared with, and what to type next.
func (p *printer) summary() {
	made := p.Report.Plan
	for _, f := range made.Failures {
		p.line("", "%s %s", p.Paint(terminal.Red, "not read:"), escape.Brief(facts.ReadFailure(f)))
	}
	p.failed()
	for _, n := range p.Report.Stopped {
		p.line("", "%s %s: %s", p.Paint(terminal.Red, "stopped:"), escape.Brief(made.LabelOf(n.Organization)), escape.Brief(n.Text))
	}
	p.historyOff()
	if text := p.Memberships(); text != "" {
		p.line("", "%s", text)
	}
	p.line("", "Checked %s.", facts.Checked(made))
	p.line("", "%s", facts.InstanceLine(made.Instance))
	for _, text := range p.CostTexts() {
		p.line("", "%s", text)
	}
	p.next()
}

// historyOff lists the checks that need a state directory, when there is none.
func (p *printer) historyOff() {
	if off := p.Report.Plan.HistoryOff; len(off) > 0 {
		p.line("", "%s No state directory, so these checks are off: %s", p.Paint(terminal.Dim, "note:"), escape.Brief(strings.Join(off, ", ")))
	}
}

// next is the last line: what to type.
func (p *printer) next() {
	if text := p.Next(); text != "" {
		p.line("", "%s", p.Paint(terminal.Bold, "Next: "+text))
	}
}
