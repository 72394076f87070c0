package config

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one fault of the configuration, at its place.
type Problem struct {
	File         string
	Line, Column int
	// Path is the YAML path, such as "rules[2].role"; empty where YAML itself is broken.
	Path string
	Text string
	// Unset is the environment variable that the value refers to, if the problem is that
	// it is not set.
	Unset string
	// Excerpt is the line of the file, without its newline.
	Excerpt string
}

// Error gives file:line:column, the problem, and the line with a mark under the place.
func (p *Problem) Error() string {
	where := p.place() + ": "
	if strings.TrimSpace(p.Excerpt) == "" {
		return where + p.Text
	}
	gutter := fmt.Sprintf("%5d | ", p.Line)
	margin := strings.Repeat(" ", len(gutter)-2) + "| "
	return where + p.Text + "\n" + gutter + p.Excerpt + "\n" + margin + strings.Repeat(" ", max(0, p.Column-1)) + "^"
}

// place is file:line:column, and the path.
func (p *Problem) place() string {
	where := fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	if p.Path != "" {
		where += ": " + p.Path
	}
	return where
}

// Problems are all faults of a configuration, in the order of the file.
type Problems []*Problem

// Error lists all problems.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Brief lists all problems in one line, without excerpts.
func (p Problems) Brief() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		bare := *problem
		bare.Excerpt = ""
		lines[i] = bare.Error()
	}
	return strings.Join(lines, "; ")
}

// report gathers problems while a file is read.
type report struct {
	file  string
	lines []string
	list  Problems
	// places knows where each YAML path stands; see decoder.
	places map[string]position
	// meant are the paths of keys that misspelt ones most likely are: that they are
	// missing is said already.
	meant map[string]bool
	// tabs is by line how many tabs were read as tabWidth blanks each.
	tabs     map[int]int
	tabWidth int
}

func newReport(file string, data []byte) *report {
	return &report{file: file, lines: strings.Split(string(data), "\n"), places: map[string]position{}, meant: map[string]bool{}}
}

func (r *report) addAt(at position, path, problem string) {
	p := &Problem{File: r.file, Line: at.line, Column: at.column - r.tabs[at.line]*max(0, r.tabWidth-1), Path: path, Text: coverKeys(problem)}
	if at.line >= 1 && at.line <= len(r.lines) {
		p.Excerpt = r.excerpt(at.line - 1)
	}
	r.list = append(r.list, p)
}

// add reports a problem by path. A key that is missing has no place of its
// own, so the nearest one above it is shown.
func (r *report) add(path, problem string) {
	if r.has(path) || r.isMisspelt(path) {
		return
	}
	for at := path; ; at = parent(at) {
		if place, ok := r.places[at]; ok {
			r.addAt(place, path, problem)
			return
		}
		if at == "" {
			r.addAt(position{1, 1}, path, problem)
			return
		}
	}
}

// placeColumns gives each csv source the places of its keys: whether a file has the
// columns that they name, only a read shows.
func (c *Config) placeColumns(r *report) {
	for i := range c.Sources {
		csv := c.Sources[i].CSV
		if csv == nil {
			continue
		}
		csv.Places = map[string]string{}
		entry := fmt.Sprintf("sources[%d].", i)
		for path, at := range r.places {
			if key, ok := strings.CutPrefix(path, entry); ok {
				csv.Places[key] = (&Problem{File: r.file, Line: at.line, Column: at.column, Path: path}).place()
			}
		}
	}
}

// placeGroups keeps the places of the groups of rules: whether a source has them, only a
// read shows.
func (c *Config) placeGroups(r *report) {
	for i := range c.Rules {
		at := r.places[fmt.Sprintf("rules[%d].groups", i)]
		c.groupPlaces = append(c.groupPlaces, (&Problem{File: r.file, Line: at.line, Column: at.column}).place())
	}
}

// GroupPlace is file:line:column of the groups of a rule, which is counted from 0.
func (c *Config) GroupPlace(rule int) string { return c.groupPlaces[rule] }

// isMisspelt reports whether a path, or one above it, is missing because its key is
// misspelt.
func (r *report) isMisspelt(path string) bool {
	for ; path != ""; path = parent(path) {
		if _, set := r.places[path]; r.meant[path] && !set {
			return true
		}
	}
	return false
}

// has keeps two checks of the same key from speaking twice: the first one is
// nearer to the cause.
func (r *report) has(path string) bool {
	return path != "" && slices.ContainsFunc(r.list, func(p *Problem) bool { return p.Path == path })
}

func (r *report) err() error {
	if len(r.list) == 0 {
		return nil
	}
	slices.SortStableFunc(r.list, func(a, b *Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return r.list
}

// parent cuts the last step of a YAML path: a.b[2] → a.b → a → "".
func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// visible keeps a tab or an escape sequence in the file from moving the mark
// or the terminal (S35); each is shown as one column.
func visible(line string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, line)
}
