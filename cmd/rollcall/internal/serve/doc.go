// Package serve makes runs again and again: by a schedule, when a file has
// changed, and when an admin asks. It does not know what a run is; the program
// gives it a [Worker].
//
// Read service.go first. Its loop decides about every run in one goroutine,
// which is why two never overlap. schedule.go computes when runs are due, dst.go
// what a change of the clocks does to that, jitter.go the random delay, and
// lastrun.go whether one was missed. watch.go notices changed files, and package dirwatch changed directories;
// hints.go bounds the runs that both cause. requests.go takes runs that programs ask for.
// backoff.go
// pauses what keeps failing; backoff_wrap.go applies that to sources and Clerk,
// backoff_facts.go keeps it in the journal. approve.go is the part of the configuration
// that says who may approve on the status page. health.go and systemd.go report the
// state of the service, and signals_unix.go receives the signals of an admin.
//
// A panic of a run is a failed run, and of a source a failed source, as long as
// it happens in the goroutine that the service or the source was called in. In
// one of their own goroutines it ends the process, as it does in every Go
// program; then the init system starts it again, and the journal knows which
// calls were cut off (S32).
//
// The package imports source and clerkapi to wrap what it pauses, and sync, apply,
// plan and journal for the outcome of a run and for its memory.
package serve
