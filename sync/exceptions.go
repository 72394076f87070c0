package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"rollcall/sync/assign"
	"rollcall/sync/diff"
	"rollcall/sync/directory"
	"rollcall/sync/exception"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// exceptional is the part of a run that is about exceptions.
type exceptional struct{ *Reconciler }

// readSources reads the exceptions, and then the sources.
func (r exceptional) readSources(ctx context.Context, run Run) (*directory.Reading, []exception.Exception, error) {
	exceptions, err := r.read(ctx, run)
	if err != nil {
		return nil, nil, err
	}
	read, err := r.directory(exceptions).Read(ctx)
	return read, exceptions, err
}

// read reads what admins have granted and denied for a time. It comes before
// the sources are read, because they are asked for the people.
func (r exceptional) read(ctx context.Context, run Run) ([]exception.Exception, error) {
	if r.journal == nil {
		return run.Try, nil
	}
	list, err := r.journal.Exceptions(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	return append(list, run.Try...), nil
}

// directory is the reader of the sources, which also asks for the people of grants in
// force: they may be in no group that a rule uses.
func (r exceptional) directory(exceptions []exception.Exception) *directory.Reader {
	reader := r.Reconciler.directory()
	reader.Also = map[string][]string{}
	for i := range exceptions {
		if e := &exceptions[i]; e.Kind == exception.Grant && e.InForce() && e.Person.Source != "" {
			name := r.config.PresentName(e.Person.Source)
			reader.Also[name] = append(reader.Also[name], e.Person.ID)
		}
	}
	return reader
}

// endOver ends the exceptions whose time has passed, before anything is sent, so
// that a clock that goes wrong later begins none of them again. A wrong clock ends none
// (S28).
func (r exceptional) endOver(ctx context.Context, s *diff.Comparison) error {
	if memory.ClockFault(r.clerk, s.Memory) != "" {
		return nil
	}
	for i := range s.Memory.Exceptions {
		if e := &s.Memory.Exceptions[i]; e.InForce() && e.Over(s.Read.Directory.Now) {
			if err := r.end(ctx, e, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// end ends an exception, unless somebody else was quicker.
func (r exceptional) end(ctx context.Context, e *exception.Exception, by string) error {
	err := r.journal.EndException(ctx, e.ID, by)
	if err != nil && !errors.Is(err, exception.ErrNone) {
		return fmt.Errorf("end exception %d: %w", e.ID, err)
	}
	return nil
}

// rememberSettled notes the grants that are over and have left nothing: all that their
// end asks for was done. From then on, a removal of the person, or a role that somebody
// set by hand, has nothing to do with them.
func rememberSettled(n *update, s *diff.Comparison, report *Report, whole map[string]bool) {
	for _, e := range s.Assigned.Exceptions().Ended() {
		waits := stillThere(s, report, e)
		for _, c := range report.Plan.Changes() {
			waits = waits || c.Organization == e.Organization && isAbout(c, e, n.config) && c.State != plan.Ready
		}
		if whole[e.Organization] && !waits {
			n.Put(memory.FactSettled, memory.SettledKey(e), true)
		}
	}
}

// endUndone ends the grants whose membership or role an undo takes back. Otherwise the
// next run would give it again (S25).
func (r exceptional) endUndone(ctx context.Context, p *plan.Plan, m *memory.Memory) error {
	for _, e := range r.undoneGrants(p, m, func(c *plan.Change) bool { return c.State == plan.Ready }) {
		if err := r.end(ctx, e, "rollcall undo"); err != nil {
			return err
		}
	}
	return nil
}

// noteUndone says which grants an undo ends.
func (r exceptional) noteUndone(p *plan.Plan, m *memory.Memory) {
	for _, e := range r.undoneGrants(p, m, func(*plan.Change) bool { return true }) {
		p.Notes = append(p.Notes, plan.Note{Rule: "S25", Organization: e.Organization, Email: e.Address, Users: []string{e.UserID}, Text: fmt.Sprintf(
			"%s: the undo ends exception %d (%s), or the next run would give it again", e.Address, e.ID, e.Text())})
	}
}

// undoneGrants are the grants in force of people who lose something by an undo.
func (r exceptional) undoneGrants(p *plan.Plan, m *memory.Memory, undone func(*plan.Change) bool) (list []*exception.Exception) {
	if m == nil {
		return nil
	}
	for i := range m.Exceptions {
		e := &m.Exceptions[i]
		for _, c := range p.Changes() {
			if e.Kind == exception.Grant && e.InForce() && undone(c) && takesGranted(c, e) && isAbout(c, e, r.config) && !slices.Contains(list, e) {
				list = append(list, e)
			}
		}
	}
	return list
}

// takesGranted reports whether a change takes what a grant gives, from anybody.
func takesGranted(c *plan.Change, e *exception.Exception) bool {
	given := c.From == e.Role && (c.Action == plan.Remove || c.Action == plan.SetRole) || c.Action == plan.RevokeInvitation
	return given && c.Organization == e.Organization
}

// isAbout reports whether a change is about the person of an exception: the account, or
// the entry, whatever its source was called then, or the same id in another source (S01).
func isAbout(c *plan.Change, e *exception.Exception, config policy.Config) bool {
	same := func(source, id string) plan.DirectoryID {
		return policy.SameIDs(config.SameIDs).Of(config.PresentID(plan.DirectoryID{Source: source, ID: id}))
	}
	return e.UserID != "" && e.UserID == c.UserID || e.Person != (exception.Person{}) && same(e.Person.Source, e.Person.ID) == same(c.Source, c.ID)
}

// stillThere reports whether somebody has the role of a grant that is over, although no
// rule gives it and no change of the run takes it. That no change is planned is no proof
// that nothing is left to do: a conflict hides the change.
func stillThere(s *diff.Comparison, report *Report, e *exception.Exception) bool {
	for _, d := range s.Proposals {
		if d.Organization.ID != e.Organization {
			continue
		}
		for _, user := range s.Have.Markers.Users(s.Assigned.Exceptions().PersonID(e), []string{e.UserID}) {
			m := d.Organization.Member(user)
			if m != nil && m.Role == e.Role && !isWanted(d, user, e.Role) && !isTaken(report.Plan, e.Organization, user) {
				return true
			}
		}
	}
	return false
}

// isWanted reports whether the rules give a user the role in the organization.
func isWanted(d *diff.Proposal, user, role string) bool {
	return slices.ContainsFunc(d.Wants, func(w assign.Entitlement) bool { return w.Person.UserID == user && w.Role == role })
}

// isTaken reports whether a change of the plan takes the user's role.
func isTaken(p *plan.Plan, organization, user string) bool {
	for _, c := range p.Changes() {
		if c.Organization == organization && c.UserID == user && (c.Action == plan.Remove || c.Action == plan.SetRole) {
			return true
		}
	}
	return false
}
