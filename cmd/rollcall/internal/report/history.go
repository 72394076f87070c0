package report

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"rollcall/sync/journal"
)

// pastRun is a run in the history's JSON.
type pastRun struct {
	Run      int64          `json:"run"`
	Verb     string         `json:"verb"`
	Version  string         `json:"version,omitempty"`
	Started  time.Time      `json:"started"`
	Finished *time.Time     `json:"finished"` // null: still at work, or killed
	Outcome  string         `json:"outcome"`
	ExitCode int            `json:"exit_code"`
	Error    string         `json:"error,omitempty"`
	Recovers int64          `json:"recovers,omitempty"`
	Undoes   int64          `json:"undoes,omitempty"`
	Changes  map[string]int `json:"changes"` // done ones, by action
}

// unfinished is the outcome of a run that wrote down no end.
const unfinished = "unfinished"

func newPastRun(r *journal.Run) pastRun {
	p := pastRun{Run: r.ID, Verb: r.Verb, Version: r.Version, Started: r.Started.Truncate(time.Second),
		Outcome: cmp.Or(r.Outcome, unfinished), ExitCode: r.ExitCode, Error: r.Error, Recovers: r.Recovers, Undoes: r.Undoes, Changes: r.Changes}
	if !r.Finished.IsZero() {
		end := r.Finished.Truncate(time.Second)
		p.Finished = &end
	}
	return p
}

// History writes runs, the newest first, for people.
func History(w io.Writer, runs []journal.Run) error {
	if len(runs) == 0 {
		_, err := fmt.Fprintln(w, "No run has been written down yet.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "RUN\tSTARTED\tVERB\tOUTCOME\tEXIT\tCHANGES") // kept until Flush
	for i := range runs {
		p := newPastRun(&runs[i])
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%d\t%s\n", p.Run, Moment(p.Started), brief(p.Verb), brief(p.Outcome), p.ExitCode, Counted(p.Changes))
	}
	return table.Flush()
}

// HistoryJSON writes runs, the newest first, as a JSON array.
func HistoryJSON(w io.Writer, runs []journal.Run) error {
	out := make([]pastRun, len(runs))
	for i := range runs {
		out[i] = newPastRun(&runs[i])
	}
	return Encode(w, out)
}

// Encode writes a value as indented JSON, escaped as all values are (S35).
func Encode(w io.Writer, v any) error {
	enc := json.NewEncoder(escaped{w})
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// Moment is a time as history shows it.
func Moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// Counted is how many changes there were of each action, in words.
func Counted(changes map[string]int) string {
	var parts []string
	for _, action := range slices.Sorted(maps.Keys(changes)) {
		parts = append(parts, fmt.Sprintf("%d %s", changes[action], brief(action)))
	}
	return cmp.Or(strings.Join(parts, ", "), "none")
}

// pastChange is a change in the JSON of one run.
type pastChange struct {
	Action       string          `json:"action"`
	Organization string          `json:"organization"`
	UserID       string          `json:"user_id"`
	Email        string          `json:"email,omitempty"`
	From         string          `json:"from,omitempty"`
	To           string          `json:"to,omitempty"`
	Public       json.RawMessage `json:"public_metadata,omitempty"`
	Private      json.RawMessage `json:"private_metadata,omitempty"`
	Because      string          `json:"because"`
	Approved     bool            `json:"approved,omitempty"`
	Result       string          `json:"result"` // empty: not known, the run was cut off
	Error        string          `json:"error,omitempty"`
	Before       json.RawMessage `json:"before,omitempty"`
	After        json.RawMessage `json:"after,omitempty"`
}

func newPastChange(c *journal.Change) pastChange {
	return pastChange{Action: c.Action, Organization: c.Organization, UserID: c.UserID, Email: c.Email, From: c.From, To: c.To,
		Public: c.Public, Private: c.Private, Because: c.Because, Approved: c.Approved,
		Result: c.Result, Error: c.Error, Before: c.Before, After: c.After}
}

// RunJSON writes one run with its changes.
func RunJSON(w io.Writer, r journal.Run, changes []journal.Change) error {
	out := struct {
		pastRun
		Details []pastChange `json:"details"`
	}{newPastRun(&r), make([]pastChange, len(changes))}
	for i := range changes {
		out.Details[i] = newPastChange(&changes[i])
	}
	return Encode(w, out)
}

// Run writes one run with its changes, for people.
func Run(w io.Writer, r journal.Run, changes []journal.Change) error {
	b := bufio.NewWriter(w)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(b, format+"\n", args...) } // kept until Flush
	p := newPastRun(&r)
	end := "no end was written down: it is still at work, or was killed"
	if p.Finished != nil {
		end = fmt.Sprintf("ended %s: %s, exit %d", Moment(*p.Finished), brief(p.Outcome), p.ExitCode)
	}
	line("Run %d, %s, began %s, %s.", p.Run, brief(p.Verb), Moment(p.Started), end)
	if p.Recovers != 0 {
		line("It found run %d cut off, and looked up in Clerk what had become of its last changes.", p.Recovers)
	}
	if p.Undoes != 0 {
		line("It took back what run %d did.", p.Undoes)
	}
	if p.Error != "" {
		line("error: %s", brief(p.Error))
	}
	organization := ""
	for i := range changes {
		c := &changes[i]
		if c.Organization != organization {
			organization = c.Organization
			line("%s", brief(organization))
		}
		line("  %s", pastLine(c))
	}
	line("Done: %s.", Counted(p.Changes))
	return b.Flush()
}

// pastLine is a change on one line, with what became of it.
func pastLine(c *journal.Change) string {
	roles := brief(c.From + c.To)
	if c.From != "" && c.To != "" {
		roles = brief(c.From) + " → " + brief(c.To)
	}
	text := fmt.Sprintf("%s %s %s", brief(c.Action), brief(cmp.Or(c.Email, c.UserID)), roles)
	for _, part := range []struct {
		name  string
		patch json.RawMessage
	}{{"public", c.Public}, {"private", c.Private}} {
		if len(part.patch) > 0 {
			text += " " + part.name + " " + brief(string(part.patch))
		}
	}
	text = strings.Join(strings.Fields(text), " ") + "  (" + brief(c.Because) + "): " + cmp.Or(strings.ReplaceAll(brief(c.Result), "_", " "), "not known")
	if c.Approved {
		text += ", approved"
	}
	if c.Error != "" {
		text += ": " + brief(c.Error)
	}
	return text
}
