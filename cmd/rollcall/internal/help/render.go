package help

import (
	"io"
	"regexp"
	"strings"

	"rollcall/cmd/rollcall/internal/terminal"
)

// The widths between which text is laid out, in columns.
const (
	minWidth     = 60
	maxWidth     = 100
	DefaultWidth = 80 // where there is no terminal
)

// Options say how a topic is shown.
type Options struct {
	Width int
	Style terminal.Style
}

// renderer writes one topic.
type renderer struct {
	Options
	out   strings.Builder
	lines []string // what is not read yet
}

// Render writes a topic as plain text.
func Render(w io.Writer, t Topic, o Options) error {
	_, err := io.WriteString(w, RenderText(t.Text, o))
	return err
}

// RenderText is Markdown as plain text.
func RenderText(text string, o Options) string {
	o.Width = min(max(o.Width, minWidth), maxWidth)
	r := &renderer{Options: o, lines: strings.Split(strings.TrimSpace(text), "\n")}
	for len(r.lines) > 0 {
		r.block()
	}
	return r.out.String()
}

var (
	itemStart = regexp.MustCompile(`^( *)(-|[0-9]+\.) +`)
	heading   = regexp.MustCompile(`^#+ `)
)

// block writes what begins with the next line.
func (r *renderer) block() {
	line := r.lines[0]
	switch {
	case strings.TrimSpace(line) == "":
		r.take()
		r.blank()
	case strings.HasPrefix(line, "```"):
		r.code()
	case heading.MatchString(line):
		r.heading()
	case strings.HasPrefix(line, "|"):
		r.table()
	case strings.HasPrefix(line, "\t"), strings.HasPrefix(line, "    "):
		r.line("    " + strings.TrimSpace(r.take())) // a command in the help of cobra
	case itemStart.MatchString(line):
		r.item()
	default:
		r.wrapped("", "", r.paragraph())
	}
}

func (r *renderer) take() string {
	line := r.lines[0]
	r.lines = r.lines[1:]
	return line
}

// blank makes one empty line, and never two.
func (r *renderer) blank() {
	if s := r.out.String(); s != "" && !strings.HasSuffix(s, "\n\n") {
		r.out.WriteString("\n")
	}
}

func (r *renderer) line(text string) { r.out.WriteString(strings.TrimRight(text, " ") + "\n") }

func (r *renderer) heading() {
	r.blank()
	for _, line := range wrap(plain(heading.ReplaceAllString(r.take(), "")), r.Width) {
		r.line(r.Style.Paint(terminal.Bold, line))
	}
}

// paragraph joins the lines up to the next block.
func (r *renderer) paragraph() string {
	words := []string{strings.TrimSpace(r.take())}
	for len(r.lines) > 0 && !r.endsParagraph(r.lines[0]) {
		words = append(words, strings.TrimSpace(r.take()))
	}
	return strings.Join(words, " ")
}

func (r *renderer) endsParagraph(line string) bool {
	return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "```") || strings.HasPrefix(line, "|") ||
		heading.MatchString(line) || itemStart.MatchString(line)
}

// item writes one item of a list, with a hanging indent.
func (r *renderer) item() {
	m := itemStart.FindStringSubmatch(r.lines[0])
	r.lines[0] = r.lines[0][len(m[0]):]
	mark := m[1] + m[2] + " "
	r.wrapped(mark, strings.Repeat(" ", len(mark)), r.paragraph())
}

// code writes a block as it stands. A file that the block shows is named above it.
func (r *renderer) code() {
	if _, file, named := strings.Cut(r.take(), " "); named {
		r.line("  " + r.Style.Paint(terminal.Bold, file+":"))
	}
	for len(r.lines) > 0 {
		line := r.take()
		if strings.HasPrefix(line, "```") {
			return
		}
		r.line("    " + line)
	}
}

// wrapped writes text in lines that are no wider than the terminal.
func (r *renderer) wrapped(first, next, text string) {
	for i, line := range wrap(r.inline(text), r.Width-len(next)) {
		if i > 0 {
			first = next
		}
		r.line(first + line)
	}
}
