// Package setup asks for what a first configuration needs, tries each connection
// as it goes, and writes the file.
//
// Read setup.go first; ask.go is the dialogue, source.go the questions about a
// file or a directory, rules.go those about rules, and write.go the file.
//
// The package imports source and clerkapi to try the connections, and policy and
// config for what the answers may be.
package setup
