package sync

import (
	"slices"
	"time"

	"go.uber.org/zap"

	"rollcall/sync/assign"
	"rollcall/sync/diff"
	"rollcall/sync/plan"
	"rollcall/sync/recent"
)

// A run for one person reads the sources whole, and of Clerk the person's accounts with
// their memberships. Everybody else is taken from the lists that an earlier run has
// read, as long as Clerk counts as many members (package recent). The plan is
// that of everybody, under all guards, as in any run.
//
// Such a run only gives. If the person would lose something, waits, or is not clearly one
// account, the run is made again with everything read: no removal and no question to an
// admin ever comes from a list that was kept.

// WithRecent lets a run for one person use the lists of earlier runs, and keeps those of
// this one.
func WithRecent(l *recent.Listing) Option { return func(r *Reconciler) { r.recent = l } }

// onePerson is the part of a run that is about what one person needs.
type onePerson struct{ *Reconciler }

// keepLists has the run keep what it lists, and notes why no earlier list serves it.
func (r onePerson) keepLists() {
	switch {
	case r.journal == nil || r.run == 0:
		r.unserved = recent.NoHistory
		return
	case r.recent == nil:
		r.unserved = recent.NoListing
		return
	}
	r.reader, r.unserved = recent.New(r.clerk, r.recent, r.run, func() time.Time { return r.now() })
	r.clerk = r.reader
}

// readWhole has the run read everything, and notes why.
func (r onePerson) readWhole(because recent.Reason) {
	r.unserved, r.narrowly = because, false
	r.reader.Widen()
}

// narrow limits what is read of Clerk to the person whom the run is for, if earlier
// lists may serve.
func (r onePerson) narrow(run Run, want *assign.Assignments, past *past) {
	if r.unserved == "" && !past.memory.HasBegun() {
		r.unserved = recent.NoHistory
	}
	if r.unserved != "" || !run.onlyGives() {
		return
	}
	r.narrowly = true
	r.reader.Narrow(run.Only, &recent.Who{Config: r.config, Directory: want.Read.Directory, Memory: past.memory, Now: r.now()})
}

// usesLists reports whether earlier lists have served the run. One that had to list
// everything after all is a run like any other.
func (r onePerson) usesLists() bool { return r.narrowly && r.reader.Scope().Kept > 0 }

// onlyGives reports whether the run may be about one person and nothing else.
func (run *Run) onlyGives() bool {
	return run.Apply && run.Only != "" && run.Organization == "" && run.Saved == nil && len(run.Approve)+len(run.Undo) == 0
}

// check ends a run that was read narrowly if the plan for the person needs more than
// that.
func (r onePerson) check(s *diff.Comparison, part *plan.Plan) error {
	if !r.usesLists() {
		return nil
	}
	n := 0
	for _, c := range part.Changes() {
		n++
		switch {
		case c.Destroys() || c.Revokes() || c.Action.ClosesAccount() || c.Replaced:
			return &recent.WholeError{Because: recent.Loss}
		case c.State != plan.Ready || c.Approved:
			return &recent.WholeError{Because: recent.Waiting}
		case c.UserID != "" && !r.reader.ReadAgain(c.UserID):
			return &recent.WholeError{Because: recent.OtherAccount}
		}
	}
	if n == 0 && len(part.Holds) > 0 {
		return &recent.WholeError{Because: recent.Waiting}
	}
	for _, p := range s.People.People {
		if p.Problem != nil && (r.reader.IsPerson(p.Addresses()) || slices.ContainsFunc(p.Problem.Users, r.reader.ReadAgain)) {
			return &recent.WholeError{Because: recent.UnclearIdentity}
		}
	}
	return nil
}

// scope is what a run for one person has read of the members of organizations.
func (r onePerson) scope(run Run, s *diff.Comparison) *recent.Scope {
	if !run.Apply || run.Only == "" {
		return nil
	}
	out := recent.Scope{Listed: len(s.Have.Organizations), Because: r.unserved}
	if r.narrowly {
		out = r.reader.Scope()
	}
	r.log.Info("read for one person", zap.Int("kept", out.Kept), zap.Int("listed", out.Listed), zap.String("because", string(out.Because)))
	return &out
}
