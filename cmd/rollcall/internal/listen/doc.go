// Package listen takes an address of this machine for a server, and says what an admin
// can do if it cannot have it.
//
// listen.go has all of it. The package imports nothing of ours.
package listen
