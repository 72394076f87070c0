// Package seed makes what the verb sandbox serves at first: the company of the
// demo, the content of a file, or an instance of any size.
//
// seed.go makes it, and life.go makes commands for the people in it. The package
// imports clerkapi/sandbox, whose seed it makes, demo for the company, and plan for
// the marker of a membership.
package seed
