// Package dirwatch asks directory servers again and again for their newest change,
// and reports that one has changed. It concludes nothing else: the run that follows
// reads everything, and may find that nothing matters. It sends nothing to Clerk.
//
// Read watcher.go first; answers.go decides which answer is news. The package imports
// source for what a server answers.
package dirwatch
