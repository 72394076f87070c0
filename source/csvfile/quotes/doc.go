// Package quotes finds rows within a cell: a quote that a program forgot to double opens a
// cell, the next one closes it many rows later, and the rows between the two are text of
// that cell. It imports source to know an address.
package quotes
