// Package export turns what Clerk holds today into a source and a configuration
// of rollcall whose plan is empty. An instance that has members already starts
// from there.
//
// Read export.go first, which reads Clerk. metadata.go decides which metadata a
// file can hold without changing them, and files.go writes the two files.
//
// The package imports clerkapi for the memberships, and source, policy and
// escape for the rules of what a file may say.
package export
