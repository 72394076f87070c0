// Package filter judges the cells by which where chooses the rows of a CSV file: whether
// a value is one of those listed, or was likely meant to be. It imports source to compare
// texts, and spreadsheet for the error values of spreadsheets.
package filter
