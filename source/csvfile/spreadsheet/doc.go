// Package spreadsheet knows the error values that spreadsheets write into cells,
// such as #N/A. Package csvfile refuses them in the columns that it reads. It
// imports no other package of rollcall.
package spreadsheet
