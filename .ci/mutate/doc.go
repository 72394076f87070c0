// Command mutate is the mutation gate: it changes one thing at a time in the
// code that decides who loses or gains access, and requires that a test fails.
//
//	go -C .ci/mutate run .                         # every file of the gate
//	go -C .ci/mutate run . -quick                  # only what tables of input and output judge
//	go -C .ci/mutate run . sync/guard.go           # one file
//	go -C .ci/mutate run . -list sync/guard.go     # the mutants of a file
//
// Paths are relative to the root of the repository, which -root names.
//
// Three text files beside this one say what is checked, so that a file that
// moves is carried by an edit of text:
//
//	gate.txt         the files whose mutants must not survive, and whose tests judge them
//	quick.txt        the files that need no run to be judged, and the test files that judge them
//	equivalent.txt   the mutants that no test can notice, each with the reason
//
// All mutants are compiled into the test binaries, each behind a switch that an
// environment variable turns on. One build serves all mutants, and a mutant
// costs only the tests that reach it, the quickest first. A package is judged
// by its own tests and by those of the packages that gate.txt names.
//
// The exit status is 1 when a mutant survives that equivalent.txt does not
// list, or when a listed one dies. It is 2 for an error, such as a listed file
// that does not exist, an entry of equivalent.txt that matches no mutant, a
// file without mutants, or a file of tests without a test.
//
// The changes are: each condition and each part of it to true and to false,
// bounds by one, arithmetic, constants in expressions, min and max, returned
// values to zero values, cases of switches, and every statement that can be
// left out. Texts, locks, capacities and panics stay as they are.
//
// The program imports the standard library only: go/ast and go/types find the
// mutants, and the go command builds them. Read in this order: main.go (flags),
// gate.go (the steps), lists.go (the text files), program.go (packages),
// walker.go, declarations.go, statements.go, conditions.go and expressions.go
// (where the mutants are), switches/switches.go (what is compiled in), suite.go
// and binary.go (the test binaries), survey.go (which test reaches what),
// trial.go (the fate of a mutant), report.go.
package main
