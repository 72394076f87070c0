// Package runner makes the runs of the verbs: it opens what a run needs, and
// does what belongs around every run that may change Clerk.
//
// Read run.go first: [Session.Run] lists the steps in their order, which are
// lock, begin of the history, run, end of the history, metrics, notifications,
// and the last line of the log. session.go makes a [Session] of a
// configuration, reconcile.go is the run itself, history.go and lock.go are two
// of the steps. outcome.go is what a run hands back, and exit.go the one table
// of exit codes. service.go is what differs when the service makes the run, and
// memlimit.go bounds the memory by the size of the instance. Locks, owners and the
// replacement of files have a file for each system.
//
// The package imports sync for the run, config for what the admin wrote, and
// notify, metrics, report and serve for the steps around the run. It knows
// neither flags nor standard streams: the verbs pass what it needs in [Deps].
package runner
