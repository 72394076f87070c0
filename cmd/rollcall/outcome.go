package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/logger"
	"rollcall/cmd/rollcall/internal/runner"
)

// verbError carries the Outcome of a verb through cobra, which passes on
// nothing but an error. All other errors of cobra are about the command line.
type verbError struct{ outcome runner.Outcome }

// Error is never shown: outcomeOf takes the Outcome out.
func (e *verbError) Error() string { return fmt.Sprint("exit code ", e.outcome.Code()) }

// ended hands an Outcome to cobra.
func ended(o runner.Outcome) error { return &verbError{o} }

// withOutcome makes the plain error of a verb an Outcome.
func withOutcome(verb func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	if verb == nil {
		return nil
	}
	return func(c *cobra.Command, args []string) error {
		err := verb(c, args)
		if _, ok := errors.AsType[*verbError](err); ok || err == nil {
			return err
		}
		_, name, _ := strings.Cut(c.CommandPath(), " ")
		return ended(runner.Outcome{Verb: name, Err: err})
	}
}

// outcomeOf is the Outcome of the verb that cobra has called.
func outcomeOf(err error) runner.Outcome {
	if verb, ok := errors.AsType[*verbError](err); ok {
		return verb.outcome
	}
	return runner.Outcome{Err: err, Usage: err != nil}
}

// usage marks an error that the admin fixes in the command or the configuration.
func usage(err error) error { return runner.UsageError{Err: err} }

// printError says why there is no result, once: as a sentence, or as a line of the
// log where the log is for machines.
func (a *app) printError(o *runner.Outcome) {
	switch {
	case o.Err == nil:
	case a.flags.logFormat == "json" && !o.Usage:
		if !o.Logged {
			o.Log(a.log)
		}
	default:
		text := "rollcall: " + escapeLines(o.Err.Error())
		if logger.ToJournal(a.stderr, a.lookup) {
			mark := logger.Priority(zapcore.ErrorLevel)
			text = mark + strings.ReplaceAll(text, "\n", "\n"+mark)
		}
		_, _ = fmt.Fprintln(a.stderr, text) // stderr is the last resort
	}
}

// excerpt is a line of the configuration in an error, or the mark below it. Its
// blanks are the indentation.
var excerpt = regexp.MustCompile(`^ *[0-9]* \| `)

// escapeLines makes an error safe for a terminal, whatever library wrote it
// (S35). Lines and tabs stay: errors of the configuration and of cobra have them.
func escapeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if excerpt.MatchString(line) {
			lines[i] = escape.Controls(line)
			continue
		}
		lines[i] = escape.Line(line)
	}
	return strings.Join(lines, "\n")
}
