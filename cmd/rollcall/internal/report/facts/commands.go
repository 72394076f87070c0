package facts

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/plan"
)

// Commands are what a report tells its reader to type.
type Commands struct {
	Program string   // how rollcall is called, in one or several words; empty is rollcall
	Flags   []string // follow the verb
	Plan    *plan.Plan
}

// program are the words with which each command begins.
func (c Commands) program() []string {
	if words := strings.Fields(c.Program); len(words) > 0 {
		return words
	}
	return []string{"rollcall"}
}

// ApplyNow is the command that does what was planned: for the directory's wishes,
// or for taking runs back.
func (c Commands) ApplyNow(more ...string) string {
	if len(c.Plan.Undoes) == 0 {
		return c.Command("apply", more...)
	}
	return c.undoNow(more...)
}

// PlanAgain is the command that plans it again.
func (c Commands) PlanAgain() string {
	if len(c.Plan.Undoes) == 0 {
		return c.Command("plan")
	}
	return c.undoNow("--plan")
}

// WholePlan is the plan of everybody in all organizations.
func (c Commands) WholePlan() string {
	var flags []string
	for i := 0; i < len(c.Flags); i++ {
		if f := c.Flags[i]; f == "--organization" || f == "--only" {
			i++ // and its value
			continue
		}
		flags = append(flags, c.Flags[i])
	}
	return Commands{c.Program, flags, c.Plan}.PlanAgain()
}

func (c Commands) undoNow(more ...string) string {
	runs := c.Plan.Undoes
	words := []string{fmt.Sprint(runs[0])}
	if len(runs) > 1 {
		words = append(words, "--chain")
	}
	return c.Command("undo", append(words, more...)...)
}

// Rebind is the command that says who the person of an address is. An address
// that begins with a dash would be read as a flag.
func (c Commands) Rebind(email, answer string) string {
	if strings.HasPrefix(email, "-") {
		return c.Command("rebind", answer, "--", email)
	}
	return c.Command("rebind", email, answer)
}

// Command is a line that can be pasted into a shell.
func (c Commands) Command(verb string, more ...string) string {
	return ShellLine(slices.Concat(c.program(), []string{verb}, c.Flags, more)...)
}

// ShellLine joins words so that a shell reads them as they are.
func ShellLine(words ...string) string {
	for i, w := range words {
		if strings.HasPrefix(w, "=") || strings.ContainsFunc(w, func(r rune) bool { return !strings.ContainsRune(plainLetters, r) }) {
			words[i] = "'" + strings.ReplaceAll(escape.Brief(w), "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

const plainLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,"
