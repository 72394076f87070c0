// Package pages reads a list whole while others change it.
//
// It imports clerkapi/internal/wire for the size of a page and
// clerkapi/internal/limit for how many pages are asked for at once, and nothing
// else of rollcall: package clerkapi gives it a function that reads one page.
//
// Read list.go, which begins with the method, then parallel.go and unique.go.
// rows.go reports how far a list is.
package pages
