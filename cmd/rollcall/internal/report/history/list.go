package history

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/journal"
)

// List writes runs, the newest first, for people. A run that did not end well has a
// line below it that says why. width is that of the terminal; 0 is none.
func List(w io.Writer, instance clerkapi.Instance, runs []journal.Run, open map[int64]int, width int) error {
	if len(runs) == 0 {
		_, err := fmt.Fprintln(w, "No runs yet. The first apply creates one.")
		return err
	}
	rows := [][]string{{"RUN", "STARTED", "TOOK", "COMMAND", "WHY", "OUTCOME", "CHANGES"}}
	past := pastRuns(instance, runs, open)
	for i, p := range past {
		rows = append(rows, []string{fmt.Sprint(p.Run), Moment(p.Started), took(&runs[i]), p.command(), p.reason(), p.ending(), p.effects()})
	}
	const indent = "     "
	buffered := bufio.NewWriter(w)
	out := terminal.Writer{Writer: buffered}
	for i, line := range terminal.Table(rows) {
		out.Line("%s", terminal.Wrap(line, width, len(indent)))
		if i == 0 {
			continue // the heads of the columns
		}
		if why := past[i-1].whyEnded(); why != "" {
			out.Line("%s", terminal.Wrap(indent+why, width, len(indent)))
		}
	}
	out.Line("%s", facts.InstanceLine(instance))
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

// whyEnded says in a few words why a run did not do everything; show has all of it. It
// is empty where the effects say it, or where all is well.
func (p *pastRun) whyEnded() string {
	why := p.Error
	if why == "" && len(p.Problems) > 0 {
		why = p.Problems[0]
	}
	if p.Ended != "" || why == "" {
		return ""
	}
	return fmt.Sprintf("%s (rollcall show %d)", beginning(why), p.Run)
}

// mostWhy is how many characters of a reason the list shows.
const mostWhy = 100

// beginning is the first sentence of an error: what failed, and where. What to do
// follows behind a semicolon.
func beginning(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	text, _, _ = strings.Cut(text, "; ")
	if runes := []rune(text); len(runes) > mostWhy {
		text = string(runes[:mostWhy]) + "…"
	}
	return escape.Brief(strings.TrimSuffix(text, ":"))
}

// command is the verb of a run, with the run that an undo was to take back.
func (p *pastRun) command() string {
	if p.Undoes != 0 {
		return fmt.Sprintf("%s %d", escape.Brief(p.Verb), p.Undoes)
	}
	return escape.Brief(p.Verb)
}

// reason says why a run was made: by whom, or what a service had for a reason.
func (p *pastRun) reason() string {
	switch {
	case p.Why != "":
		return escape.Brief(p.Why)
	case p.By != "":
		return "by " + escape.Brief(p.By)
	}
	return "-"
}

// ending is the outcome, with the exit code if it is not that of success.
func (p *pastRun) ending() string {
	text := facts.OutcomeWord(p.Outcome)
	if p.ExitCode != 0 {
		text += fmt.Sprintf(" (exit %d)", p.ExitCode)
	}
	return text
}

// effects are what a run did and left out.
func (p *pastRun) effects() string {
	parts := []string{Signs(p.Changes)}
	switch {
	case p.Open > 0:
		parts = append(parts, facts.Number(p.Open)+" not known (the next run checks them)")
	case p.CheckedBy != 0:
		parts = append(parts, fmt.Sprintf("checked by run %d", p.CheckedBy))
	}
	if p.Undone < p.Asked {
		parts = append(parts, fmt.Sprintf("%s of %s not undone", facts.Number(p.Asked-p.Undone), facts.Number(p.Asked)))
	}
	if p.Waiting > 0 {
		parts = append(parts, facts.Number(p.Waiting)+" waiting")
	}
	if p.Skipped > 0 {
		parts = append(parts, facts.Number(p.Skipped)+" skipped")
	}
	if p.Ended != "" {
		if n := p.All - total(p.Changes); p.All > 0 {
			parts = append(parts, facts.Number(n)+" not done")
		}
		return strings.Join(parts, ", ") + ": " + escape.Brief(p.Ended)
	}
	return strings.Join(parts, ", ")
}

// total is how many changes there are of all actions.
func total(changes map[string]int) int {
	n := 0
	for _, of := range changes {
		n += of
	}
	return n
}

// took is how long a run lasted.
func took(r *journal.Run) string {
	if r.Finished.IsZero() {
		return "-"
	}
	d := r.Finished.Sub(r.Started)
	if d < time.Second {
		return "<1s"
	}
	return d.Round(time.Second).String()
}
