// Package csvfile reads people, memberships or the decisions of an access
// review from the rows of CSV files. Package file gets the text whole; this
// package says what it holds. It imports source for what it answers with, file
// for the text, and the helpers check, dates and panics.
//
// Read the files in this order: csvfile.go tells how a read goes, config.go what
// may be configured. read.go walks the rows, preamble.go passes over what is above
// the header, columns.go finds the columns, where.go chooses the rows that count,
// formula.go refuses what a spreadsheet could not compute, row.go turns a row into
// a person, memberships.go and groups.go make memberships and groups of it,
// people.go joins the rows of one person, dates.go reads when a row holds,
// snapshot.go puts the answer together. review.go reads an access review,
// records.go bounds a row, memory.go keeps a million rows small. Package filter
// judges the cells that choose rows, quotes finds rows that a quote has swallowed,
// encodings undoes encodings, cells says which columns hold several values, unasked
// notes groups of no rule, spreadsheet has the error values of spreadsheets, and
// marker the end marker.
package csvfile
