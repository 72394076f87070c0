// Package report renders runs: as text for a terminal, as JSON for programs, as
// Markdown for a ticket, as CSV for a spreadsheet, and as one HTML page that an
// auditor can keep. All of them name the same changes.
//
// The rules of output:
//   - Results go to the writer that is given, which is stdout; logs and
//     progress go to stderr.
//   - The first line says how many people lose access, now and waiting.
//   - One line per change: + gives access, - takes it, ~ alters it. On a terminal
//     people to whom the same happens share one heading.
//   - What waits comes first: the people above a command are exactly those that
//     it approves. Nothing is left out silently: where a list is cut, its last
//     line has the number of the rest. Only a terminal gets less than all, and
//     only of a large plan.
//   - The end of a report is the next command to type.
//   - Every value from outside is escaped (S35): a name in a directory must not
//     move the cursor or hide a line of the report.
//   - Colour adds nothing that the characters do not say.
//
// Package facts below has what every form says, in the same words. text.go prints
// it for people: table.go, waiting_text.go, people.go and short.go are its parts,
// with upcoming.go, failures.go and summary.go at the end.
// document.go is what markdown.go and html.go lay out, with list.go, contents.go and
// chart.go; json.go is the form that
// is read back, with its schema beside it, and digest.go the short form that
// notifications send. explain.go and export.go are the reports of those verbs.
// testdata/browser/check.mjs checks the HTML in a browser.
//
// Package access below is the access review, history the runs of the past, and
// schematest a help for tests. The package imports sync and its packages for the
// nouns of a report, terminal and webpage for the forms for people, and escape
// for values. It sends nothing and reads no files.
package report
