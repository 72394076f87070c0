package config

import (
	"fmt"
	"strings"
)

// indentation are the lines of a file that have a tab before their value, which YAML
// does not allow.
type indentation struct {
	first position
	lines []int
	// tabs is by line how many there are before the value.
	tabs map[int]int
}

// tabsOf finds the tabs before values. A tab behind a key is allowed, and so are those
// between brackets, so it is for the parser to say whether a file can be read.
func tabsOf(data []byte) *indentation {
	in := &indentation{tabs: map[int]int{}}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		begin := indentationOf(line)
		if at := strings.IndexByte(begin, '\t'); at >= 0 {
			if in.lines = append(in.lines, number); len(in.lines) == 1 {
				in.first = position{number, at + 1}
			}
			in.tabs[number] = strings.Count(begin, "\t")
		}
	}
	return in
}

func indentationOf(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t-"))] }

// withBlanks is a text with so many blanks in place of each tab before a value.
func withBlanks(data []byte, width int) []byte {
	var b strings.Builder
	for line := range strings.Lines(string(data)) {
		begin := indentationOf(line)
		b.WriteString(strings.ReplaceAll(begin, "\t", strings.Repeat(" ", width)) + line[len(begin):])
	}
	return []byte(b.String())
}

// parseTabbed parses a file that may be indented with tabs. What else is wrong with it
// is found as if they were blanks, so that all problems are listed at once.
func parseTabbed(r *report, data []byte) (*node, error) {
	root, err := parse(data)
	in := tabsOf(data)
	if err == nil || len(in.lines) == 0 {
		return root, err
	}
	r.addAt(in.first, "", in.problem())
	for _, width := range []int{8, 4, 2} { // as editors show tabs
		if root, err = parse(withBlanks(data, width)); err == nil {
			r.tabs, r.tabWidth = in.tabs, width
			return root, nil
		}
	}
	return nil, nil // what else is wrong depends on what the tabs were meant to be
}

func (in *indentation) problem() string {
	where := "this line is"
	if len(in.lines) > 1 {
		where = "lines " + ranges(in.lines) + " are"
	}
	return "YAML does not allow tabs for indentation: use spaces (" + where + " indented with tabs)"
}

// ranges writes sorted numbers as "2, 4 to 7".
func ranges(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		switch {
		case end-i > 1:
			parts = append(parts, fmt.Sprintf("%d to %d", numbers[i], numbers[end]))
		default:
			for _, n := range numbers[i : end+1] {
				parts = append(parts, fmt.Sprint(n))
			}
		}
		i = end + 1
	}
	return strings.Join(parts, ", ")
}
