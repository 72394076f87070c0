package sync

import (
	"slices"

	"go.uber.org/zap"

	"rollcall/source"
	"rollcall/sync/apply"
	"rollcall/sync/assign"
	"rollcall/sync/diff"
	"rollcall/sync/directory"
	"rollcall/sync/explain"
	"rollcall/sync/guard"
	"rollcall/sync/identity"
	"rollcall/sync/leavers"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// The stages of a run, each with the collaborators that it needs.

func (r *Reconciler) directory() *directory.Reader {
	return &directory.Reader{Config: r.config, Rules: r.rules, Sources: r.sources, Watcher: r.watcher, Now: r.now}
}

func (r *Reconciler) memory() *memory.Store {
	return &memory.Store{Config: r.config, Journal: r.journal, Run: r.run, Remembers: r.remembers, Now: r.now, Clerk: r.clerk}
}

func (r *Reconciler) roster() *roster.Reader {
	return &roster.Reader{Config: r.config, Clerk: r.clerk, Watcher: r.watcher}
}

func (r *Reconciler) assign() *assign.Assigner {
	return &assign.Assigner{Config: r.config, Rules: r.rules}
}

func (r *Reconciler) identity() *identity.Resolver {
	return &identity.Resolver{Config: r.config, Clerk: r.clerk, Log: r.log, Watcher: r.watcher, Now: r.now}
}

func (r *Reconciler) diff() *diff.Differ {
	return &diff.Differ{Config: r.config, Remembers: r.remembers, Now: r.now}
}

func (r *Reconciler) leavers() *leavers.Ladder {
	return &leavers.Ladder{Config: r.config, Reader: r.directory(), Clerk: r.clerk}
}

func (r *Reconciler) guard() *guard.Judge {
	return &guard.Judge{Config: r.config, Sources: r.sources, Clerk: r.clerk, Now: r.now}
}

func (r *Reconciler) apply() *apply.Sender {
	s := &apply.Sender{Config: r.config, Clerk: r.clerk, Journal: r.journal, Run: r.run, Log: r.log, ChangeLog: r.log, Watcher: r.watcher, Now: r.now, FinishIn: r.finishIn}
	if r.quietChanges {
		s.ChangeLog = zap.NewNop()
	}
	return s
}

func (r *Reconciler) question() explain.Question {
	return explain.Question{Config: r.config, Rules: r.rules, Clerk: r.clerk, Journal: r.journal, Reader: r.directory()}
}

// reviewedNames are the organizations that a review reads beside those of the rules.
func reviewedNames(s *explain.Scope) []string {
	if s == nil {
		return nil
	}
	return s.Organizations
}

// part is the part of the plan that was asked for.
func (run Run) part() plan.Part { return plan.Part{Organization: run.Organization, Only: run.Only} }

// asked is the part of the options that concerns the judge.
func (run Run) asked(p *past, s *diff.Comparison) guard.Request {
	part := run.part()
	part.IsTheirs = theirs(run.Only, s)
	return guard.Request{Approved: p.approved, History: p.history, Saved: run.Saved, Subset: run.AllowSubset, Part: part, Undoing: len(run.Undo) > 0}
}

// theirs recognizes what is taken from an account by any address that it has verified, and
// by the ids of the people with the address in the sources: the identifier that Clerk shows
// of somebody who leaves may be a user name or another address. It is nil if only is no
// address.
func theirs(only string, s *diff.Comparison) func(c *plan.Change) bool {
	address, err := source.FoldEmail(only)
	if err != nil {
		return nil
	}
	same, ids := s.Read.Directory.Same, map[plan.DirectoryID]bool{}
	for _, p := range s.Read.Directory.WithAddress(address) {
		for _, id := range p.DirectoryIDs() {
			ids[same.Of(id)] = id != plan.DirectoryID{}
		}
	}
	return func(c *plan.Change) bool {
		u := s.People.Users[c.UserID]
		return c.Destroys() && (ids[same.Of(plan.DirectoryID{Source: c.Source, ID: c.ID})] || u != nil && slices.Contains(roster.VerifiedAddresses(u), address))
	}
}
