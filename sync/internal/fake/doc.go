// Package fake has a Clerk and a source in memory, for the tests of sync and of
// its packages. Only tests import it.
//
// It imports clerkapi and source for their types, and plan for the merge of
// metadata, so that every package of sync but plan can use it in its tests.
//
// Files: clerk.go (what it holds, and the writes), reads.go, source.go.
package fake
