// Package rulediff says what a change of the configuration alone does: the plan under
// the new file against the plan under the old one, for the same sources and the same
// state of Clerk.
//
// Both plans are made by package sync, as rollcall plan makes them. Nothing is written:
// the journal is opened for reading, nothing is kept for approve, and the times of the
// requests are not noted.
//
// Read the files in this order:
//
//   - run.go: Run, which makes both plans and compares them
//   - clerk.go: one read of Clerk for both
//   - witness.go: whether a source changed between the two reads
//   - difference.go: the difference of two plans, as a plan
//   - compose.go: the difference for one person in one organization
//   - metadata.go: the same for metadata
//
// The package imports runner for a session and its sources, config for the two files,
// sync for the runs, clerkapi and source for what it stands between, guard for the sets
// that wait, and plan for the values.
package rulediff
