// Package escape makes values from outside safe to show (S35): a name in a
// directory must not move the cursor, hide a line, or be run by a spreadsheet.
//
// Read escape.go first: [Text] is for terminals and pages, [Brief] for one line
// of them, [Address] for addresses, [Controls] for files. json.go and csv.go do the same for JSON and for cells of a
// spreadsheet. What is markup, in Markdown or HTML, is escaped by package report.
//
// The package imports source, which knows what is unsafe, and the standard library.
package escape
