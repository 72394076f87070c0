//go:build !race

package suite

// Race says that the race detector watches, which makes a test some ten times as
// long. A table whose cells are alike is short then.
const Race = false
