// Package suite decides which tests of a package run, and counts those that
// are skipped. Only tests import it.
//
// go test ./... runs what fits into two minutes on two cores. A test that takes
// longer asks [Short] whether it runs in its short form: fewer rounds, fewer
// cells, smaller worlds. ROLLCALL_TESTS=all, as in .ci/run, has it run in full,
// and -short in short even then. Properties have fewer cases in short. Tests
// that need a program, a file or a right that the machine may not have call
// [Skip].
//
// A package whose tests may be skipped has a TestMain that calls [Run], and a
// test that calls [Known]. Run prints one line at the end, such as
//
//	skipped: most of 3 long tests (ROLLCALL_TESTS=all runs all), 9 that need slapd
//
// go test shows that line in the directory of the package and with -v. With a
// list of packages it discards all output of a package that passes; go run
// ./.ci/test ./... shows the line there too.
//
// The package imports the standard library only. Its files are to be read in
// this order: suite.go, count.go, race.go. end_linux.go and pipe_unix.go are calls
// that not every system has.
package suite
