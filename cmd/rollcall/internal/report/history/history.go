package history

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// pastRun is a run in the history's JSON.
type pastRun struct {
	Run int64 `json:"run"`
	// Instance is that of all runs of a history (S41).
	Instance clerkapi.Instance `json:"instance"`
	Verb     string            `json:"verb"`
	Version  string            `json:"version,omitempty"`
	Started  time.Time         `json:"started"`
	Finished *time.Time        `json:"finished"` // null: still at work, or killed
	Outcome  string            `json:"outcome"`
	ExitCode int               `json:"exit_code"`
	Error    string            `json:"error,omitempty"`
	Recovers int64             `json:"recovers,omitempty"`
	Undoes   int64             `json:"undoes,omitempty"`
	Changes  map[string]int    `json:"changes"` // done ones, by action
	// By is the account that started the run, Why a service's reason to do so.
	By  string `json:"by,omitempty"`
	Why string `json:"why,omitempty"`
	// Waiting and Skipped count the changes that the run left out.
	Waiting int `json:"waiting,omitempty"`
	Skipped int `json:"skipped,omitempty"`
	// Asked is how many changes an undo was to take back, Undone how many it took back.
	Asked  int `json:"asked,omitempty"`
	Undone int `json:"undone,omitempty"`
	// Ended is why the run ended early, in plain words, and All how many changes it was
	// to send.
	Ended string `json:"ended_early,omitempty"`
	All   int    `json:"to_send,omitempty"`
	// Problems are what was not read, what stopped and what failed, the first of many.
	Problems []string `json:"problems,omitempty"`
	// Open is how many changes have no result: they were sent, or about to be, when the
	// run was cut off. CheckedBy is the later run that asked Clerk for results.
	Open      int   `json:"result_not_known,omitempty"`
	CheckedBy int64 `json:"checked_by,omitempty"`
}

// unfinished is the outcome of a run that wrote down no end.
const unfinished = "unfinished"

func newPastRun(r *journal.Run, instance clerkapi.Instance) pastRun {
	p := pastRun{Run: r.ID, Instance: instance, Verb: r.Verb, Version: r.Version, Started: r.Started.Truncate(time.Second),
		Outcome: cmp.Or(r.Outcome, unfinished), ExitCode: r.ExitCode, Error: r.Error, Recovers: r.Recovers, Undoes: r.Undoes, Changes: r.Changes}
	more := memory.SummaryOf(r.Summary)
	p.By, p.Why, p.Waiting, p.Skipped, p.Asked, p.Undone = more.By, more.Why, more.Waiting, more.Skipped, more.Asked, more.Undone
	p.Ended, p.All, p.Problems = more.Ended, more.All, more.Problems
	if !r.Finished.IsZero() {
		end := r.Finished.Truncate(time.Second)
		p.Finished = &end
	}
	return p
}

// pastRuns are runs of a list. open counts the changes without a result, by run.
func pastRuns(instance clerkapi.Instance, runs []journal.Run, open map[int64]int) []pastRun {
	out, checked := make([]pastRun, len(runs)), map[int64]int64{}
	for i := range runs { // the newest first
		out[i] = newPastRun(&runs[i], instance)
		out[i].Open, out[i].CheckedBy = open[runs[i].ID], checked[runs[i].ID]
		if r := &runs[i]; r.Recovers != 0 {
			checked[r.Recovers] = r.ID
		}
	}
	return out
}

// ListJSON writes runs, the newest first, as a JSON array.
func ListJSON(w io.Writer, instance clerkapi.Instance, runs []journal.Run, open map[int64]int) error {
	return escape.JSON(w, pastRuns(instance, runs, open))
}

// Moment is a time as history shows it.
func Moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// Signs are how many changes there were with each sign of a plan: +20 ~23 −9.
func Signs(changes map[string]int) string {
	counts := map[string]int{}
	for word, n := range changes {
		counts[signOf(word)] += n
	}
	var parts []string
	for _, f := range []struct{ symbol, shown string }{{"+", "+"}, {"~", "~"}, {"-", "−"}} {
		if n := counts[f.symbol]; n > 0 {
			parts = append(parts, f.shown+facts.Number(n))
		}
	}
	text := strings.Join(parts, " ")
	for _, noun := range []string{newUser, accountStep, other} {
		if n := counts[noun]; n > 0 {
			text = strings.TrimPrefix(text+", "+facts.Count(n, noun), ", ")
		}
	}
	return cmp.Or(text, "no changes")
}

// What has no sign of its own: a new user, whose membership is a change of its own, a
// step of the leaver ladder, and a change of a later version.
const newUser, accountStep, other = "new user", "account step", "other change"

func signOf(word string) string {
	var action plan.Action
	switch err := action.UnmarshalText([]byte(word)); {
	case err != nil:
		return other
	case action == plan.CreateUser:
		return newUser
	case action.ClosesAccount() || action.OpensAccount():
		return accountStep
	}
	return action.Symbol()
}

