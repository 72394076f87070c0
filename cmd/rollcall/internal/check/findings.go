package check

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
)

// severity is how urgent a finding is; the most urgent one comes first.
type severity int

const (
	problem severity = iota
	warning
	fact
)

// marks begin the lines of findings, and have the width of markWidth.
var marks = [...]struct {
	word   string
	colour terminal.Colour
}{problem: {"PROBLEM  ", terminal.Red}, warning: {"warning  ", terminal.Yellow}, fact: {"ok       ", terminal.Green}}

const markWidth = 9

// findings are what the verb check writes. They are written together, the most urgent
// first, because somebody who reads them has to do something about those.
type findings struct {
	out   io.Writer
	style terminal.Style
	// width is how many columns a line may have; 0 is any number.
	width int
	lists [len(marks)][]string
	// waiting are the organizations and sources that wait, each with the reason.
	waiting []string
}

func (c *findings) ok(format string, args ...any) { c.add(fact, format, args...) }

func (c *findings) warn(format string, args ...any) { c.add(warning, format, args...) }

func (c *findings) bad(format string, args ...any) { c.add(problem, format, args...) }

// add adds a finding. What is said already is not said again.
func (c *findings) add(s severity, format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(c.lists[s], text) {
		c.lists[s] = append(c.lists[s], text)
	}
}

// problems and warnings are how many there are.
func (c *findings) problems() int { return len(c.lists[problem]) }
func (c *findings) warnings() int { return len(c.lists[warning]) }

// write writes the findings.
func (c *findings) write() {
	for s, mark := range marks {
		for _, text := range c.lists[s] {
			c.line(c.style.Paint(mark.colour, mark.word), text)
		}
	}
}

// line writes one finding. What does not fit the width, and what follows the first line
// of an error, stands behind a bar below the text.
func (c *findings) line(mark, text string) {
	first, more, _ := strings.Cut(strings.TrimRight(text, "\n"), "\n")
	lines := []string{terminal.Wrap(mark+escape.Text(first), c.width, markWidth)}
	if more != "" {
		bar := strings.Repeat(" ", markWidth) + "│ "
		for l := range strings.SplitSeq(more, "\n") {
			wrapped := terminal.Wrap(escape.Controls(l), max(0, c.width-terminal.Width(bar)), 0)
			lines = append(lines, bar+strings.ReplaceAll(wrapped, "\n", "\n"+strings.Repeat(" ", markWidth)))
		}
	}
	// If standard output is gone, there is no place to report that.
	_, _ = fmt.Fprintln(c.out, strings.Join(lines, "\n"))
}

// summary is the last line: how much there is to fix, and what waits.
func (c *findings) summary() {
	problems, colour := "No problems", terminal.Green
	switch {
	case c.problems() > 0:
		problems, colour = facts.Count(c.problems(), "problem"), terminal.Red
	case c.warnings() > 0:
		colour = terminal.Yellow
	}
	text := problems + ", " + facts.Count(c.warnings(), "warning") + "."
	if c.warnings() == 0 {
		text = problems + "."
	}
	if len(c.waiting) > 0 {
		text += " Waiting: " + escape.Text(facts.InWords(c.waiting)) + "."
	}
	text = terminal.Wrap(text, c.width, 0)
	_, _ = fmt.Fprintln(c.out, c.style.Paint(colour, text)) // as above
}
