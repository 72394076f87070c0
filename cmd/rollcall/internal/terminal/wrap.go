package terminal

import (
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Width is how many cells of a terminal a text takes. Colours take none.
func Width(s string) int { return text.StringWidthWithoutEscSequences(s) }

// continued begins each line that continues another one. No line of a report begins
// so, and whatever a value says, its words begin no line of their own (S35).
const continued = "│ "

// Wrap breaks a line between words, so that it fits the width. What follows the
// first line stands behind a bar, indented so far. A word is never broken, even if
// it is wider than the terminal: an address or a command must stay whole to be
// copied. A width of 0 is unlimited.
func Wrap(line string, width, indent int) string {
	if width <= 0 || Width(line) <= width {
		return line
	}
	start := len(line) - len(strings.TrimLeft(line, " "))
	var b strings.Builder
	b.WriteString(line[:start])
	column := start
	for i, word := range words(line[start:]) {
		if i > 0 && column+Width(word) > width {
			word = strings.TrimLeftFunc(word, isBlank)
			b.WriteString("\n" + strings.Repeat(" ", indent) + continued)
			column = indent + Width(continued)
		}
		b.WriteString(word)
		column += Width(word)
	}
	return b.String()
}

// Paragraph breaks a text of the program between words, so that it fits the width. It
// is not for values: what follows the first line has no bar.
func Paragraph(text string, width int) string {
	return fill(strings.Fields(text), 0, width, "", 0)
}

// fill joins words, the first of which begins in the column, to lines that fit the
// width. Each line but the last ends with the end, and each but the first is indented
// so far.
func fill(words []string, column, width int, end string, indent int) string {
	var b strings.Builder
	for i, word := range words {
		switch {
		case i == 0:
		case column+1+Width(word)+Width(end) > width:
			b.WriteString(end + "\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += Width(word)
	}
	return b.String()
}

// words splits a text before each blank, but for the one between a number and its
// percent sign.
func words(text string) []string {
	var list []string
	from := 0
	for i, r := range text {
		if isBlank(r) && !strings.HasPrefix(text[i:], " %") {
			list = append(list, text[from:i])
			from = i
		}
	}
	return append(list, text[from:])
}

// isBlank reports whether a terminal shows nothing but room for a letter.
func isBlank(r rune) bool { return unicode.Is(unicode.Zs, r) }

// Columns lays cells out in as many columns as fit the width, row by row.
func Columns(cells []string, width int) []string {
	const gap = 2
	widest := 0
	for _, c := range cells {
		widest = max(widest, Width(c))
	}
	per := max(1, (width+gap)/(widest+gap))
	var lines []string
	for i := 0; i < len(cells); i += per {
		row := cells[i:min(i+per, len(cells))]
		var b strings.Builder
		for _, c := range row {
			b.WriteString(text.Pad(c, widest+gap, ' '))
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines
}

// WrapCommand breaks a command between its words, as a shell reads it: each line but
// the last ends with a backslash, so that the whole can be pasted. What follows the
// first line is indented so far. A word is never broken.
func WrapCommand(command string, width, indent int) string {
	if width <= 0 || Width(command)+indent <= width {
		return command
	}
	return fill(shellWords(command), indent, width, ` \`, indent+2)
}

// shellWords splits a command at the blanks outside its quotes. A backslash outside
// them makes the next character plain: so a quote stands in a quoted word.
func shellWords(command string) []string {
	var list []string
	var quote rune
	from, plain := 0, false
	for i, r := range command {
		switch {
		case plain:
			plain = false
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
		case r == '\\':
			plain = true
		case r == '\'' || r == '"':
			quote = r
		case r == ' ':
			list = append(list, command[from:i])
			from = i + 1
		}
	}
	return append(list, command[from:])
}
