package sync

import (
	"iter"
	"slices"

	"rollcall/sync/apply"
	"rollcall/sync/diff"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// rememberFed writes down, before anything is sent, that this run feeds an
// organization (S15, S22). What is held feeds nothing: a wrong export that every
// rule stops must not look like the past later.
func rememberFed(n *update, s *diff.Comparison, d *diff.Proposal, sending *plan.Plan) {
	o := d.Organization
	switch {
	case o.ReviewOnly:
		return // a review reads it once, and feeds it nothing
	case o.Marked: // later runs need not search for it
		n.Put(memory.FactOrganization, o.ID, memory.OrganizationFact{Slug: o.Slug, Sources: o.MarkedSources(n.config.Owner)})
		return
	}
	if _, known := s.Memory.Organizations[o.ID]; !blocked(d) && (known || d.HasOurs(n.config.Owner) || sends(sending, o.ID)) {
		n.Put(memory.FactOrganization, o.ID, factBefore(s, d, n.config))
	}
	for _, name := range o.Names {
		if name != o.ID && s.Memory.Pins[name] == "" {
			n.Put(memory.FactPin, name, o.ID)
		}
	}
}

// factBefore is what is known of an organization before the changes of a run.
func factBefore(s *diff.Comparison, d *diff.Proposal, config policy.Config) memory.OrganizationFact {
	o := d.Organization
	fact, known := s.Memory.Organizations[o.ID]
	fact.Slug, fact.Sources = o.Slug, policy.Union(fact.Sources, d.Sources())
	if !known && !d.HasOurs(config.Owner) {
		fact.Trusted = true // nothing here is older than this state (S31)
	}
	return fact
}

// blocked reports whether nothing may change in the organization.
func blocked(d *diff.Proposal) bool {
	return slices.ContainsFunc(d.Blocks, func(b plan.Block) bool { return b.Scope == plan.Everything })
}

// mappedIDs are the organizations that a group's name leads to and that nobody has
// named in the configuration (S21).
func mappedIDs(s *diff.Comparison) []string {
	var ids []string
	for _, d := range s.Proposals {
		if s.Assigned.Mappings.Group(d.Organization.Names) != "" {
			ids = append(ids, d.Organization.ID)
		}
	}
	return ids
}

// sends reports whether the plan has something to do in the organization.
func sends(p *plan.Plan, id string) bool {
	return slices.ContainsFunc(p.Organizations, func(o plan.Organization) bool { return o.ID == id && o.Ready() > 0 })
}

// unseen reports whether the first run of a state could not read all: nobody
// knows then whether members carry older markers (S31).
func unseen(s *diff.Comparison) bool {
	return len(s.Read.Failures) > 0 || slices.ContainsFunc(s.Have.Organizations, func(o *roster.Organization) bool { return o.Err != nil })
}

// trusted reports whether removals need no approval here because of a new state
// (S31). A run in which nothing is to do shows nothing; only a loss that somebody
// has approved ends the doubt.
func trusted(s *diff.Comparison, d *diff.Proposal, config policy.Config) bool {
	return !s.Memory.NewState(s.Have.Markers.Any() || unseen(s)) || factBefore(s, d, config).Trusted
}

// rememberOrganization keeps the sources and the rules that an organization
// had in this run.
func rememberOrganization(n *update, s *diff.Comparison, d *diff.Proposal, report *Report) {
	o := d.Organization
	if s.FirstMapping(d, n.config.Owner) != "" && !sends(report.Plan, o.ID) {
		return // nobody has approved it, and nothing was done there (S21)
	}
	if s.Assigned.OfThePast(o.Names) && n.config.RetireOf(o.Slug, o.ID) == policy.RetireRemove {
		n.Drop(memory.FactOrganization, o.ID)
		return
	}
	sources := d.Sources()
	for _, name := range s.Memory.Organizations[o.ID].Sources {
		if s.Read.Failed[name] { // it feeds the organization still, for all we know
			sources = policy.Union(sources, []string{name})
		}
	}
	fact := memory.OrganizationFact{Slug: o.Slug, Sources: sources, Rules: n.config.RulesHash, Trusted: trusted(s, d, n.config) || approvedLoss(report, o.ID)}
	n.Put(memory.FactOrganization, o.ID, fact)
	for _, key := range d.Patterns {
		n.Put(memory.FactPattern, key, true)
	}
}

// rememberApproved keeps what was approved and done in an organization where
// something else failed or waits: the rules that somebody has looked at (S20),
// the trust in a new state (S31), and the patterns that give an admin role (S21).
func rememberApproved(n *update, s *diff.Comparison, d *diff.Proposal, report *Report) {
	o := d.Organization
	if approvedLoss(report, o.ID) {
		fact := factBefore(s, d, n.config)
		fact.Rules, fact.Trusted = n.config.RulesHash, true
		n.Put(memory.FactOrganization, o.ID, fact)
	}
	admins := map[string]bool{}
	for c := range approvedDone(report) {
		admins[plan.MembershipKey(c)] = c.Admin == plan.AdminGained
	}
	for i := range d.Wants {
		if w := &d.Wants[i]; w.ByPattern() && admins[plan.SubjectKey(o.ID, w.Person.Subject())] {
			n.Put(memory.FactPattern, d.PatternKey(w), true)
		}
	}
}

// approvedLoss reports whether a removal or demotion that somebody approved was
// done in the organization.
func approvedLoss(report *Report, id string) bool {
	for c := range approvedDone(report) {
		if c.Organization == id && c.Revokes() {
			return true
		}
	}
	return false
}

// approvedDone are the approved changes that were done.
func approvedDone(report *Report) iter.Seq[*plan.Change] {
	return func(yield func(*plan.Change) bool) {
		for i := range report.Outcomes {
			if o := &report.Outcomes[i]; o.Result == apply.Done && o.Change.Approved && !yield(&o.Change) {
				return
			}
		}
	}
}
