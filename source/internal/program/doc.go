// Package program runs a program and reads what it writes: without a shell, in a
// session of its own, with the environment that it is given and no other, and
// never longer than its context lasts. It knows nothing of what the output says.
//
// Read program.go first. errors.go reads what the program writes to standard
// error. process_unix.go is what a group of processes is, and end_linux.go how
// its end is awaited. process_other.go refuses systems that are no Unix; end_other.go is for
// those that are not Linux.
//
// The package imports panics, which keeps a goroutine's panic from ending all.
package program
