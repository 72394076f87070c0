// Package journal keeps the history of rollcall's runs in one SQLite file: what
// each run meant to do, what became of it, and the small facts that later runs
// judge by.
//
// The order of writing is what makes a crash harmless (S32): a change is
// written with [DB.Intend], on disk, before it is sent, and its outcome with
// [DB.Record] after. Whatever [DB.Unfinished] returns was cut off in between,
// and may or may not have had its effect: the next run asks Clerk.
//
// The file is journal.db in the state directory, with mode 0600. It is
// write-ahead logged with synchronous FULL on a local disk, and has a rollback
// journal with synchronous EXTRA on a network file system, where shared memory
// does not work (S32). It belongs to one Clerk instance, and a file that is
// damaged or newer than this program is refused, never repaired (S31). All
// files belong to the owner of the directory, also when root runs the program
// (S34).
//
// Read types.go, then open.go and create.go for the file, write.go for its
// transactions, wal.go with internal/wallog for its log, schema.go for the tables, and
// a file per noun: runs.go with waited.go, changes.go with search.go and outline.go,
// facts.go, approvals.go, held.go, pauses.go, links.go and
// internal/exceptions, whose methods [DB] is composed of. prune.go and forget.go are what goes. internal/disk asks the system
// about files.
//
// The package knows nothing of plans, Clerk or directories: what it keeps as
// JSON is opaque to it.
package journal
