// Package check does what the verb check does: it looks at everything that a run
// depends on, says line by line what it found, and changes nothing.
//
// Read check.go first: [Checkup.Run] lists the parts in their order, and
// conclude makes an outcome of what a dry run found. sources.go describes what
// each source gave, ldap.go what only a directory knows, conflicts.go whatever
// else makes members in Clerk, and notifications.go tries the channels.
//
// The package imports runner for the session that is checked, sync for the dry
// run, notify for the test messages, and report for the words of its lines.
package check
