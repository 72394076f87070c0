package main

import (
	"strings"
	"testing"
)

// An error of whatever library is text on a terminal, and its long blanks are
// counted; the indentation of a configuration in it stays (S35).
func TestS35ErrorsAreText(t *testing.T) {
	for in, want := range map[string]string{
		"a\x1b[2J\u202eb": `a\u001b[2J\u202eb`,
		"open drop/a" + strings.Repeat(" ", 70) + "rollcall: no error.csv: no such file": "open drop/a [70 blanks] rollcall: no error.csv: no such file",
		"Did you mean this?\n\tapply\tplan":                                              "Did you mean this?\n\tapply\tplan",
		"x.yaml:9:13: bad\n    9 |             key: \x1b\n      |             ^":         "x.yaml:9:13: bad\n    9 |             key: \\u001b\n      |             ^",
	} {
		if got := escapeLines(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
