package main

import (
	"fmt"
	"go/ast"
	"go/constant"
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
	// where is the function, was the text that is changed, to what it becomes.
	where, was, to string
	nth            int // which of the same in the function
	fate           fate
	by             string
	took           time.Duration
}

// key names the mutant whatever its line.
func (m *mutant) key() string {
	s := fmt.Sprintf("%s %s: %s => %s", m.file, m.where, m.was, m.to)
	if m.nth > 1 {
		s += fmt.Sprintf(" (%d)", m.nth)
	}
	return s
}

// edit is a piece of text put in, or in the place of another.
type edit struct {
	at, cut int
	text    string
	closing bool
}

// walker finds the mutants of one file.
type walker struct {
	p     *pkg
	file  string
	src   []byte
	edits []edit
	where string
	// results are the result types of the functions around, innermost last.
	results []*types.Tuple
}

// mutate writes the instrumented text of each file.
func (p *pkg) mutate() error {
	for _, f := range p.files {
		syntax := p.syntax[f]
		if syntax == nil {
			return fmt.Errorf("%s is not a file of the package", f)
		}
		w := &walker{p: p, file: f, src: p.source[f]}
		for _, d := range syntax.Decls {
			w.declaration(d)
		}
		p.written[f] = w.apply()
	}
	return nil
}

func (w *walker) apply() []byte {
	slices.SortStableFunc(w.edits, func(a, b edit) int {
		if a.at != b.at {
			return a.at - b.at
		}
		if a.closing != b.closing {
			if a.closing {
				return -1
			}
			return 1
		}
		return 0
	})
	var out []byte
	at := 0
	for _, e := range w.edits {
		out = append(out, w.src[at:e.at]...)
		out = append(out, e.text...)
		at = e.at + e.cut
	}
	return append(out, w.src[at:]...)
}

func (w *walker) offset(p token.Pos) int { return w.p.fset.Position(p).Offset }

func (w *walker) text(n ast.Node) string {
	s := strings.Join(strings.Fields(string(w.src[w.offset(n.Pos()):w.offset(n.End())])), " ")
	if r := []rune(s); len(r) > 90 {
		s = string(r[:87]) + "..."
	}
	return s
}

// add notes a mutant and answers its number.
func (w *walker) add(n ast.Node, to string) int {
	m := &mutant{id: len(w.p.mutants) + 1, file: w.file, line: w.p.fset.Position(n.Pos()).Line, where: w.where, was: w.text(n), to: to}
	k := m.key()
	w.p.seen[k]++
	m.nth = w.p.seen[k]
	w.p.mutants = append(w.p.mutants, m)
	return m.id
}

// wrap puts text around a node and walks what is in it between.
func (w *walker) wrap(n ast.Node, before, after string, inside func()) {
	w.edits = append(w.edits, edit{at: w.offset(n.Pos()), text: before})
	inside()
	w.edits = append(w.edits, edit{at: w.offset(n.End()), text: after, closing: true})
}

func (w *walker) declaration(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Body == nil {
			return
		}
		w.where = d.Name.Name
		if d.Recv != nil {
			w.where = strings.TrimPrefix(w.text(d.Recv.List[0].Type), "*") + "." + w.where
		}
		sig := w.p.info.Defs[d.Name].Type().(*types.Signature)
		w.function(d.Body, sig)
	case *ast.GenDecl:
		if d.Tok != token.VAR {
			return
		}
		for _, s := range d.Specs {
			v := s.(*ast.ValueSpec)
			w.where = v.Names[0].Name
			for _, x := range v.Values {
				w.expr(x)
			}
		}
	}
}

func (w *walker) function(body *ast.BlockStmt, sig *types.Signature) {
	w.results = append(w.results, sig.Results())
	w.block(body.List)
	w.results = w.results[:len(w.results)-1]
}

func (w *walker) typeOf(e ast.Expr) types.Type { return w.p.info.Types[e].Type }

func (w *walker) isConst(e ast.Expr) bool { return w.p.info.Types[e].Value != nil }

// typeName is the type as this file may write it; empty when it may not.
func (w *walker) typeName(t types.Type) string {
	ok := true
	names := map[string]string{}
	for _, i := range w.p.syntax[w.file].Imports {
		path := strings.Trim(i.Path.Value, `"`)
		if i.Name != nil {
			names[path] = i.Name.Name
			continue
		}
		names[path] = "" // by its own name
	}
	s := types.TypeString(t, func(p *types.Package) string {
		if p == w.p.types {
			return ""
		}
		n, in := names[p.Path()]
		if !in {
			ok = false
		}
		if n == "" {
			n = p.Name()
		}
		return n
	})
	if !ok || strings.Contains(s, "untyped") {
		return ""
	}
	return s
}

func isBool(t types.Type) bool    { return is(t, types.IsBoolean) }
func isNumber(t types.Type) bool  { return is(t, types.IsInteger|types.IsFloat) }
func isOrdered(t types.Type) bool { return is(t, types.IsOrdered) }

func is(t types.Type, what types.BasicInfo) bool {
	if t == nil {
		return false
	}
	if _, param := types.Unalias(t).(*types.TypeParam); param {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&what != 0
}

func isZero(v constant.Value) bool {
	switch v.Kind() {
	case constant.Int, constant.Float:
		return constant.Sign(v) == 0
	case constant.String:
		return constant.StringVal(v) == ""
	case constant.Bool:
		return !constant.BoolVal(v)
	}
	return false
}
