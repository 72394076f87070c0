// Command rollcall keeps Clerk organization memberships in step with a
// directory.
//
// Each verb has a file of its own, which reads flags, opens what it needs, calls
// a package, and shows the result. Verbs in groups have the name of the group in
// front: report_access.go belongs to report.
//
// Read main.go first: run is the whole program. root.go lists the verbs, app.go
// has what each of them takes from the process, and outcome.go brings the
// outcome of a verb through cobra to the exit code. screen.go decides what is
// written beside the result: log, progress, pager, or nothing. apply.go is the verb
// that changes Clerk; it asks package runner to make the run. usage.go has the
// errors of the command line, and help.go shows the topics of package help.
//
// The service begins in serve.go. Package serve decides when a run begins, and
// package worker makes it as apply would.
//
// The program imports runner for runs, config for the configuration, report for
// output, logger, progress and pager for what stands beside it, help for its
// texts, and one package for each larger verb: approve, check, worker, setup,
// export, seed, state, demo, exceptions, forget. It imports sync only to say what a run is asked to
// do, and clerkapi only for its configuration and for the sandbox.
package main
