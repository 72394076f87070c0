// Package worker makes the runs of rollcall serve: package serve says when, and
// package runner how. All runs share one client, which keeps to Clerk's limit.
//
// Read service.go first, then worker.go; backoff.go keeps what is retried later,
// and status.go is the service as its page shows it. The package imports runner,
// serve, statuspage, notify, metrics and config, and sync for the run.
package worker
