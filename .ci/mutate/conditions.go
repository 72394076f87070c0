package main

import (
	"fmt"
	"go/ast"
	"go/token"
)

// condition mutates a truth value: each part of an "and" to true, each part
// of an "or" to false, and what has no parts to both, as far as the caller asks.
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
		if x.Op == token.LAND || x.Op == token.LOR {
			w.connective(x, toTrue, toFalse)
			return
		}
	}
	w.force(e, toTrue, toFalse, func() { w.expr(e) })
}

// connective mutates "and" and "or". An "and" is true already when its parts
// are, and an "or" false, so that way belongs to the parts.
func (w *walker) connective(x *ast.BinaryExpr, toTrue, toFalse bool) {
	and := x.Op == token.LAND
	w.force(x, toTrue && !and, toFalse && and, func() {
		w.condition(x.X, and, !and)
		w.condition(x.Y, and, !and)
	})
}

// force makes a condition true, false, or each of both in turn.
func (w *walker) force(e ast.Expr, toTrue, toFalse bool, inside func()) {
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
