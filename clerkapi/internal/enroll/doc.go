// Package enroll are the calls that read what makes members, or sets their
// roles, besides rollcall: verified domains, enterprise connections, and Clerk's
// own directory sync with its group role mappings.
//
// It imports the packages arguments, calls, limit and wire below clerkapi/internal, and
// nothing else of rollcall: package clerkapi gives it a sender.
//
// Read directories.go, then domains.go and connections.go.
package enroll
