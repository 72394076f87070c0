package report

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"

	"rollcall/sync"
)

// Markdown writes a report for a pull request or a ticket, in GitHub's dialect.
func Markdown(w io.Writer, r *sync.Report, o Options) error {
	buffered := bufio.NewWriter(w)
	m := &markdown{buffered}
	d := newDocument(r, o)
	m.line("# %s\n\n**%s** %s\n", d.Title, prose(d.Headline), prose(d.Checked))
	m.list("Problems", d.Problems)
	for i := range d.Organizations {
		m.section(&d.Organizations[i])
	}
	for i := range d.Elsewhere {
		m.section(&d.Elsewhere[i])
	}
	m.list("Notes", d.Notes)
	m.list(comes, d.Upcoming)
	m.list("Off, for want of a memory of earlier runs", d.Off)
	m.closing(d)
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// markdown writes; errors of writing stay in the buffered writer until Flush.
type markdown struct{ *bufio.Writer }

func (m *markdown) line(format string, args ...any) {
	_, _ = fmt.Fprintf(m, format+"\n", args...) // kept by the bufio.Writer
}

// list is a list under a heading of its own; an empty one is left out.
func (m *markdown) list(heading string, items []string) {
	if len(items) == 0 {
		return
	}
	m.line("## %s\n", heading)
	m.items(items)
}

func (m *markdown) items(items []string) {
	for _, item := range items {
		m.line("- %s", prose(item))
	}
	m.line("")
}

func (m *markdown) section(s *section) {
	m.line("## %s\n", prose(s.Title))
	if s.Facts != "" {
		m.line("%s\n", prose(s.Facts))
	}
	if len(s.Holds) > 0 {
		m.items(s.Holds)
	}
	for _, way := range s.Ways {
		m.line("%s:", prose(way.When))
		for _, command := range way.Commands {
			m.line("%s", span(command))
		}
		m.line("")
	}
	for _, l := range s.Lists {
		m.line("### %s: %d\n\n|   | who | what | why |\n|---|---|---|---|", l.Heading(), len(l.Rows))
		for _, r := range l.Rows {
			m.line("| `%s` | %s | %s | %s |", r.Symbol, span(r.Who), span(r.What), prose(r.Why))
		}
		m.line("")
	}
	if len(s.Notes) > 0 {
		m.items(s.Notes)
	}
}

func (m *markdown) closing(d *document) {
	m.line("---\n")
	if d.Quiet > 0 {
		m.line("Nothing happens in %s.", Count(d.Quiet, "organization"))
	}
	for _, line := range d.Cost {
		m.line("%s", prose(strings.TrimSpace(line)))
	}
	if d.Next != "" {
		m.line("\nNext: %s", span(d.Next))
	}
	if d.Made != "" {
		m.line("\nMade %s.", prose(d.Made))
	}
}

// span is a value from outside as code: there, nothing mentions anybody, links
// or loads a picture (S35). What a table or the span itself would trip over is
// written as an element with character references instead.
func span(s string) string {
	switch {
	case s == "":
		return ""
	case strings.ContainsAny(s, "|`\\\n") || strings.TrimSpace(s) != s:
		return "<code>" + references(s) + "</code>"
	}
	return "`" + s + "`"
}

// references writes everything that Markdown may see something in as a
// character reference, which it takes for nothing but the character.
func references(s string) string {
	return markup.ReplaceAllStringFunc(s, func(c string) string { return fmt.Sprintf("&#%d;", c[0]) })
}

var (
	markup  = regexp.MustCompile("[\\\\&<>|`*_~\\[\\]!#]|^[-+=]")
	ordinal = regexp.MustCompile(`^([0-9]+)([.)])`)
	address = regexp.MustCompile(`(?i)(www)(\.)|(:)(//)`)
	mention = regexp.MustCompile(`(^|[^0-9A-Za-z])@`)
)

// apart is written between two characters that together would mean something.
const apart = "<!-- -->"

// prose is text with values from outside in it: no markup of theirs works, and
// no name in it calls anybody.
func prose(s string) string {
	s = references(strings.TrimSpace(s))
	s = ordinal.ReplaceAllString(s, "$1"+apart+"$2")
	s = address.ReplaceAllString(s, "$1$3"+apart+"$2$4")
	return mention.ReplaceAllString(s, "$1@"+apart)
}
