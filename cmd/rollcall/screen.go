package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/logger"
	"rollcall/cmd/rollcall/internal/pager"
	"rollcall/cmd/rollcall/internal/progress"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
)

// outputIsLog marks a verb whose output is its log.
const outputIsLog = "output is the log"

// Who reads what a verb writes to standard error decides how much that is.
//
// At a terminal somebody waits for the report: the log has warnings and errors only,
// each as a sentence, and lines that change show how far the run is. A log flag brings
// all lines back. A pipe, a file and the journal of systemd get the log. With --quiet
// nobody waits, and nothing is written unless there is something to tell.

// openLog makes the logger, and the screen that it shares with the progress.
func (a *app) openLog(c *cobra.Command) (err error) {
	chosen := c.Flags().Changed("log-level") || c.Flags().Changed("log-format")
	_, logs := c.Annotations[outputIsLog]
	atTerminal := isTerminal(a.stderr) && !logs
	if stderr, ok := a.stderr.(*os.File); ok && atTerminal && a.canDraw() {
		a.screen = progress.NewScreen(stderr)
	}
	a.attended = (atTerminal || a.flags.quiet) && !chosen
	level, format := a.flags.logLevel, a.flags.logFormat
	switch {
	case a.attended && a.flags.quiet:
		level = "error"
	case a.attended:
		level = "warn"
	}
	if a.flags.progress == "json" && !c.Flags().Changed("log-format") {
		format = "json" // each line of standard error is an object
	}
	a.flags.logFormat = format
	to := a.stderr
	if a.screen != nil {
		to = a.screen
	}
	if atTerminal && a.attended && format == "console" {
		a.log, err = logger.Sentences(to, level, facts.ErrorWords)
	} else {
		a.log, err = logger.New(to, level, format, logger.ToJournal(a.stderr, a.lookup))
	}
	return err
}

// canDraw reports whether the terminal can move its cursor.
func (a *app) canDraw() bool {
	kind, _ := a.lookup("TERM")
	return kind != "dumb"
}

// addProgress adds the flag that says how progress is shown.
func (a *app) addProgress(c *cobra.Command) {
	known := []string{"auto", "json", "none"}
	c.Flags().Var(form{&a.flags.progress, known}, "progress", "progress on stderr: auto (updated lines on a terminal), none, or json (one object a line; rollcall report schema progress)")
	_ = c.RegisterFlagCompletionFunc("progress", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
}

// display shows how far a run is.
func (a *app) display(budget clerkapi.Rate) progress.Display {
	switch {
	case a.flags.progress == "json":
		return progress.NewLines(a.stderr, budget)
	case a.flags.quiet || a.flags.progress == "none":
		return progress.None{}
	case a.screen != nil:
		no, _ := a.lookup("NO_COLOR")
		return progress.NewLive(a.screen, terminal.Style{On: no == ""}, budget)
	}
	return progress.NewLogged(a.log, budget)
}

// paged makes a verb show a text that is longer than the screen page by page.
func paged(a *app, c *cobra.Command) *cobra.Command {
	verb := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		file, ok := a.stdout.(*os.File)
		if !ok || a.flags.noPager || !isTerminal(file) || c.Flags().Changed("links") { // a pager may save what it shows
			return verb(c, args)
		}
		page := pager.New(file, a.lookup)
		a.stdout = page
		err := verb(c, args)
		a.stdout = file
		if shown := page.Show(c.Context()); shown != nil {
			outcome := outcomeOf(err)
			outcome.Usage, outcome.Err = false, errors.Join(outcome.Err, shown)
			return ended(outcome)
		}
		return err
	}
	return c
}

// isTerminal reports whether somebody reads what is written, at a terminal.
func isTerminal(w any) bool {
	switch f := w.(type) {
	case *pager.Page:
		return true
	case *os.File:
		return term.IsTerminal(int(f.Fd()))
	}
	return false
}

// width is how many columns the terminal of the report has.
func (a *app) width() int {
	const usual, least = 80, 40
	file, ok := a.stdout.(*os.File)
	if page, paged := a.stdout.(*pager.Page); paged {
		file, ok = page.Terminal(), true
	}
	if !ok {
		return usual
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil || columns <= 0 {
		return usual
	}
	return max(columns, least)
}
