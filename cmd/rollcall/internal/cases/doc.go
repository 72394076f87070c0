// Package cases tests the rules of a configuration: a file of cases says who should
// get what, and the rules say who does.
//
// A case brings its person, or names one whom the sources have. Both go the way of a
// run, through the packages directory and assign, and end before Clerk is asked. The
// rules exist once; nothing here decides who is wanted.
//
// Read the files in this order:
//
//   - file.go: the file of cases, and what is wrong with one
//   - person.go: a person whom a case brings, as the snapshot of a source
//   - standing.go: what the rules give one person, and what keeps them out
//   - test.go: all cases, of people who are brought and people who are read
//   - judge.go: how a case compares with what the rules give
//   - text.go: the result as text
//   - today.go: a first file of cases, of what is true today
//
// The package imports config, for the file and the configuration; directory and
// assign, for the first steps of a run; explain, for what each rule says of a person;
// and policy, plan and source, for their values.
package cases
