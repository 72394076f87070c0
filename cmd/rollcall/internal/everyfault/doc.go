// Package everyfault proves progress: a whole run meets every single fault, and then
// the story of the installation ends as if nothing had happened (S39, S40). It has
// tests only.
//
// A world is a small installation and what happens in it before each run. Its story
// runs in one process and in fake time: real sources, the real client over the
// sandbox's handler, package sync, and a journal on disk. The story without a fault is
// recorded: each request, and each write to the state directory. A cell is the same
// story with one fault at one of them, or in a file of a source. Every cell checks four
// things:
//
//   - After each run everybody has the access of before the run, or the access that
//     the run without the fault gave (S09).
//   - The run with the fault finishes what the fault does not concern (S39, S40).
//   - When the fault has ended, two runs lead to the wanted state, and the third one
//     sends no write.
//   - In the end Clerk and the memory of the state directory are the same as without
//     the fault.
//
// Read world_test.go first, then story_test.go for a story and cell_test.go for what a
// cell checks. faults_test.go lists the faults, foreign_test.go what somebody else
// changes just before a request, and concern_test.go what a fault concerns.
// sourcefaults_test.go has the faults of files, in worlds of their own, and
// ldapfaults_test.go those of an LDAP server, in real time.
// wire_test.go is the transport, and state_test.go the journal. end_test.go is the
// state that is compared. worlds_test.go and the other worlds_*_test.go files are the
// worlds. everyfault_test.go picks the cells, and pairs_test.go draws pairs of faults.
//
// The tests import config and sources for what an admin writes, runner for the words
// of outcomes, clerkapi/sandbox for Clerk,
// source/ldap/ldaptest for an LDAP server, and sync for the runs.
package everyfault