// What stands in texts for the person and the reason of a change that was forgotten.
const (
	ForgottenPerson  = "a forgotten person"
	ForgottenBecause = "deleted by rollcall forget"
)

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
	// Forgotten says that rollcall forget has deleted whose change it was.
	Forgotten bool `json:"forgotten,omitempty"`
}

func newPastChange(c *journal.Change) pastChange {
	return pastChange{Action: c.Action, Organization: c.Organization, UserID: c.UserID, Email: c.Email, From: c.From, To: c.To,
		Public: c.Public, Private: c.Private, Because: c.Because, Approved: c.Approved,
		Result: c.Result, Error: c.Error, Before: c.Before, After: c.After, Forgotten: c.Forgotten}
}

func newPastChanges(changes []journal.Change) []pastChange {
	out := make([]pastChange, len(changes))
	for i := range changes {
		out[i] = newPastChange(&changes[i])
	}
	return out
}

// detailedRun is a run with its changes.
type detailedRun struct {
	pastRun
	Details []pastChange `json:"details"`
	// Waited is what waited when the run ended; absent if that is not known.
	Waited *memory.Waited `json:"waited,omitempty"`
}

func newDetailedRun(instance clerkapi.Instance, p *Past) detailedRun {
	return detailedRun{newPastRun(&p.Run, instance), newPastChanges(p.Changes), p.Waited}
}

// RunJSON writes one run with its changes.
func RunJSON(w io.Writer, instance clerkapi.Instance, p *Past) error {
	return escape.JSON(w, newDetailedRun(instance, p))
}

// Past is a run of the history with the changes that are asked for.
type Past struct {
	Run     journal.Run
	Changes []journal.Change
	// Outlines are all changes in short where not all of them were read; else nil.
	Outlines []journal.Outline
	// Waited is what waited when the run ended; nil if that is not known, or not asked
	// for.
	Waited *memory.Waited
	// Part says that not all changes of the run were asked for. Only is the person
	// that they are limited to; empty for all.
	Part bool
	Only string
	// CheckedBy is the later run that asked Clerk for the results that this one left
	// open; 0 is none.
	CheckedBy int64
	// Undos are later runs that were to undo this one, the oldest first.
	Undos []journal.Run
}

// ChangesJSON writes runs with the changes that were asked for, as a JSON array.
func ChangesJSON(w io.Writer, instance clerkapi.Instance, runs []Past) error {
	out := make([]detailedRun, len(runs))
	for i := range runs {
		out[i] = newDetailedRun(instance, &runs[i])
	}
	return escape.JSON(w, out)
}

// Title is a run in one line.
func Title(r *journal.Run) string {
	p := newPastRun(r, clerkapi.Instance{})
	text := fmt.Sprintf("Run %d: %s", p.Run, escape.Brief(p.Verb))
	if p.By != "" {
		text += " by " + escape.Brief(p.By)
	}
	if p.Why != "" {
		text += " (" + escape.Brief(p.Why) + ")"
	}
	text += ", " + Moment(p.Started)
	if p.Finished == nil {
		return text + ". It has no end: it is still running, was killed, or could not write to a full disk."
	}
	return fmt.Sprintf("%s, took %s: %s, exit %d.", text, took(r), facts.OutcomeWord(p.Outcome), p.ExitCode)
}

// Remarks are what else there is to say of a run, each a sentence.
func Remarks(r *journal.Run) []string {
	var out []string
	if r.Recovers != 0 {
		out = append(out, fmt.Sprintf("It found run %d cut off, and asked Clerk for the result of its last changes.", r.Recovers))
	}
	s := memory.SummaryOf(r.Summary)
	switch {
	case r.Undoes != 0 && s.Undone < s.Asked:
		out = append(out, fmt.Sprintf("It was to undo run %d: %s", r.Undoes, escape.Brief(s.Reversals)))
	case r.Undoes != 0:
		out = append(out, fmt.Sprintf("It undid run %d.", r.Undoes))
	}
	switch done := total(r.Changes); {
	case s.Ended != "" && s.All > 0:
		out = append(out, fmt.Sprintf("It ended early: %s. %s of %s done, %s not. The next run plans these again.",
			escape.Brief(s.Ended), facts.Number(done), facts.Count(s.All, "change"), facts.Number(s.All-done)))
	case s.Ended != "":
		out = append(out, "It ended early: "+escape.Brief(s.Ended)+".")
	}
	if s.Waiting > 0 {
		out = append(out, facts.Count(s.Waiting, "change")+" waited.")
	}
	if s.Skipped > 0 {
		out = append(out, facts.Count(s.Skipped, "change")+" skipped.")
	}
	for _, problem := range s.Problems {
		out = append(out, "Problem: "+escape.Brief(problem))
	}
	if r.Error != "" {
		out = append(out, "Error: "+escape.Brief(strings.Join(strings.Fields(r.Error), " ")))
	}
	return out
}
