// Package history shows the list of past runs as text and as JSON, and one run as
// JSON. Package report shows the changes of a run as text, in the form of a plan.
//
// Read history.go first; difference.go is what two runs do not have in common. The
// package imports journal, memory and plan for the
// runs, terminal for columns, and escape for values.
package history
