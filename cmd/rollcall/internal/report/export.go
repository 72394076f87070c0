package report

import (
	"fmt"
	"io"
	"strings"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
)

// Exported says what an export wrote, what it left out, and what to type next.
func Exported(w io.Writer, instance clerkapi.Instance, memberships, organizations int, leftOut []string, config string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Wrote %s of %s.\n", facts.Count(memberships, "membership"), facts.Count(organizations, "organization"))
	b.WriteString(facts.InstanceLine(instance) + "\n")
	for _, line := range leftOutLines(leftOut) {
		b.WriteString(line + "\n")
	}
	b.WriteString("cases.yaml says who has what today; rollcall test compares your rules with it.\n")
	fmt.Fprintf(&b, "The steps from there are at the head of %s.\n", escape.Brief(config))
	fmt.Fprintf(&b, "Next: %s\n", facts.ShellLine("rollcall", "plan", "--config", config))
	_, err := io.WriteString(w, b.String())
	return err
}

// NothingExported says why an export would have no rows, and what to do instead.
func NothingExported(instance clerkapi.Instance, leftOut []string) error {
	if len(leftOut) == 0 {
		return fmt.Errorf("nothing was written: the %s has no membership to export; start with rollcall init", instance)
	}
	return fmt.Errorf("no membership of the %s can be written to a file, so nothing was written; start with rollcall init\n%s",
		instance, strings.Join(leftOutLines(leftOut), "\n"))
}

// leftOutLines names what no file can say, as much of it as anybody reads.
func leftOutLines(leftOut []string) (lines []string) {
	for _, what := range leftOut[:min(len(leftOut), maxNotes)] {
		lines = append(lines, "left out: "+escape.Brief(what))
	}
	if more := len(leftOut) - maxNotes; more > 0 {
		lines = append(lines, fmt.Sprintf("left out: %d more of this kind", more))
	}
	return lines
}
