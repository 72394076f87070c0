// Package pastruns writes what the history has: the list of runs, the changes of one person
// or organization, one run, and how the plans of two runs differ.
//
// It imports state, which reads the journal; report and its package history, which write;
// and journal for the database.
package pastruns
