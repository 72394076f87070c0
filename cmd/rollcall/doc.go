// Command rollcall keeps Clerk organization memberships in step with a
// directory.
//
// Each verb has a file of its own: flags, configuration, one call, render.
// What a verb needs from the process is in [env], so that tests run the same
// code; run in main.go is all that knows about cobra's errors and exit codes.
// What a run does is told in package sync.
//
// The service is read from serve.go: internal/serve decides when a run begins,
// the worker in serveworker.go makes it as apply would, servequarantine.go
// remembers what keeps failing, and serveshown.go is what others see of it.
package main
