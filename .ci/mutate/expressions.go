package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// condition mutates a truth value: each part of an "and" to true, each part
// of an "or" to false, and what has no parts to both, as far as asked for.
func (w *walker) condition(e ast.Expr, toTrue, toFalse bool) {
	if w.isConst(e) {
		return
	}
	switch x := e.(type) {
	case *ast.ParenExpr:
		w.condition(x.X, toTrue, toFalse)
		return
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			w.condition(x.X, toFalse, toTrue)
			return
		}
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LAND:
			w.forced(e, false, toFalse, func() { w.condition(x.X, true, false); w.condition(x.Y, true, false) })
			return
		case token.LOR:
			w.forced(e, toTrue, false, func() { w.condition(x.X, false, true); w.condition(x.Y, false, true) })
			return
		}
	}
	w.forced(e, toTrue, toFalse, func() { w.expr(e) })
}

func (w *walker) forced(e ast.Expr, toTrue, toFalse bool, inside func()) {
	if !toTrue && !toFalse {
		inside()
		return
	}
	var yes, no int
	if toTrue {
		yes = w.add(e, "true")
	}
	if toFalse {
		no = w.add(e, "false")
	}
	w.wrap(e, "mutBool(", fmt.Sprintf(", %d, %d)", yes, no), inside)
}

// expr walks an expression whose value is used as it is.
func (w *walker) expr(e ast.Expr) {
	if e == nil {
		return
	}
	if w.constant(e) {
		return
	}
	switch x := e.(type) {
	case *ast.ParenExpr:
		w.expr(x.X)
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
		w.function(x.Body, w.typeOf(x).(*types.Signature))
	case *ast.CompositeLit:
		w.literal(x)
	case *ast.SelectorExpr:
		w.operand(x.X)
	case *ast.StarExpr:
		w.operand(x.X)
	case *ast.IndexExpr:
		if !w.p.info.Types[x.Index].IsType() {
			w.operand(x.X)
			w.expr(x.Index)
		}
	case *ast.SliceExpr:
		w.operand(x.X)
		w.expr(x.Low)
		w.expr(x.High)
	case *ast.TypeAssertExpr:
		w.expr(x.X)
	}
}

// operand walks what is selected from or indexed, unless it is a type or a package.
func (w *walker) operand(e ast.Expr) {
	if tv, ok := w.p.info.Types[e]; ok && tv.IsValue() {
		w.expr(e)
	}
}

// constant mutates a number; it reports whether there is nothing else in it.
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
	to := "+1"
	if name == "time.Duration" || name == "float64" || tv.Type.String() == "golang.org/x/time/rate.Limit" {
		to = "*2"
	}
	if isZero(tv.Value) {
		to = "1"
	}
	w.wrap(e, fmt.Sprintf("mutNumber[%s](", name), fmt.Sprintf(", %q, %d)", to, w.add(e, to)), func() {})
	return true
}

// isEnumeration reports a number that is a name in truth, such as an action.
func isEnumeration(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && is(t, types.IsInteger) && named.Obj().Name() != "Duration"
}

// flipped are the operators beside those that are written.
var flipped = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL,
}

func (w *walker) binary(x *ast.BinaryExpr) {
	both := func(between func()) { w.expr(x.X); between(); w.expr(x.Y) }
	none := func() {}
	to, can := flipped[x.Op]
	switch {
	case x.Op == token.LAND || x.Op == token.LOR:
		w.condition(x, true, true)
	case !can:
		both(none)
	case x.Op == token.LSS || x.Op == token.LEQ || x.Op == token.GTR || x.Op == token.GEQ:
		if !isOrdered(w.typeOf(x.X)) {
			both(none)
			return
		}
		w.infix(x, fmt.Sprintf("mutCompare(%q, %d, ", x.Op, w.add(x, to.String())), both)
	case isNumber(w.typeOf(x)):
		w.infix(x, fmt.Sprintf("mutArith[%s](%q, %d, ", w.typeName(w.typeOf(x)), x.Op, w.add(x, to.String())), both)
	default:
		both(none)
	}
}

// infix makes a call of an operator.
func (w *walker) infix(x *ast.BinaryExpr, before string, inside func(between func())) {
	w.wrap(x, before, ")", func() {
		inside(func() {
			w.edits = append(w.edits, edit{at: w.offset(x.OpPos), cut: len(x.Op.String()), text: ",", closing: true})
		})
	})
}

func (w *walker) call(x *ast.CallExpr) {
	args := x.Args
	if id, ok := x.Fun.(*ast.Ident); ok {
		_, builtin := w.p.info.Uses[id].(*types.Builtin)
		switch {
		case builtin && (id.Name == "make" || id.Name == "new"):
			return
		case builtin && (id.Name == "min" || id.Name == "max") && w.typeName(w.typeOf(x)) != "":
			other := map[string]string{"min": "max", "max": "min"}[id.Name]
			w.edits = append(w.edits, edit{at: w.offset(x.Pos()), cut: w.offset(x.Lparen) + 1 - w.offset(x.Pos()),
				text: fmt.Sprintf("mutExtreme[%s](%q, %d, ", w.typeName(w.typeOf(x)), id.Name, w.add(x, other))})
		}
	}
	if w.p.info.Types[x.Fun].IsType() && len(args) == 1 && w.isConst(args[0]) {
		return
	}
	if sel, ok := x.Fun.(*ast.SelectorExpr); ok {
		w.operand(sel.X)
	} else if lit, ok := x.Fun.(*ast.FuncLit); ok {
		w.expr(lit)
	}
	for _, a := range args {
		w.expr(a)
	}
}

func (w *walker) literal(x *ast.CompositeLit) {
	for _, e := range x.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			w.expr(kv.Value)
			continue
		}
		w.expr(e)
	}
}
