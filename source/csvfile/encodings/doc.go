// Package encodings turns the bytes of a CSV file into UTF-8. csvfile and the setup
// of a first configuration use it. It imports no other package of rollcall.
package encodings
