// Package cells says which columns of a CSV file hold several values, and how a cell is
// split. Columns of groups may be several; then the name of each group begins with the
// heading, so that no cell of one column can name a group of another. It imports the
// helper check, for the problems of a configuration. cells.go is all of it.
package cells
