package forget

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/setup"
	"rollcall/sync"
	"rollcall/sync/explain"
	people "rollcall/sync/forget"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Desk is where a person is forgotten.
type Desk struct {
	Session *runner.Session
	Out     io.Writer
	// Dialogue asks whoever forgets. Sure says that nobody is asked.
	Dialogue *setup.Dialogue
	Sure     bool
}

// Forget plans first: what the plan is about would be written down again. It asks
// without the lock, which would keep runs waiting for an answer. Then it takes the lock
// and looks again, since a run may have written meanwhile.
func (d *Desk) Forget(ctx context.Context, asked string) error {
	state, err := d.Session.State()
	if err != nil {
		return err
	}
	if _, missing := os.Stat(state); state == "" || missing != nil {
		return usage(fmt.Errorf("forget: there is no state directory %s, so there is nothing to forget", cmp.Or(state, "with state: none")))
	}
	if !d.Sure {
		if yes, err := d.ask(ctx, state, asked); err != nil || !yes {
			return cmp.Or(err, notForgotten(ctx))
		}
	}
	release, err := d.Session.Lock("forget")
	if err != nil {
		return err
	}
	defer release()
	db, err := journal.Open(ctx, state, journal.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // each write was on disk when it returned
	person, err := d.find(ctx, db, asked)
	if err != nil {
		return err
	}
	if err := runner.ForgetLists(state); err != nil {
		return err
	}
	removed, err := person.Forget(context.WithoutCancel(ctx), db)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(d.Out, forgottenText(person, &removed), facts.InstanceLine(d.Session.Instance()), "\n")
	return err
}

// ask says what would be forgotten, and asks. It only reads.
func (d *Desk) ask(ctx context.Context, state, asked string) (yes bool, err error) {
	db, err := journal.Open(ctx, state, journal.Options{ReadOnly: true})
	if errors.Is(err, journal.ErrNone) {
		return false, usage(fmt.Errorf("forget: %w, so there is nothing to forget", err))
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	person, err := d.find(ctx, db, asked)
	if err != nil {
		return false, err
	}
	yes, err = d.Dialogue.Confirm(ctx, fmt.Sprintf("Forget %s for good? The history has %s of this person.", escape.Text(asked), facts.Count(len(person.Changes()), "change")))
	if err != nil {
		return false, notForgotten(ctx)
	}
	return yes, nil
}

// find finds a person whom nothing needs any more.
func (d *Desk) find(ctx context.Context, db *journal.DB, asked string) (*people.Person, error) {
	config := &d.Session.Config.Sync
	person, err := people.Find(ctx, db, asked, func(id plan.DirectoryID) plan.DirectoryID {
		return policy.SameIDs(config.SameIDs).Of(config.PresentID(id))
	})
	if errors.Is(err, people.ErrSeveral) || errors.Is(err, people.ErrUnknown) {
		return nil, usage(fmt.Errorf("forget %s: %w", escape.Text(asked), err))
	}
	if err != nil {
		return nil, err
	}
	return person, d.check(ctx, db, person)
}

func notForgotten(ctx context.Context) error { return runner.Declined(ctx, "nothing was forgotten") }

// check refuses a person whom something still needs.
func (d *Desk) check(ctx context.Context, db *journal.DB, person *people.Person) error {
	why, err := person.Obstacle(ctx, db, func(a *journal.Approval) bool { return a.Live(time.Now()) })
	if err != nil {
		return err
	}
	if why == "" {
		r, err := d.Session.Reconcile(ctx, sync.Run{ExplainAll: person.Subjects()}, sync.WithJournal(db, 0))
		if err != nil {
			return err
		}
		if len(r.Plan.Failures) > 0 {
			return fmt.Errorf("forget %s: not everything could be read, so rollcall cannot tell whether this person has left: %s", escape.Text(person.Asked), r.Plan.Failures[0].Text)
		}
		for _, e := range r.Explanations {
			why = cmp.Or(why, stillPlanned(e, person, r.Plan, d.Session.Config.Sync.Owner))
		}
	}
	if why != "" {
		return usage(fmt.Errorf("forget %s: %s", escape.Text(person.Asked), why))
	}
	return nil
}

// stillPlanned says in which organization the plan is about the person; empty if none.
func stillPlanned(e *explain.Explanation, person *people.Person, p *plan.Plan, owner string) string {
	const until = ", and the next run would need, or note again, what is forgotten; forget people after they have left and rollcall apply has removed them"
	for o, c := range p.Changes() {
		if person.ClaimChange(c) {
			return fmt.Sprintf("the plan has a change of this person in organization %s%s", escape.Brief(o.Label()), until)
		}
	}
	if isOther(e, person) {
		return ""
	}
	for i := range e.Organizations {
		o := &e.Organizations[i]
		what := ""
		switch {
		case o.Wanted != "":
			what = "the rules want this person"
		case o.Invited != "":
			what = "an invitation of this person is pending"
		case o.Role != "" && o.Owner == owner:
			what = "this person is a member with the marker of rollcall"
		}
		if what != "" {
			return fmt.Sprintf("%s in organization %s%s", what, escape.Brief(o.Label()), until)
		}
	}
	return ""
}

// isOther reports whether an explanation is about other people only: the sources have
// somebody with the same id in another source, or with an address of the person.
func isOther(e *explain.Explanation, person *people.Person) bool {
	own := len(e.Entries) == 0 || slices.Contains(person.Users, e.Subject)
	for i := range e.Entries {
		entry := &e.Entries[i]
		own = !person.ReleaseEntry(plan.DirectoryID{Source: entry.Source, ID: entry.ID}, entry.UserID, append(entry.OtherEmails, entry.Email)...) || own
	}
	return !own
}

// forgottenText says what was removed, and what was not.
func forgottenText(person *people.Person, n *people.Removed) string {
	removed := removedText(n)
	if removed == "" {
		return fmt.Sprintf("The state directory has nothing about %s; check the spelling, or name an address, an id in a source or an account.\n", escape.Text(person.Asked))
	}
	text := fmt.Sprintf("Forgotten: %s. Removed from the state directory: %s.\n", escape.Text(person.Asked), removed)
	if n.Changes > 0 {
		text += "The runs still count these changes. rollcall undo cannot take them back.\n"
	}
	if len(person.Shared) > 0 {
		text += fmt.Sprintf("Not removed, because other people have or had the same address: %s.\n", escape.Text(strings.Join(person.Shared, ", ")))
	}
	if n.Kept > 0 {
		text += fmt.Sprintf("Not removed: the name in the metadata of %s of other people, because undo restores it. rollcall history --person shows it.\n", facts.Count(n.Kept, "change"))
	}
	if n.Unsure > 0 {
		text += fmt.Sprintf("%s may still name this person: a name or an id is replaced only where it cannot be another word.\n", facts.Count(n.Unsure, "text"))
	}
	return text + "Not removed: what Clerk, the sources, logs, mails, reports, saved plans and backups have. A service that runs forgets at its next run.\n"
}

// removedText lists what was removed; it is empty if nothing was.
func removedText(n *people.Removed) string {
	var parts []string
	if n.Changes > 0 {
		parts = append(parts, fmt.Sprintf("the data of %s of %s", facts.Count(n.Changes, "change"), facts.Count(n.Runs, "run")))
	}
	for _, one := range []struct {
		n    int
		noun string
	}{{n.Links, "link"}, {n.Facts, "fact"}, {n.Exceptions, "ended exception"}, {n.HeldSets, "old waiting set"}, {n.Approvals, "approval"}} {
		if one.n > 0 {
			parts = append(parts, facts.Count(one.n, one.noun))
		}
	}
	if n.Texts > 0 {
		parts = append(parts, "the name in "+facts.Count(n.Texts, "text"))
	}
	return strings.Join(parts, ", ")
}

func usage(err error) error { return runner.UsageError{Err: err} }
