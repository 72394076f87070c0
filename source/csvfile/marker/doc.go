// Package marker knows the end marker of a CSV file: its last line, which may say
// how many rows are above it. Package csvfile reads it. It imports no other package
// of rollcall.
package marker
