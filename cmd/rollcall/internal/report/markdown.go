package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/webpage"
	"rollcall/sync"
)

const (
	// markdownMost is how long the report gets: a comment on GitHub takes 65,536
	// characters.
	markdownMost = 60_000
	// itemsMost is how long one list of problems or notes gets.
	itemsMost = 10_000
)

// Markdown writes a report for a pull request or a ticket, in GitHub's dialect. What
// does not fit a comment is left out: first come problems, then what waits, then the
// organizations that lose most people.
func Markdown(w io.Writer, r *sync.Report, o facts.Options) error {
	d := newDocument(r, o)
	var m markdown
	m.line("<!-- %s -->\n# %s\n\n**%s** %s Clerk: %s.\n", d.Title, d.Title, prose(d.Headline), prose(d.Checked), span(d.Instance))
	var closing markdown
	closing.closing(d)
	rest := markdown{room: markdownMost - m.Len() - closing.Len() - len(everything(d).note(d.Whole))}
	left := rest.body(d)
	if _, err := io.WriteString(w, m.String()+left.note(d.Whole)+rest.String()+closing.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// markdown is text in the making. Room is for how many bytes more there is a place.
type markdown struct {
	strings.Builder
	room int
}

func (m *markdown) line(format string, args ...any) {
	_, _ = fmt.Fprintf(m, format+"\n", args...) // a strings.Builder takes everything
}

// add appends a text if there is room for it.
func (m *markdown) add(text string) bool {
	if len(text) > m.room {
		return false
	}
	m.WriteString(text)
	m.room -= len(text)
	return true
}

// body writes all that is between head and end, and returns what it has left out.
func (m *markdown) body(d *document) leftOut {
	var left leftOut
	left.items += m.list("Problems", d.Problems)
	m.sections(d, &left)
	left.items += m.list("Notes", d.Notes) + m.list(upcomingHeading, d.Upcoming)
	left.items += m.list("No state directory, so these checks are off", d.Off)
	return left
}

// sections writes what waits and the organizations. New admins get their room before
// all others do (S43).
func (m *markdown) sections(d *document, left *leftOut) {
	var all []*section
	reserved := map[*section]int{}
	for _, sections := range [][]section{d.Waiting, d.Organizations} {
		for i := range sections {
			s := &sections[i]
			all = append(all, s)
			if n := len(shortText(s)); hasNewAdmins(s) && n <= m.room {
				reserved[s] = n
				m.room -= n
			}
		}
	}
	for _, s := range all {
		if len(s.Lists)+len(s.Notes)+len(s.Holds)+len(s.Ways) == 0 {
			continue // it waits, and stands there already
		}
		m.room += reserved[s]
		if m.add(sectionText(s)) {
			continue
		}
		left.add(s)
		if m.add(shortText(s)) {
			left.admins -= newAdmins(s)
			left.changes -= newAdmins(s)
		}
	}
}

func hasNewAdmins(s *section) bool { return newAdmins(s) > 0 }

func newAdmins(s *section) int {
	n := 0
	for _, l := range s.Lists {
		n += len(l.NewAdmins())
	}
	return n
}

// leftOut counts what a report leaves out.
type leftOut struct{ changes, admins, items int }

// everything is all that could be left out.
func everything(d *document) leftOut {
	left := leftOut{items: len(d.Problems) + len(d.Notes) + len(d.Upcoming) + len(d.Off)}
	for _, sections := range [][]section{d.Waiting, d.Organizations} {
		for i := range sections {
			left.add(&sections[i])
		}
	}
	return left
}

func (l *leftOut) add(s *section) {
	for _, list := range s.Lists {
		l.changes += len(list.Rows)
	}
	l.admins += newAdmins(s)
	l.items += len(s.Notes)
}

// note says what is left out and where all of it is; empty if nothing is.
func (l leftOut) note(whole string) string {
	var parts []string
	if l.changes > 0 {
		parts = append(parts, facts.Count(l.changes, "change"))
	}
	if l.admins > 0 {
		parts[0] += " (" + facts.Number(l.admins) + " become admin)"
	}
	if l.items > 0 {
		parts = append(parts, facts.Count(l.items, "note"))
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("> **Left out here, because a comment has limited length: %s.** %s\n\n", strings.Join(parts, " and "), whole)
}

// list is a list under a heading of its own; an empty one is left out. It returns
// how many items have no room.
func (m *markdown) list(heading string, items []string) (more int) {
	if len(items) == 0 || !m.add("## "+heading+"\n\n") {
		return len(items)
	}
	room := min(m.room, itemsMost)
	for i, item := range items {
		text := "- " + prose(item) + "\n"
		if len(text)+1 > room || !m.add(text) {
			more = len(items) - i
			break
		}
		room -= len(text)
	}
	m.add("\n")
	return more
}

func (m *markdown) items(items []string) {
	for _, item := range items {
		m.line("- %s", prose(item))
	}
	if len(items) > 0 {
		m.line("")
	}
}

// heading is what stands above the lists of a section.
func (m *markdown) heading(s *section) {
	m.line("## %s\n", prose(s.Title))
	if s.Facts != "" {
		m.line("%s\n", prose(s.Facts))
	}
	m.items(s.Holds)
}

func sectionText(s *section) string {
	var m markdown
	m.heading(s)
	for _, l := range s.Lists {
		m.table(&l)
	}
	for _, way := range s.Ways {
		m.line("%s:", prose(way.When))
		for _, command := range way.Commands {
			m.line("%s", span(command))
		}
		m.line("")
	}
	m.items(s.Notes)
	return m.String()
}

// shortText is a section without its people, except new admins (S43), and so without
// its command: nobody approves people whose names are not there.
func shortText(s *section) string {
	var m markdown
	m.heading(s)
	for _, l := range s.Lists {
		admins := l
		admins.Rows = l.NewAdmins()
		if len(admins.Rows) > 0 {
			m.table(&admins)
		}
		if len(admins.Rows) < len(l.Rows) {
			m.line("%s. The list is left out here.\n", prose(l.Summary()))
		}
	}
	if len(s.Ways) > 0 {
		m.line("The command is left out too, because not all of its people are here.\n")
	}
	return m.String()
}

// table is a list, folded if it is long.
func (m *markdown) table(l *webpage.List) {
	m.line("### %s: %s\n", prose(l.Heading), facts.Number(len(l.Rows)))
	if l.IsLong() {
		open := ""
		if l.IsOpen() {
			open = " open"
		}
		m.line("<details%s><summary>%s</summary>\n", open, l.Counts())
	}
	m.line("|   | who | what | why |\n|---|---|---|---|")
	for _, r := range l.Rows {
		m.line("| `%s` | %s | %s | %s |", r.Symbol, span(r.Who), span(r.What()), prose(r.Why))
	}
	m.line("")
	if l.IsLong() {
		m.line("</details>\n")
	}
}

func (m *markdown) closing(d *document) {
	m.line("---\n")
	if d.Quiet > 0 {
		m.line("Nothing happens in %s.", facts.Count(d.Quiet, "organization"))
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

// span is a value from outside as code, where it can neither mention a person, nor
// link, nor load a picture (S35). A value that would break the table or the span
// is written as an element with character references instead.
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
