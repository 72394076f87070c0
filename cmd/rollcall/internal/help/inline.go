package help

import (
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"rollcall/cmd/rollcall/internal/terminal"
)

var (
	codeSpan = regexp.MustCompile("`([^`]+)`")
	boldSpan = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	link     = regexp.MustCompile(`\[([^\]]+)\]\(([^)]+)\)`)
)

// fixed is a space at which no line breaks: a short command stays in one piece.
const (
	fixed     = "\u00a0"
	unbroken  = 36 // columns of code that are kept in one line
	topicFile = ".md"
)

// inline makes the Markdown within a line plain. Code loses its quotes where it
// has a colour instead.
func (r *renderer) inline(s string) string {
	s = followLinks(s, func(topic string) string { return "`rollcall help " + topic + "`" })
	s = codeSpan.ReplaceAllStringFunc(s, func(span string) string {
		code := strings.Trim(span, "`")
		if len(code) <= unbroken {
			code = strings.ReplaceAll(code, " ", fixed)
		}
		if r.Style.On {
			return r.Style.Paint(terminal.Green, code)
		}
		return "`" + code + "`"
	})
	return boldSpan.ReplaceAllStringFunc(s, func(span string) string {
		return r.Style.Paint(terminal.Bold, strings.Trim(span, "*"))
	})
}

// followLinks replaces each link by its text and the place where it leads. A
// link to another topic becomes what refer makes of its name, and one to a safety
// rule what it makes of the number.
func followLinks(s string, refer func(topic string) string) string {
	return link.ReplaceAllStringFunc(s, func(whole string) string {
		m := link.FindStringSubmatch(whole)
		words, to := m[1], m[2]
		file, section, _ := strings.Cut(to, "#")
		switch topic := strings.TrimSuffix(file, topicFile); {
		case strings.Contains(to, "://") && words == to:
			return to
		case strings.Contains(to, "://"):
			return words + " (" + to + ")"
		case topic == SafetyTopic && section != "":
			return refer(words)
		case words == topic:
			return refer(topic)
		default:
			return words + " (" + refer(topic) + ")"
		}
	})
}

// plain is Markdown within a line without any mark.
func plain(s string) string {
	s = link.ReplaceAllString(s, "$1")
	return boldSpan.ReplaceAllString(codeSpan.ReplaceAllString(s, "$1"), "$1")
}

// wrap breaks text at spaces. A word that is too long has a line of its own.
func wrap(s string, width int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range words(s, width) {
		w := text.StringWidthWithoutEscSequences(word)
		if line != "" && used+1+w > width {
			lines = append(lines, line)
			line, used = "", 0
		}
		if line != "" {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+w
	}
	return append(lines, line)
}

// words are what a line is made of: a short command is one word where it fits.
func words(s string, width int) []string {
	const glue = "\x00"
	var all []string
	for word := range strings.FieldsSeq(strings.ReplaceAll(s, fixed, glue)) {
		if word = strings.ReplaceAll(word, glue, " "); text.StringWidthWithoutEscSequences(word) <= width {
			all = append(all, word)
		} else {
			all = append(all, strings.Fields(word)...)
		}
	}
	return all
}
