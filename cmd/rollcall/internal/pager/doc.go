// Package pager shows a long text on a terminal page by page, as git and gh do.
//
// All of it is in pager.go. The package imports terminal, which knows how many
// lines a text takes, and nothing else of ours.
package pager
