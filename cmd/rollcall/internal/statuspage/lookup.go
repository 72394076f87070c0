package statuspage

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/report/history"
	"rollcall/sync/apply"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
)

// errUnknown says that the history has nothing of that name.
var errUnknown = errors.New("the history has nothing of that name")

// look reads the history for one page. One reader does at a time: each reads the
// whole file.
func (p *Page) look(ctx context.Context, read func(*journal.DB) error) error {
	if p.config.State == "" {
		return errUnknown
	}
	select {
	case p.lookup <- struct{}{}:
		defer func() { <-p.lookup }()
	case <-ctx.Done():
		return ctx.Err()
	}
	db, err := journal.Open(ctx, p.config.State, journal.Options{ReadOnly: true})
	if errors.Is(err, journal.ErrNone) {
		return errUnknown
	}
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // nothing was written
	return read(db)
}

// notesOf are the notes of a run; nil if the page has kept none.
func notesOf(ctx context.Context, db *journal.DB, run int64) (*runNotes, error) {
	all, err := db.Facts(ctx, factRun)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(f journal.Fact) bool { return f.Key == runKey(run) })
	if i < 0 {
		return nil, nil
	}
	return decode[runNotes](all[i].Value), nil
}

// entry is a change of the history on one line. Its texts are free of control
// characters and their like (S35), and its paths are escaped.
type entry struct {
	Run              int64
	At               string
	Organization     string
	OrganizationPath string
	PersonPath       string
	Symbol, Who      string
	What, Why        string
	Result           string // empty if Clerk did it
	Admin, Waited    bool
}

// entriesOf are changes as the page shows them.
func (v *frame) entriesOf(changes []journal.Change) []entry {
	out := make([]entry, len(changes))
	for i := range changes {
		out[i] = v.entryOf(&changes[i])
	}
	return out
}

func (v *frame) entryOf(c *journal.Change) entry {
	e := entry{Run: c.Run, At: v.at.moment(c.Intended), Organization: v.names.name(c.Organization), OrganizationPath: organizationPath(c.Organization),
		PersonPath: personPath(cmp.Or(c.UserID, c.PersonID, c.Email)), Symbol: "~", What: escape.Brief(c.Action),
		Who: escape.Address(cmp.Or(c.Email, c.UserID, c.PersonID)), Why: escape.Brief(c.Because), Result: resultText(c), Waited: c.Result == history.Waits}
	change, err := memory.ChangeOf(c)
	if err == nil { // else another version's action
		e.Symbol, e.What, e.Admin = change.Action.Symbol(), facts.Change(&change), change.AdminDelta() > 0
	}
	if c.Forgotten {
		e.Who, e.Why = history.ForgottenPerson, history.ForgottenBecause
	}
	if c.Approved {
		e.Why += "; approved"
	}
	return e
}

// resultText says what became of a change; it is empty if Clerk did it.
func resultText(c *journal.Change) string {
	if c.Result == "" {
		return "not known: the run was cut off"
	}
	return history.ResultText(apply.Result(c.Result), c.Error)
}

// group is the changes of a run in one organization, or those of an organization in
// one run. Counts stand for them where people are not named.
type group struct {
	Title, Path, Counts string
	Entries             []entry
}

// grouped puts changes that follow each other under one title. It counts those with
// the result; empty is any.
func (v *frame) grouped(changes []journal.Change, result string, title func(*journal.Change) (title, path string)) []group {
	var out []group
	counts := map[string]int{}
	for i := range changes {
		c := &changes[i]
		if name, path := title(c); len(out) == 0 || out[len(out)-1].Path != path {
			out = append(out, group{Title: name, Path: path})
			counts = map[string]int{}
		}
		g := &out[len(out)-1]
		if result == "" || c.Result == result {
			counts[c.Action]++
		}
		if g.Counts = counted(counts); v.Named {
			g.Entries = append(g.Entries, v.entryOf(c))
		}
	}
	return out
}

func organizationPath(id string) string { return "organizations/" + url.PathEscape(id) }

func personPath(name string) string { return "people/" + url.PathEscape(name) }
