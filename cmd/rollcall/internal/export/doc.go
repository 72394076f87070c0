// Package export turns what Clerk holds today into a source and a configuration
// of rollcall whose plan is empty. An instance that has members already starts
// from there.
//
// Read export.go first, which reads Clerk. metadata.go decides which metadata a
// file can hold without changing them, files.go writes the files, and instance.go does all
// of it for an instance.
//
// The package imports clerkapi for the memberships, source, policy and escape for the
// rules of what a file may say, cases for the file of cases, and config and report for
// what people read.
package export
