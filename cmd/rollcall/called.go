package main

import (
	"regexp"

	"rollcall/cmd/rollcall/internal/report/facts"
)

// lookup finds an environment variable.
type lookup = func(string) (string, bool)

// programWords are one or several plain words, such as
// "kubectl -n rollcall exec deploy/rollcall -- rollcall".
var programWords = regexp.MustCompile(`^[A-Za-z0-9_./-]+( [A-Za-z0-9_./-]+)*$`)

// calledAs is how rollcall is called here, as the installation says it; empty is
// rollcall. Anything but plain words is left alone: the value stands in commands
// that people paste into a shell (S35).
func calledAs(lookup lookup) string {
	const most = 200
	if value, _ := lookup("ROLLCALL_COMMAND"); len(value) <= most && programWords.MatchString(value) {
		return value
	}
	return ""
}

// commandLine is a line to type here.
func commandLine(lookup lookup, verb string, words ...string) string {
	return facts.Commands{Program: calledAs(lookup)}.Command(verb, words...)
}
