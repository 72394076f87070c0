// Package seed makes what the verb sandbox serves at first: the company of the
// demo, the content of a file, or an instance of any size.
//
// All of it is in seed.go. The package imports clerkapi/sandbox, whose seed it
// makes, demo for the company, and plan for the marker of a membership.
package seed
