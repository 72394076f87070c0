// Package access writes the access review: who is a member of what, and why. A
// review begins with the members that nothing explains, so that a reviewer who
// reads the first lines only has read what matters.
//
// Read text.go first, which also has the words of the other forms. html.go and
// access.html are the page, for which groups.go puts rows that are alike below one
// heading. Its script decide.js counts the decisions and saves them; csv.go is the form that a reviewer fills in and a source reads back, and
// schema.json describes the JSON.
//
// The package imports explain for the review, report for the words and options
// that all reports share, terminal and webpage for the two forms for people, and
// escape for the values.
package access
