// Package demo invents a company: what its directory says today, and a Clerk
// instance that has drifted from it in every way that rollcall knows. It is
// the same company each time, so that the documentation can quote it.
package demo
