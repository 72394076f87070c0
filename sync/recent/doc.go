// Package recent keeps the memberships that the runs of one process have listed, so
// that a run for one person need not list them again: the person's accounts are read
// from Clerk, and everybody else is taken from the list.
//
// A command of its own reads the lists that the last process has saved.
//
// A list that was kept proves little, so it serves little. An organization is listed
// again if its list is old, or if it has not as many members as Clerk counts now. A run
// that another process has made ends all lists. What is taken from a list decides who
// else is there, and so what the guards count; it never takes anything from anybody.
// Package sync makes the run again with everything read if the person would lose
// something, or waits (see narrow.go there).
//
// The package imports clerkapi, for the values that it keeps, and source, which folds
// addresses; directory, memory, policy and plan tell whose an account may be. From roster,
// writers, identity and apply it has the parts of the interface that it stands in front of.
//
// Read the files in this order:
//
//   - clerk.go: Clerk, what a run needs of it
//   - listing.go: Listing, which is kept from run to run
//   - saved.go: a Listing in a file, for the next process
//   - reader.go: Reader, which is Clerk for one run, and the calls that pass through it
//   - who.go: what leads to the accounts of a person
//   - person.go: the memberships of one person in the lists of everybody
//   - users.go: the look-ups of people, without those that had no account lately
//   - reason.go: why more is read than one person
package recent
