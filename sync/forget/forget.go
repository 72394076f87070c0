package forget

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"rollcall/sync/exception"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
)

// Journal is the part of the history that forgetting needs.
type Journal interface {
	// Matching lists the changes that a filter selects.
	Matching(ctx context.Context, f journal.Filter) ([]journal.Change, error)
	// Waiting lists the sets that wait for approval.
	Waiting(ctx context.Context) ([]journal.HeldSet, error)
	// Approvals lists the approvals that are kept.
	Approvals(ctx context.Context) ([]journal.Approval, error)
	// Exceptions lists what admins have granted and denied for a time.
	Exceptions(ctx context.Context) ([]exception.Exception, error)
	// HeldSets lists the sets that can be approved.
	HeldSets(ctx context.Context) ([]journal.HeldSet, error)
	// WaitedTexts lists what waited when runs ended.
	WaitedTexts(ctx context.Context) ([][]byte, error)
	// Facts lists the facts.
	Facts(ctx context.Context, kinds ...string) ([]journal.Fact, error)
	// Forget takes a person out, and out of the free space of the files.
	Forget(ctx context.Context, f journal.Forgetting) (journal.Forgotten, error)
}

// Removed counts what was taken out. Kept are changes of other people whose metadata
// name the person: undo restores them as they were. Unsure are texts that have a word
// which may be the person's name or id, and may be any other word.
type Removed struct {
	journal.Forgotten
	Runs, Facts, Kept, Unsure int
}

// Obstacle says why the person cannot be forgotten yet; empty if nothing does: what
// waits, or is open, would need what is forgotten.
func (p *Person) Obstacle(ctx context.Context, history Journal, live func(*journal.Approval) bool) (string, error) {
	for i := range p.changes {
		if c := &p.changes[i]; c.Open() {
			return fmt.Sprintf("run %d was cut off before it recorded the outcome of a change of this person: run rollcall apply first", c.Run), nil
		}
	}
	sets, err := history.Waiting(ctx)
	if err != nil {
		return "", err
	}
	for i := range sets {
		if p.isHeld(sets[i].Keys, sets[i].Text) {
			return "a change of this person waits for approval: rollcall approve --list shows what waits", nil
		}
	}
	exceptions, err := history.Exceptions(ctx)
	if err != nil {
		return "", err
	}
	for i := range exceptions {
		if e := &exceptions[i]; e.InForce() && p.isOf(e) {
			return fmt.Sprintf("exception %d of this person is in force: end it first with rollcall exceptions --end %[1]d, then run rollcall apply", e.ID), nil
		}
	}
	approvals, err := history.Approvals(ctx)
	for i := range approvals {
		if a := &approvals[i]; live(a) && slices.ContainsFunc(a.Keys, p.isKey) {
			return fmt.Sprintf("an approval of a change of this person is valid until %s, or until the next run uses it", a.Expires.Format("2006-01-02 15:04Z")), err
		}
	}
	return "", err
}

// Forget takes the person out of the journal.
func (p *Person) Forget(ctx context.Context, history Journal) (Removed, error) {
	facts, err := history.Facts(ctx)
	if err != nil {
		return Removed{}, err
	}
	all, err := history.Matching(ctx, journal.Filter{})
	if err != nil {
		return Removed{}, err
	}
	r := newRedactor(p, all, facts)
	f := journal.Forgetting{Rewrite: r.rewrite, Held: p.isHeldRow, Key: p.isKey}
	var n Removed
	n.Runs, f.Changes = p.numbers()
	f.Set, f.Drop = r.facts(facts)
	n.Facts = len(f.Set) + len(f.Drop)
	exceptions, err := history.Exceptions(ctx)
	if err != nil {
		return n, err
	}
	for i := range exceptions {
		if p.isOf(&exceptions[i]) {
			f.Exceptions = append(f.Exceptions, exceptions[i].ID)
		}
	}
	if n.Forgotten, err = history.Forget(ctx, f); err != nil {
		return n, err
	}
	n.Kept, n.Unsure = r.kept(all), r.unsure
	return n, nil
}

// isOf reports whether a grant or a deny is about the person.
func (p *Person) isOf(e *exception.Exception) bool { return p.owns(exceptionChange(e)) }

// numbers are those of the person's changes, and how many runs made them.
func (p *Person) numbers() (runs int, changes []int64) {
	seen := map[int64]bool{}
	for i := range p.changes {
		seen[p.changes[i].Run] = true
		changes = append(changes, p.changes[i].ID)
	}
	return len(seen), changes
}

// facts are the facts that change. Package memory knows those that runs judge by. In
// the others, which the service shows, the person is replaced.
func (r *redactor) facts(all []journal.Fact) (set, drop []journal.Fact) {
	set, drop = memory.Without(all, r.Person)
	for _, f := range all {
		if memory.IsFact(f.Kind) {
			continue
		}
		if value := r.shown(string(f.Value)); value != string(f.Value) {
			f.Value = json.RawMessage(value)
			set = append(set, f)
		}
	}
	return set, drop
}

// kept counts the changes of others that name the person in what undo restores.
func (r *redactor) kept(all []journal.Change) int {
	n := 0
	for i := range all {
		c := &all[i]
		if r.has(c) {
			continue
		}
		if slices.ContainsFunc([]json.RawMessage{c.Public, c.Private, c.PublicBefore, c.PrivateBefore, c.Before, c.After},
			func(text json.RawMessage) bool { return r.inValue(string(text)) }) {
			n++
		}
	}
	return n
}
