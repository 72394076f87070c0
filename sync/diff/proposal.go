package diff

import (
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/identity"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Proposal is one organization on its way to a plan.
type Proposal struct {
	Organization *roster.Organization
	Wants        []assign.Entitlement
	Changes      []plan.Change
	// Omitted are the losses that removals: none leaves out; nil if there are none.
	Omitted  *plan.LossCount
	Blocks   []plan.Block
	Findings *Findings
	// disabledUsers are the users of leavers that get no time of grace (S29).
	disabledUsers map[string]bool
	// startedSubjects are the users, or addresses, of people whose start has passed, over
	// are those whose time here has ended (S28).
	startedSubjects map[string]bool
	Expired         map[*directory.Person]*source.Period
	// expiredSubjects are those over, as users or addresses.
	expiredSubjects map[string]bool
	// Borrowed are users that lose something although a person wanted here has
	// an address of theirs, with the reason: that person is another user (S04).
	Borrowed map[string]string
	// Patterns are the keys of groups that a pattern led here with an admin role (S21).
	Patterns []string
}

// propose diffs every organization that was read whole, several at a time: a
// large instance has work for every processor, and later requests wait for it.
func (r *Differ) propose(wants identity.Wanted, st *roster.Roster, a *assign.Assignments, v *identity.Resolver) []*Proposal {
	d := newDesirer(r.Config, v, a, r.Now())
	proposals := make([]*Proposal, len(st.Organizations))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, o := range st.Organizations {
		if o.Err != nil {
			continue
		}
		group.Go(func() error {
			proposals[i] = r.proposeOne(d, o, wants[o], a)
			return nil
		})
	}
	_ = group.Wait() // nothing here can fail
	proposals = slices.DeleteFunc(proposals, func(x *Proposal) bool { return x == nil })
	explainLosses(proposals, v.Directory, a)
	for _, d := range proposals {
		d.explainDecisions()
	}
	explainExceptions(proposals, a)
	explainRoles(proposals, v.Directory, a)
	return proposals
}

// proposeOne diffs one organization; it changes nothing that others look at.
func (r *Differ) proposeOne(d *desirer, o *roster.Organization, wants []assign.Entitlement, a *assign.Assignments) *Proposal {
	want, found := d.organization(o, wants)
	x := &Proposal{Organization: o, Wants: wants, Findings: found, Blocks: append(slices.Clone(a.All), pinned(a.Memory, o)...)}
	if o.ReviewOnly && len(o.Decisions) == 0 {
		x.Blocks = nil // nothing leads here that could be wrong
	}
	for _, b := range a.BlocksOf(o.Names) {
		if !slices.Contains(x.Blocks, b) {
			x.Blocks = append(x.Blocks, b)
		}
	}
	x.notePatterns(d.have)
	x.markDates(a)
	r.noteReadded(d, x, &want)
	have := actual{organization: o.ID, members: o.Members, roles: d.have.Roles, owner: r.Config.Owner}
	x.Changes = append(diff(want, have), diffInvitations(want, o, have, r.Config)...)
	slices.SortFunc(x.Changes, plan.CompareChanges)
	if r.Config.Removals == policy.RemovalsNone {
		x.omitLosses(a.Read.Failed)
	}
	return x
}

// notePatterns notes which groups of patterns give an admin role here.
func (d *Proposal) notePatterns(st *roster.Roster) {
	for i := range d.Wants {
		w := &d.Wants[i]
		if w.SharedReason == nil || w.Pattern == "" || !st.Roles.Admin[w.Role] {
			continue
		}
		key := d.PatternKey(w)
		if !slices.Contains(d.Patterns, key) {
			d.Patterns = append(d.Patterns, key)
		}
	}
}

// PatternKey names the pattern of an entitlement in this organization, as
// memory does.
func (d *Proposal) PatternKey(w *assign.Entitlement) string {
	return w.Pattern + "\x1f" + d.Organization.ID
}

// Sources are those that feed the organization today, by an identity or an alias.
func (d *Proposal) Sources() []string {
	found := map[string]bool{}
	for i := range d.Wants {
		p := d.Wants[i].Person
		if d.Wants[i].Granted() != nil && !d.Wants[i].Ruled {
			continue // a grant feeds nothing (S15)
		}
		found[p.From.Source] = true
		for _, alias := range p.Aliases() {
			found[alias.Source] = true
		}
	}
	var out []string
	for name := range found {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// markDates notes the people whose start or end dates cause changes.
func (d *Proposal) markDates(a *assign.Assignments) {
	for i := range d.Wants {
		if w := &d.Wants[i]; w.Periods != nil && !w.Periods.Since.IsZero() {
			if d.startedSubjects == nil {
				d.startedSubjects = map[string]bool{}
			}
			d.startedSubjects[w.Person.Subject()] = true
		}
	}
	for _, name := range d.Organization.AllNames() {
		for p, t := range a.Expired[name] {
			if d.Expired == nil {
				d.Expired, d.expiredSubjects = map[*directory.Person]*source.Period{}, map[string]bool{}
			}
			d.Expired[p], d.expiredSubjects[p.Subject()] = t, true
		}
	}
}

// DrivenByTime reports whether the passing of time alone may have caused a
// change. The change concerns somebody with a start date, or somebody whose
// end date may be behind it. An end can also give something: the role of a
// lower rule, or its metadata.
func (d *Proposal) DrivenByTime(c *plan.Change) bool {
	return d.startedSubjects[c.Subject()] || d.expiredSubjects[c.Subject()] || len(d.Expired) > 0 && c.Destroys()
}

// markDisabled notes a leaver whose account is disabled or whose time has
// ended: they get no time of grace (S29).
func (d *Proposal) markDisabled(user string, p *directory.Person) {
	if p != nil && d.hasLeft(p) {
		d.noGrace(user)
	}
}

// noGrace notes a user who gets no time of grace.
func (d *Proposal) noGrace(user string) {
	if d.disabledUsers == nil {
		d.disabledUsers = map[string]bool{}
	}
	d.disabledUsers[user] = true
}

// pinned blocks an organization whose slug belonged to another one before
// (S22).
func pinned(m *memory.Memory, o *roster.Organization) []plan.Block {
	if m == nil {
		return nil
	}
	var blocks []plan.Block
	for _, name := range o.Names {
		if was := m.Pins[name]; name != o.ID && was != "" && was != o.ID {
			blocks = append(blocks, plan.Block{Reason: plan.MovedSlug, Text: fmt.Sprintf(
				"the slug %q belonged to %s in earlier runs and belongs to %s now; if that is right, use the id %s", name, was, o.ID, o.ID)})
		}
	}
	return blocks
}

// unknownOrganization says what to do about a name that no organization has. A
// name that earlier runs knew was most likely changed in Clerk (S22).
func unknownOrganization(name string, m *memory.Memory) string {
	if m != nil {
		if was := m.Pins[name]; was != "" && was != name {
			return fmt.Sprintf("no organization has the slug or id %q any more; in earlier runs it was %s: use its new slug, or its id %s", name, was, was)
		}
	}
	return fmt.Sprintf("no organization has the slug or id %q: fix the name, or create the organization in Clerk", name)
}
