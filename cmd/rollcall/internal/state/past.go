package state

import (
	"context"
	"errors"
	"slices"

	"rollcall/cmd/rollcall/internal/report/history"
	"rollcall/source"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// Past are the runs, the newest first and at most limit of them, with their changes
// of a person, in an organization, or both. Empty is any, and limit 0 is all.
func Past(ctx context.Context, db *journal.DB, organization, person string, limit int) ([]history.Past, error) {
	filter := journal.Filter{Organization: organization}
	if person != "" {
		var err error
		if filter, err = personFilter(ctx, db, organization, person); err != nil {
			return nil, err
		}
	}
	changes, err := db.Matching(ctx, filter)
	if err != nil {
		return nil, err
	}
	var out []history.Past
	for i := range slices.Backward(changes) {
		c := changes[i]
		if n := len(out); n > 0 && out[n-1].Run.ID == c.Run {
			out[n-1].Changes = append(out[n-1].Changes, c)
			continue
		}
		if limit > 0 && len(out) == limit {
			break
		}
		run, err := db.Run(ctx, c.Run)
		if err != nil && !errors.Is(err, journal.ErrNoRun) {
			return nil, err
		}
		out = append(out, history.Past{Run: run, Changes: []journal.Change{c}, Part: true})
	}
	if person != "" {
		for i := range out {
			out[i].Only = onlyPerson(out[i].Changes)
		}
	}
	return out, addLater(ctx, db, out)
}

// Open counts the changes that have no result, by run.
func Open(ctx context.Context, db *journal.DB) (map[int64]int, error) {
	list, err := db.Unfinished(ctx)
	open := map[int64]int{}
	for i := range list {
		open[list[i].Run]++
	}
	return open, err
}

// recentRuns is how far back later runs are looked for.
const recentRuns = 500

// addLater adds the later runs that were to undo each run, or that looked up in Clerk
// what it had left open.
func addLater(ctx context.Context, db *journal.DB, past []history.Past) error {
	runs, err := db.Runs(ctx, recentRuns)
	for _, r := range slices.Backward(runs) {
		for i := range past {
			if r.Undoes == past[i].Run.ID && !r.Finished.IsZero() {
				past[i].Undos = append(past[i].Undos, r)
			}
			if r.Recovers == past[i].Run.ID {
				past[i].CheckedBy = r.ID
			}
		}
	}
	return err
}

// onlyPerson is what undo --only takes for the person of changes; empty if they name
// several.
func onlyPerson(changes []journal.Change) string {
	for _, name := range []func(*journal.Change) string{
		func(c *journal.Change) string { return c.Email },
		func(c *journal.Change) string { return c.UserID },
	} {
		first := name(&changes[0])
		if first != "" && !slices.ContainsFunc(changes, func(c journal.Change) bool { return name(&c) != first }) {
			return first
		}
	}
	return ""
}

// personFilter finds the accounts and the ids of a person by the changes that name
// them, so that an address of earlier finds later changes too.
func personFilter(ctx context.Context, db *journal.DB, organization, person string) (journal.Filter, error) {
	f := journal.Filter{Users: []string{person}, Emails: []string{person}, People: []journal.PersonID{{ID: person}}}
	if folded, err := source.FoldEmail(person); err == nil {
		f.Emails[0] = folded
	}
	named, err := db.Matching(ctx, f)
	for i := range named {
		c := &named[i]
		f.Users = append(f.Users, c.UserID)
		f.People = append(f.People, journal.PersonID{Source: c.Source, ID: c.PersonID})
	}
	f.Organization = organization
	return f, err
}

// Run is a run with its changes, and with what waited when it ended, if that is known. If
// there are more than so many changes, only the first of them are read, and the others in
// short; 0 is all. It fails with [journal.ErrNoRun] if there is no such run.
func Run(ctx context.Context, db *journal.DB, id int64, most int) (*history.Past, error) {
	run, err := db.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	past := []history.Past{{Run: run}}
	if err := addLater(ctx, db, past); err != nil {
		return nil, err
	}
	p := &past[0]
	if p.Waited, err = waited(ctx, db, id); err != nil {
		return nil, err
	}
	if most == 0 {
		p.Changes, err = db.Changes(ctx, id)
		return p, err
	}
	if p.Outlines, err = db.Outlines(ctx, id); err != nil {
		return nil, err
	}
	ids := make([]int64, 0, most)
	for _, o := range firstOf(p.Outlines, most, func(o *journal.Outline) string { return o.Admin }) {
		ids = append(ids, o.ID)
	}
	p.Changes, err = db.ByID(ctx, ids)
	return p, err
}

// firstOf are the first of a list, and everybody who becomes admin (S43); 0 is all.
func firstOf[T any](list []T, most int, admin func(*T) string) []T {
	if most == 0 || len(list) <= most {
		return list
	}
	var out []T
	for i := range list {
		if len(out) < most || admin(&list[i]) == string(plan.AdminGained) {
			out = append(out, list[i])
		}
	}
	return out
}

// waited is what waited when a run ended; nil if that is not known.
func waited(ctx context.Context, db *journal.DB, run int64) (*memory.Waited, error) {
	raw, err := db.Waited(ctx, run)
	return memory.ReadWaited(raw), err
}
