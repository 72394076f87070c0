// Package sync keeps Clerk organization memberships in step with directories.
// It is not the standard library's sync.
package sync
