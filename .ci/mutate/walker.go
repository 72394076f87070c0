package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"time"
)

// mutant is one change.
type mutant struct {
	id   int
	file string
	line int
	// function has the mutant, before is the text that is changed, and after
	// is what it becomes.
	function, before, after string
	nth                     int // which of the same in the function
	fate                    fate
	took                    time.Duration
}

// key names the mutant without its line, which moves with every edit above it.
func (m *mutant) key() string {
	s := fmt.Sprintf("%s %s: %s => %s", m.file, m.function, m.before, m.after)
	if m.nth > 1 {
		s += fmt.Sprintf(" (%d)", m.nth)
	}
	return s
}

// edit is a piece of text that goes in at a place, instead of so many bytes.
type edit struct {
	at, cut int
	text    string
	closing bool
}

// walker finds the mutants of one file.
type walker struct {
	program  *program
	p        *pkg
	file     string
	src      []byte
	edits    []edit
	function string
	// results are the result types of the enclosing functions, innermost last.
	results []*types.Tuple
	// names are those that the file gives to its imports, by path.
	names map[string]string
}

// text is the text of the file with all edits.
func (w *walker) text() []byte {
	slices.SortStableFunc(w.edits, compareEdits)
	var out []byte
	at := 0
	for _, e := range w.edits {
		out = append(out, w.src[at:e.at]...)
		out = append(out, e.text...)
		at = e.at + e.cut
	}
	return append(out, w.src[at:]...)
}

// compareEdits puts what closes before what opens at the same place.
func compareEdits(a, b edit) int {
	switch {
	case a.at != b.at:
		return a.at - b.at
	case a.closing == b.closing:
		return 0
	case a.closing:
		return -1
	}
	return 1
}

func (w *walker) offset(p token.Pos) int { return w.p.fset.Position(p).Offset }

// quote is the text of a node on one line of at most 90 characters.
func (w *walker) quote(n ast.Node) string {
	s := strings.Join(strings.Fields(string(w.src[w.offset(n.Pos()):w.offset(n.End())])), " ")
	if r := []rune(s); len(r) > 90 {
		s = string(r[:87]) + "..."
	}
	return s
}

// add records a mutant and returns its number.
func (w *walker) add(n ast.Node, after string) int {
	m := &mutant{id: len(w.program.mutants) + 1, file: w.file, line: w.p.fset.Position(n.Pos()).Line,
		function: w.function, before: w.quote(n), after: after}
	k := m.key()
	w.p.count[k]++
	m.nth = w.p.count[k]
	w.program.mutants = append(w.program.mutants, m)
	return m.id
}

// wrap puts text around a node; inside walks what is in the node.
func (w *walker) wrap(n ast.Node, before, after string, inside func()) {
	w.edits = append(w.edits, edit{at: w.offset(n.Pos()), text: before})
	inside()
	w.edits = append(w.edits, edit{at: w.offset(n.End()), text: after, closing: true})
}

// leaf puts text around a node in which nothing else is changed.
func (w *walker) leaf(n ast.Node, before, after string) {
	w.wrap(n, before, after, func() {})
}
