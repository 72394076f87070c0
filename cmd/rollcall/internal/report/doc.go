// Package report renders runs: as text for whoever sits there, as JSON for
// programs, as Markdown for a ticket, as CSV for a spreadsheet, and as one HTML
// page that an auditor can keep. Each says the same changes.
//
// The rules of output:
//   - Results go to the writer that is given, which is stdout; logs and
//     progress go to stderr.
//   - One line per change: + gives access, - takes it, ~ alters it. Each line
//     says who, what, and why.
//   - What will happen comes first; what is held or skipped follows under its
//     own heading, with the reason. Nothing is left out silently: where a list
//     is cut, its last line says by how much. Only a terminal gets less than all.
//   - The end of a report is what to type next.
//   - Every value that came from outside is escaped (S35): a name in a
//     directory must not move the cursor or hide a line from whoever approves.
//   - Colour says nothing that the characters do not say.
//
// Read text.go first, then lines.go. document.go is what markdown.go and
// html.go lay out; json.go is the form that is read back, with its schema
// beside it, and digest.go the short one that notifications send. What the HTML
// looks like in a browser is looked at by testdata/browser/check.mjs.
package report
