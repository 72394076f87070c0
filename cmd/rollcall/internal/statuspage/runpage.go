package statuspage

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/history"
	statedir "rollcall/cmd/rollcall/internal/state"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// runPage is one run.
type runPage struct {
	frame
	ID           int64
	Facts        []fact
	Groups       []group
	More         int // changes that are not listed
	Older, Newer int64
	// Waited is what waited when the run ended, and Skipped what the run skipped; nil is
	// not known.
	Waited, Skipped *waitingSet
	// Before is the run that this one is compared with. It is 0 if there is no
	// difference to show, and Unknown says why.
	Before      int64
	Unknown     string
	Remarks     []string
	Differences []difference
}

// difference is a part of what the plans of two runs do not have in common.
type difference struct {
	Title  string
	All    int
	Groups []group
	More   int // changes that are not listed
}

// runRecord is what the history has of a run.
type runRecord struct {
	*history.Past
	compared     *history.Difference // nil is not known
	unknown      error               // why
	notes        *runNotes
	older, newer int64
}

func (p *Page) runPage(r *http.Request, f *frame) (string, any, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return "", nil, errUnknown
	}
	before, _ := strconv.ParseInt(r.URL.Query().Get("with"), 10, 64) // 0 is the run before
	if before < 0 || before >= id {
		before = 0
	}
	record := runRecord{}
	if err := p.look(r.Context(), func(db *journal.DB) error { return record.read(r.Context(), db, id, before) }); err != nil {
		return "", nil, err
	}
	f.Title = "Run " + runKey(id)
	v := runPage{frame: *f, ID: id, Older: record.older, Newer: record.newer}
	v.describe(&record, !p.config.Service().Running.IsZero() && v.Newer == 0)
	v.Groups, v.More = v.byOrganization(record.Changes, journal.Done), len(record.Outlines)-len(record.Changes)
	if record.Waited != nil {
		v.Waited, v.Skipped = waitedSet(id, record.Waited), skippedSet(id, record.Waited)
	}
	v.compare(&record)
	return "run", &v, nil
}

// read reads a run, and compares it with an earlier one.
func (x *runRecord) read(ctx context.Context, db *journal.DB, id, before int64) (err error) {
	if x.Past, err = statedir.Run(ctx, db, id, shownChanges); errors.Is(err, journal.ErrNoRun) {
		return errUnknown
	} else if err != nil {
		return err
	}
	x.compared, err = statedir.Difference(ctx, db, x.Past, before, shownChanges)
	if errors.Is(err, history.ErrNoPlan) || errors.Is(err, journal.ErrNoRun) {
		x.unknown, err = err, nil
	}
	if err != nil {
		return err
	}
	if _, err = db.Run(ctx, id+1); err == nil {
		x.newer = id + 1
	}
	if _, err = db.Run(ctx, id-1); err == nil {
		x.older = id - 1
	}
	x.notes, err = notesOf(ctx, db, id)
	return err
}

// byOrganization groups changes. Whoever became admin comes first (S43).
func (v *frame) byOrganization(changes []journal.Change, counted string) []group {
	slices.SortStableFunc(changes, func(a, b journal.Change) int {
		return cmp.Or(strings.Compare(v.names.name(a.Organization), v.names.name(b.Organization)), rankOf(&a)-rankOf(&b))
	})
	return v.grouped(changes, counted, func(c *journal.Change) (title, path string) {
		return v.names.name(c.Organization), organizationPath(c.Organization)
	})
}

// rankOf is 0 for a change that makes somebody an admin, and 1 for all others.
func rankOf(c *journal.Change) int {
	if c.Admin == string(plan.AdminGained) {
		return 0
	}
	return 1
}

// compare shows the difference to the earlier run.
func (v *runPage) compare(record *runRecord) {
	if record.unknown != nil {
		v.Unknown = escape.OneLine(record.unknown.Error())
		return
	}
	d := record.compared
	v.Before, v.Remarks = d.Before.ID, d.Remarks()
	for _, s := range d.Sections() {
		v.Differences = append(v.Differences, difference{Title: s.Title, All: s.All, Groups: v.byOrganization(s.First, ""), More: s.All - len(s.First)})
	}
}

// describe adds the facts of the run.
func (v *runPage) describe(record *runRecord, running bool) {
	r := &record.Run
	add := func(name, text string) {
		if text != "" {
			v.Facts = append(v.Facts, fact{Name: name, Text: text})
		}
	}
	add("Outcome", outcomeOf(r, running))
	add("Command", escape.Brief(r.Verb))
	add("Began", v.at.moment(r.Started))
	if !r.Finished.IsZero() {
		add("Ended", v.at.moment(r.Finished))
	}
	if record.notes != nil {
		add("Result", record.notes.Headline)
	}
	add("Changes", counted(r.Changes))
	add("Error", escape.OneLine(r.Error))
	if r.Undoes != 0 {
		add("Undoes", "run "+runKey(r.Undoes))
	}
	if r.Recovers != 0 {
		add("Found cut off", "run "+runKey(r.Recovers))
	}
}
