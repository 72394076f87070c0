// Package terminal lays out text for people: lines, colours, and columns of what
// a terminal shows, not of bytes. Colour adds nothing that the characters do not
// say.
//
// writer.go has the lines, style.go colours and columns, rows.go the height of a
// text. The package imports the
// library that knows how wide a character is, and nothing of ours.
package terminal
