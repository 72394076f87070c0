package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
)

// block walks statements, and leaves out each that can be left out.
func (w *walker) block(list []ast.Stmt) {
	for _, s := range list {
		if !w.removable(s) {
			w.statement(s)
			continue
		}
		w.wrap(s, fmt.Sprintf("if mutKeep(%d) { ", w.add(s, "left out")), " }", func() { w.statement(s) })
	}
}

// removable statements declare nothing, and end nothing that has to end.
func (w *walker) removable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		return !untouchable(s.X)
	case *ast.DeferStmt:
		return !untouchable(s.Call)
	case *ast.AssignStmt:
		return s.Tok != token.DEFINE && !blank(s.Lhs)
	case *ast.IncDecStmt, *ast.SendStmt, *ast.GoStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok == token.BREAK || s.Tok == token.CONTINUE
	case *ast.ReturnStmt:
		return w.wanted().Len() == 0
	}
	return false
}

// wanted are the result types of the function around.
func (w *walker) wanted() *types.Tuple { return w.results[len(w.results)-1] }

func blank(list []ast.Expr) bool {
	return !slices.ContainsFunc(list, func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return !ok || id.Name != "_"
	})
}

// untouchable calls are locks, whose loss shows only by chance, and panics.
func untouchable(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name == "panic"
	case *ast.SelectorExpr:
		return slices.Contains([]string{"Lock", "Unlock", "RLock", "RUnlock"}, f.Sel.Name)
	}
	return false
}

// statement walks what contains other statements.
func (w *walker) statement(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.BlockStmt:
		w.block(s.List)
	case *ast.LabeledStmt:
		w.statement(s.Stmt)
	case *ast.IfStmt:
		w.statement(s.Init)
		w.condition(s.Cond, true, true)
		w.block(s.Body.List)
		w.statement(s.Else)
	case *ast.ForStmt:
		w.loop(s)
	case *ast.RangeStmt:
		w.expr(s.X)
		w.block(s.Body.List)
	case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		w.choice(s)
	default:
		w.simple(s)
	}
}

func (w *walker) loop(s *ast.ForStmt) {
	w.statement(s.Init)
	if s.Cond != nil {
		w.condition(s.Cond, false, true) // true would only never end
	}
	w.block(s.Body.List)
}

// choice walks the clauses of a switch or a select.
func (w *walker) choice(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.SwitchStmt:
		w.statement(s.Init)
		w.expr(s.Tag)
		w.clauses(s.Body, func(values []ast.Expr) { w.values(s.Tag, values) })
	case *ast.TypeSwitchStmt:
		w.clauses(s.Body, func([]ast.Expr) {})
	case *ast.SelectStmt:
		w.clauses(s.Body, nil)
	}
}

func (w *walker) clauses(body *ast.BlockStmt, values func([]ast.Expr)) {
	for _, s := range body.List {
		switch c := s.(type) {
		case *ast.CaseClause:
			values(c.List)
			w.block(c.Body)
		case *ast.CommClause:
			w.block(c.Body)
		}
	}
}

// values walks what stands behind a case: conditions, or values that the tag
// may equal.
func (w *walker) values(tag ast.Expr, values []ast.Expr) {
	for _, x := range values {
		if tag == nil {
			w.condition(x, true, true)
			continue
		}
		t := w.typeOf(tag)
		if !is(t, types.IsString|types.IsInteger) {
			continue
		}
		if name := w.typeName(t); name != "" {
			w.leaf(x, fmt.Sprintf("mutCase[%s](", name), fmt.Sprintf(", %d)", w.add(x, "no case")))
		}
	}
}

// simple walks a statement that contains expressions only.
func (w *walker) simple(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.ReturnStmt:
		w.returns(s)
	case *ast.DeclStmt:
		w.local(s)
	case *ast.AssignStmt:
		w.exprs(s.Rhs)
	case *ast.ExprStmt:
		w.expr(s.X)
	case *ast.DeferStmt:
		w.expr(s.Call)
	case *ast.GoStmt:
		w.expr(s.Call)
	case *ast.SendStmt:
		w.expr(s.Value)
	}
}

// local walks the values of variables that a function declares.
func (w *walker) local(s *ast.DeclStmt) {
	d, ok := s.Decl.(*ast.GenDecl)
	if !ok || d.Tok != token.VAR {
		return
	}
	for _, s := range d.Specs {
		if v, ok := s.(*ast.ValueSpec); ok {
			w.exprs(v.Values)
		}
	}
}

// returns makes each returned value the zero value of its type.
func (w *walker) returns(s *ast.ReturnStmt) {
	if len(s.Results) != w.wanted().Len() {
		w.exprs(s.Results) // one call gives all of them
		return
	}
	for i, x := range s.Results {
		w.result(s, i, x)
	}
}

func (w *walker) result(s *ast.ReturnStmt, i int, x ast.Expr) {
	t := w.wanted().At(i).Type()
	value := w.p.info.Types[x].Value
	switch name := w.typeName(t); {
	case isBool(t) && value == nil:
		w.condition(x, true, true)
	case isBool(t):
		w.leaf(x, "mutNot(", fmt.Sprintf(", %d)", w.add(x, "not so")))
	case name == "" || w.zero(t, x):
		w.expr(x)
	default:
		w.wrap(x, fmt.Sprintf("mutZero[%s](", name), fmt.Sprintf(", %d)", w.add(s, fmt.Sprintf("result %d zero", i+1))), func() { w.expr(x) })
	}
}

// zero reports a result that is the zero value already or nearly, and a
// constant number, which has a mutant of its own.
func (w *walker) zero(t types.Type, x ast.Expr) bool {
	if l, ok := x.(*ast.CompositeLit); ok && len(l.Elts) == 0 {
		return true
	}
	tv := w.p.info.Types[x]
	return tv.IsNil() || tv.Value != nil && (isNumber(t) || isZero(tv.Value))
}

func isZero(v constant.Value) bool {
	switch v.Kind() {
	case constant.Int, constant.Float:
		return constant.Sign(v) == 0
	case constant.String:
		return constant.StringVal(v) == ""
	case constant.Bool:
		return !constant.BoolVal(v)
	default:
		return false
	}
}
