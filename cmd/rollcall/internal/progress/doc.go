// Package progress shows how far a run is, on standard error: as a few lines that
// change on a terminal, as JSON lines for programs, and as a line of the log once
// in a while elsewhere.
//
// Read display.go first: a [Display] receives the progress of a run and its waits.
// live.go shows them on a terminal: stages.go keeps the last progress, layout.go
// makes lines of it, and screen.go keeps these lines below the lines of the log. lines.go writes JSON lines, with schema.json beside it, and logged.go
// logs. left.go estimates how long a stage takes.
//
// The package imports sync/plan for what a run says of itself, clerkapi for the
// rate limit, terminal for colours, and escape for the names of sources.
package progress
