// Package diff compares what the rules want with what Clerk has, and proposes the
// changes that each organization needs.
//
// A proposal is not judged: package guard decides which of its changes are skipped
// or wait. Everything that policy protects is copied into the desired state as
// kept, so that the comparison itself has no exceptions.
//
// The package imports identity for the users of people, and what it rests on:
// assign, directory, roster and memory. policy has the configuration, and plan has
// the changes. It sends no request of its own: the resolver reads the users that
// would lose something (S04).
//
// Read compare.go first: [Differ.Compare] is the step of the run. proposal.go
// makes the proposal of one organization: desire.go says what it should have,
// and findings.go has what that leaves to say,
// diff.go has the comparison and its table, obstacles.go the managed keys that have no
// place beside somebody's values (S26), invitations.go does the same for
// people without a user. confirm.go drops changes that a second look refutes, and
// unmarked.go says why members without a marker leave. losses.go takes out what
// removals: none does not take (S26). mapping.go says whether a pattern leads to
// an organization for the first time, and readded.go names leavers that somebody
// else has added again.
// exceptions.go gives what a deny takes, and what a grant no longer gives, its reason.
// grace.go, decisions.go and plan.go complete the plan, and forecast.go lists what
// dates will change in the coming days (S28).
package diff
