package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

func (w *walker) declaration(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Body == nil {
			return
		}
		w.function = w.nameOf(d)
		w.body(d.Body, w.p.info.Defs[d.Name].Type())
	case *ast.GenDecl:
		w.variables(d)
	}
}

// nameOf is the name of a function, for a method behind its type.
func (w *walker) nameOf(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	return strings.TrimPrefix(w.quote(d.Recv.List[0].Type), "*") + "." + d.Name.Name
}

// variables walks the values of package variables.
func (w *walker) variables(d *ast.GenDecl) {
	if d.Tok != token.VAR {
		return
	}
	for _, s := range d.Specs {
		if v, ok := s.(*ast.ValueSpec); ok {
			w.function = v.Names[0].Name
			w.exprs(v.Values)
		}
	}
}

// body walks the body of a function of this type.
func (w *walker) body(body *ast.BlockStmt, function types.Type) {
	sig, ok := function.(*types.Signature)
	if !ok {
		return
	}
	w.results = append(w.results, sig.Results())
	w.block(body.List)
	w.results = w.results[:len(w.results)-1]
}

func (w *walker) typeOf(e ast.Expr) types.Type { return w.p.info.Types[e].Type }

func (w *walker) isConst(e ast.Expr) bool { return w.p.info.Types[e].Value != nil }

// typeName is the type as this file can write it. It is empty for an untyped
// constant and for a type of a package that the file does not import.
func (w *walker) typeName(t types.Type) string {
	ok := true
	s := types.TypeString(t, func(p *types.Package) string {
		if p == w.p.types {
			return ""
		}
		n, in := w.names[p.Path()]
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

// imports has the names that the file gives to its imports, by path. The name
// is empty where a package keeps its own.
func (w *walker) imports() map[string]string {
	names := map[string]string{}
	for _, i := range w.p.syntax[w.file].Imports {
		name := ""
		if i.Name != nil {
			name = i.Name.Name
		}
		names[strings.Trim(i.Path.Value, `"`)] = name
	}
	return names
}

func isBool(t types.Type) bool    { return is(t, types.IsBoolean) }
func isNumber(t types.Type) bool  { return is(t, types.IsInteger|types.IsFloat) }
func isOrdered(t types.Type) bool { return is(t, types.IsOrdered) }

func is(t types.Type, kind types.BasicInfo) bool {
	if t == nil {
		return false
	}
	if _, param := types.Unalias(t).(*types.TypeParam); param {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&kind != 0
}
