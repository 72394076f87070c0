// Package check validates the configuration of sources and compares canaries
// with what was read. csvfile, file and ldap use it. It imports package source
// for the types of errors and people.
//
// Read problems.go first, then canary.go.
package check
