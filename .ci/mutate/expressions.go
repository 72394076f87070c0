package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

func (w *walker) exprs(list []ast.Expr) {
	for _, e := range list {
		w.expr(e)
	}
}

// expr walks an expression whose value is used as it is.
func (w *walker) expr(e ast.Expr) {
	if e == nil || w.constant(e) {
		return
	}
	switch x := e.(type) {
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			w.condition(e, true, true)
			return
		}
		w.expr(x.X)
	case *ast.BinaryExpr:
		w.binary(x)
	case *ast.CallExpr:
		w.call(x)
	case *ast.FuncLit:
		w.body(x.Body, w.typeOf(x))
	case *ast.CompositeLit:
		w.literal(x)
	default:
		w.part(e)
	}
}

// part walks an expression that takes something out of another.
func (w *walker) part(e ast.Expr) {
	switch x := e.(type) {
	case *ast.ParenExpr:
		w.expr(x.X)
	case *ast.TypeAssertExpr:
		w.expr(x.X)
	case *ast.SelectorExpr:
		w.operand(x.X)
	case *ast.StarExpr:
		w.operand(x.X)
	case *ast.SliceExpr:
		w.operand(x.X)
		w.expr(x.Low)
		w.expr(x.High)
	case *ast.IndexExpr:
		if !w.p.info.Types[x.Index].IsType() {
			w.operand(x.X)
			w.expr(x.Index)
		}
	}
}

// operand walks a value, but neither a type nor a package.
func (w *walker) operand(e ast.Expr) {
	if tv, ok := w.p.info.Types[e]; ok && tv.IsValue() {
		w.expr(e)
	}
}

// constant mutates a number. It reports whether the expression is a constant,
// in which nothing else is changed.
func (w *walker) constant(e ast.Expr) bool {
	tv := w.p.info.Types[e]
	if tv.Value == nil {
		return false
	}
	name := ""
	if isNumber(tv.Type) && !isEnumeration(tv.Type) {
		name = w.typeName(types.Default(tv.Type))
	}
	if name == "" {
		return true
	}
	after := "+1"
	switch {
	case isZero(tv.Value):
		after = "1"
	case name == "time.Duration" || name == "float64" || tv.Type.String() == "golang.org/x/time/rate.Limit":
		after = "*2"
	}
	w.leaf(e, fmt.Sprintf("mutNumber[%s](", name), fmt.Sprintf(", %q, %d)", after, w.add(e, after)))
	return true
}

// isEnumeration reports a number that stands for a name, such as an action.
func isEnumeration(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && is(t, types.IsInteger) && named.Obj().Name() != "Duration"
}

// neighbours are the operators that take the place of those that are written.
var neighbours = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL,
}

func (w *walker) binary(x *ast.BinaryExpr) {
	after, known := neighbours[x.Op]
	order := x.Op == token.LSS || x.Op == token.LEQ || x.Op == token.GTR || x.Op == token.GEQ
	switch {
	case x.Op == token.LAND || x.Op == token.LOR:
		w.condition(x, true, true)
	case order && isOrdered(w.typeOf(x.X)):
		w.infix(x, fmt.Sprintf("mutCompare(%q, %d, ", x.Op, w.add(x, after.String())))
	case known && isNumber(w.typeOf(x)) && w.typeName(w.typeOf(x)) != "":
		w.infix(x, fmt.Sprintf("mutArith[%s](%q, %d, ", w.typeName(w.typeOf(x)), x.Op, w.add(x, after.String())))
	default:
		w.expr(x.X)
		w.expr(x.Y)
	}
}

// infix makes a call of an operator.
func (w *walker) infix(x *ast.BinaryExpr, before string) {
	w.wrap(x, before, ")", func() {
		w.expr(x.X)
		w.edits = append(w.edits, edit{at: w.offset(x.OpPos), cut: len(x.Op.String()), text: ",", closing: true})
		w.expr(x.Y)
	})
}

func (w *walker) call(x *ast.CallExpr) {
	switch name := w.builtin(x); name {
	case "make", "new":
		return
	case "min", "max":
		w.extreme(x, name)
	}
	if w.p.info.Types[x.Fun].IsType() && len(x.Args) == 1 && w.isConst(x.Args[0]) {
		return
	}
	switch f := x.Fun.(type) {
	case *ast.SelectorExpr:
		w.operand(f.X)
	case *ast.FuncLit:
		w.expr(f)
	}
	w.exprs(x.Args)
}

// builtin is the name of the built-in function that is called, or empty.
func (w *walker) builtin(x *ast.CallExpr) string {
	id, ok := x.Fun.(*ast.Ident)
	if !ok {
		return ""
	}
	if _, ok := w.p.info.Uses[id].(*types.Builtin); !ok {
		return ""
	}
	return id.Name
}

// extreme exchanges min and max.
func (w *walker) extreme(x *ast.CallExpr, name string) {
	t := w.typeName(w.typeOf(x))
	if t == "" {
		return
	}
	after := map[string]string{"min": "max", "max": "min"}[name]
	w.edits = append(w.edits, edit{at: w.offset(x.Pos()), cut: w.offset(x.Lparen) + 1 - w.offset(x.Pos()),
		text: fmt.Sprintf("mutExtreme[%s](%q, %d, ", t, name, w.add(x, after))})
}

func (w *walker) literal(x *ast.CompositeLit) {
	for _, e := range x.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		}
		w.expr(e)
	}
}
