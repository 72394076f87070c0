// Package directory reads all sources and joins their people: somebody whom
// several sources list is one person. It knows nothing of Clerk.
//
// Of our own packages it imports source, whose snapshots it reads; policy, for
// what the rules ask of a source and for sources with the same ids; and plan, for
// ids, notes and failures.
//
// Read the files in this order:
//
//   - read.go: Reader, which reads the sources in parallel
//   - forest.go: members of a group that another source has
//   - person.go: a person, and what later stages find out about them
//   - merge.go: how the people of different sources become one person
//   - sameids.go: when ids of different sources mean the same person
//   - directory.go: all people, and the search for those whom markers name
package directory
