// Package secret has the type of values that nothing shows. It imports no other
// package of rollcall.
package secret
