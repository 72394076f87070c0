// Package guard decides which proposed changes may be sent: the others are skipped
// or wait.
//
// A skip leaves a single change out (S08, S19). A hold lets changes wait: for an
// approval (S23), or until the source, Clerk, the clock or the configuration is
// right again. A change is sent only when all of its reasons are gone. Guards mark
// changes; they add and remove none.
//
// The package imports diff for the proposals, identity and what it rests on for the
// facts that the rules look at, journal for the approvals and for the last 24
// hours, and plan for the changes and their reasons.
//
// Read judge.go first: [Judge.Judge] is the step of the run. rules.go is the table
// of all rules, in the order in which they are asked. The functions in it stand in
// skip.go (skips), holds.go (what no approval lifts), limits.go (S17) and
// remembered.go (what earlier runs remember). run.go has the limits of a whole run,
// seats.go, quota.go and saved.go what depends on the changes that are left.
// places.go counts free seats for that. accounts.go judges the steps of the leaver ladder.
// approve.go and heldset.go say which sets of changes an approval covers, and
// history.go counts what the last 24 hours did.
package guard
