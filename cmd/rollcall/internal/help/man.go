package help

import (
	"fmt"
	"strings"
)

// Man is a topic as the Markdown of a man page of section 7: its name, a line of
// what it is about, and references to other pages instead of links.
func Man(t Topic) string {
	_, body, _ := strings.Cut(t.Text, "\n")
	body = followLinks(body, func(topic string) string {
		if _, rule := findRule(topic); rule {
			return topic + " in **" + ManName(SafetyTopic) + "(7)**"
		}
		return "**" + ManName(topic) + "(7)**"
	})
	return fmt.Sprintf("# NAME\n%s - %s\n\n# DESCRIPTION\n%s", ManName(t.Name), t.Summary, manTables(body))
}

// ManName is the name of a topic's man page.
func ManName(topic string) string { return "rollcall-" + topic }

// manTables makes each row of a table a term with its definition, because roff
// sets a table as wide as it likes.
func manTables(text string) string {
	var b strings.Builder
	var header string
	for line := range strings.Lines(text) {
		switch {
		case !strings.HasPrefix(line, "|"):
			header = ""
			b.WriteString(line)
		case header == "", separatorRow.MatchString(strings.TrimSpace(line)):
			header = line
		default:
			cells := splitCells(line)
			b.WriteString(cells[0] + "\n: " + strings.Join(cells[1:], ". ") + "\n\n")
		}
	}
	return b.String()
}
