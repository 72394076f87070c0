// Package export turns what Clerk holds today into a source and a
// configuration of rollcall whose plan is empty: adoption starts from there.
//
// Read export.go first; metadata.go decides which metadata a file can say
// without changing them, and files.go writes the two files.
package export
