// Package platform is what operating systems do differently with files, links and
// connections: flags of opening, owners, where an absolute path begins, and the
// numbers of errors. What Windows does not have is a zero here, and the doc comment
// says what follows from it.
//
// It imports nothing of ours. Each name stands once in a file for Unix systems, and
// once in the file for Windows; path.go is for both.
package platform
