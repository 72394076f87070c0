// Package serve makes runs again and again: by a schedule, when a file has
// changed, and when somebody asks. What a run is it does not know; the program
// gives it a [Worker].
//
// Read service.go first, whose loop decides about every run in one goroutine:
// it is why two never overlap. schedule.go says when runs are due, dst.go what
// a change of the clocks does to that, watch.go sees files change, and
// quarantine.go backs off what keeps failing.
//
// A panic of a run is a failed run, and of a source a failed source, as long as
// it happens in the goroutine that the service or the source was called in. In
// one of their own goroutines it ends the process, as it does in every Go
// program; then the init system starts it again, and the journal knows what was
// cut off (S32).
package serve
