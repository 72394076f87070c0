// Package setup asks for what a first configuration needs, tries each connection
// as it goes, and writes the file.
//
// Read setup.go first; ask.go is the dialogue, source.go the questions about
// where people come from: table.go, columns.go, where.go and dates.go about a file,
// encoding.go about its encoding, directory.go about a directory; rules.go those about
// rules, order.go the order of these, and write.go the file.
//
// The package imports source and clerkapi to try the connections, and policy and
// config for what the answers may be.
package setup
