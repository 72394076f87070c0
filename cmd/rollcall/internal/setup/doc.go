// Package setup asks for what a first configuration needs, tries each
// connection as it goes, and writes the file.
//
// Read setup.go first; ask.go is the dialogue, source.go what is asked of a
// file or a directory, and write.go the file.
package setup
