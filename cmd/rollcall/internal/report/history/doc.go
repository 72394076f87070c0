// Package history shows the list of past runs as text and as JSON, and one run as JSON
// and as a page. Package report shows the changes of a run as text, in the form of a plan.
//
// Read history.go first; difference.go is what two runs do not have in common. entries.go
// has the changes of a run as a plan has them, and html.go with past.html is the page. The
// package imports journal, memory, apply and plan for the runs, facts for the words,
// terminal for columns, webpage for the page, and escape for values.
package history
