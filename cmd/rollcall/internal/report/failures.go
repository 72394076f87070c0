package report

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/apply"
)

// mostFailed is how many people of one failure a text names.
const mostFailed = 10

// failed is the last block of what was applied: all failures in one place.
func (p *printer) failed() {
	all := p.Failures()
	if len(all) == 0 {
		return
	}
	p.Line("%s", p.Paint(terminal.Red, facts.Count(p.Report.Tally(apply.Failed), "change")+" failed"))
	for _, f := range all {
		p.line("  ", "%s: %s", f.Why, strings.Join(f.Places, ", "))
		people := f.People
		if more := len(people) - mostFailed; more > 0 {
			people = append(slices.Clone(people[:mostFailed]), fmt.Sprintf("and %s more", facts.Number(more)))
		}
		p.line("    ", "%s", strings.Join(people, ", "))
	}
	p.Line("")
}
