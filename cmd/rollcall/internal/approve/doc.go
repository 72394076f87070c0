// Package approve records that somebody approves changes that wait (S23).
//
// Read approve.go first: it approves sets by their hashes. waiting.go lists what
// the newest plan left waiting, and asks about it set by set; find.go says whether a set
// can still be approved, for the status page; reason.go says what a reason is.
//
// rebind.go records the other decision of an admin, on an id that changed (S02), and
// pauses.go says what is paused if there was nothing to resume.
//
// The package knows neither Clerk nor the sources: the journal has the sets, and report
// prints them.
package approve
