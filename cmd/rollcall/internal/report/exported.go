package report

import (
	"fmt"
	"io"
	"strings"
)

// Exported says what an export wrote, what it left out, and what to type next.
func Exported(w io.Writer, memberships, organizations int, leftOut []string, config string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Wrote %s of %s.\n", Count(memberships, "membership"), Count(organizations, "organization"))
	for _, what := range leftOut[:min(len(leftOut), maxNotes)] {
		fmt.Fprintf(&b, "left out: %s\n", brief(what))
	}
	if more := len(leftOut) - maxNotes; more > 0 {
		fmt.Fprintf(&b, "left out: %d more of this kind\n", more)
	}
	fmt.Fprintf(&b, "Next: %s\n", shellLine("rollcall", "plan", "--config", config))
	_, err := io.WriteString(w, b.String())
	return err
}
