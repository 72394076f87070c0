package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

func (w *walker) block(list []ast.Stmt) {
	for _, s := range list {
		if w.removable(s) {
			w.wrap(s, fmt.Sprintf("if mutKeep(%d) { ", w.add(s, "left out")), " }", func() { w.statement(s) })
			continue
		}
		w.statement(s)
	}
}

// removable statements declare nothing and end nothing that must end.
func (w *walker) removable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		return !w.untouchable(s.X)
	case *ast.DeferStmt:
		return !w.untouchable(s.Call)
	case *ast.AssignStmt:
		return s.Tok != token.DEFINE && !blank(s.Lhs)
	case *ast.IncDecStmt, *ast.SendStmt, *ast.GoStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok == token.BREAK || s.Tok == token.CONTINUE
	case *ast.ReturnStmt:
		return w.results[len(w.results)-1].Len() == 0
	}
	return false
}

func blank(list []ast.Expr) bool {
	return !slices.ContainsFunc(list, func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return !ok || id.Name != "_"
	})
}

// untouchable calls are locks, whose loss shows only by chance, and panics.
func (w *walker) untouchable(e ast.Expr) bool {
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

func (w *walker) statement(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.BlockStmt:
		w.block(s.List)
	case *ast.IfStmt:
		if s.Init != nil {
			w.statement(s.Init)
		}
		w.condition(s.Cond, true, true)
		w.block(s.Body.List)
		if s.Else != nil {
			w.statement(s.Else)
		}
	case *ast.ForStmt:
		if s.Init != nil {
			w.statement(s.Init)
		}
		if s.Cond != nil {
			w.condition(s.Cond, false, true) // true would only never end
		}
		w.block(s.Body.List)
	case *ast.RangeStmt:
		w.expr(s.X)
		w.block(s.Body.List)
	case *ast.SwitchStmt:
		if s.Init != nil {
			w.statement(s.Init)
		}
		if s.Tag != nil {
			w.expr(s.Tag)
		}
		for _, c := range s.Body.List {
			w.caseClause(s, c.(*ast.CaseClause))
		}
	case *ast.TypeSwitchStmt:
		for _, c := range s.Body.List {
			w.block(c.(*ast.CaseClause).Body)
		}
	case *ast.SelectStmt:
		for _, c := range s.Body.List {
			w.block(c.(*ast.CommClause).Body)
		}
	case *ast.ReturnStmt:
		w.returned(s)
	case *ast.LabeledStmt:
		w.statement(s.Stmt)
	case *ast.DeclStmt:
		if d, ok := s.Decl.(*ast.GenDecl); ok && d.Tok == token.VAR {
			for _, v := range d.Specs {
				for _, x := range v.(*ast.ValueSpec).Values {
					w.expr(x)
				}
			}
		}
	case *ast.AssignStmt:
		for _, x := range s.Rhs {
			w.expr(x)
		}
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

func (w *walker) caseClause(s *ast.SwitchStmt, c *ast.CaseClause) {
	for _, x := range c.List {
		t := types.Type(nil)
		if s.Tag != nil {
			t = w.typeOf(s.Tag)
		}
		switch name := ""; {
		case s.Tag == nil:
			w.condition(x, true, true)
		case is(t, types.IsString|types.IsInteger):
			if name = w.typeName(t); name != "" {
				w.wrap(x, fmt.Sprintf("mutCase[%s](", name), fmt.Sprintf(", %d)", w.add(x, "no case")), func() {})
			}
		}
	}
	w.block(c.Body)
}

// returned makes zero values of results.
func (w *walker) returned(s *ast.ReturnStmt) {
	want := w.results[len(w.results)-1]
	for i, x := range s.Results {
		if len(s.Results) != want.Len() {
			w.expr(x)
			continue
		}
		t := want.At(i).Type()
		name := w.typeName(t)
		tv := w.p.info.Types[x]
		switch {
		case isBool(t) && tv.Value == nil:
			w.condition(x, true, true)
		case isBool(t):
			w.wrap(x, "mutNot(", fmt.Sprintf(", %d)", w.add(x, "not so")), func() {})
		case tv.IsNil(), tv.Value != nil && (isNumber(t) || isZero(tv.Value)), name == "", emptyLiteral(x):
			w.expr(x)
		default:
			w.wrap(x, fmt.Sprintf("mutZero[%s](", name), fmt.Sprintf(", %d)", w.add(s, fmt.Sprintf("result %d zero", i+1))), func() { w.expr(x) })
		}
	}
}

// emptyLiteral is T{}, which is zero already or as good as.
func emptyLiteral(x ast.Expr) bool {
	l, ok := x.(*ast.CompositeLit)
	return ok && len(l.Elts) == 0
}
