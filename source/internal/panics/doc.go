// Package panics turns a panic into an error. The sources use it at the borders
// of a read, file, csvfile and ldap alike: a fault in a library must not end
// the program, and what was read up to it counts for nothing (S09). It imports
// nothing of this program.
package panics
