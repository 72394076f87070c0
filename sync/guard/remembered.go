package guard

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/sync/assign"
	"rollcall/sync/diff"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// Some changes wait for an approval because of facts from earlier runs.

// shrunkSources holds losses where a group shrank since its baseline (S17).
func shrunkSources(o *organization) []finding {
	texts, figure := o.shrinkages(o.proposal.Organization, o.compared)
	if len(texts) == 0 {
		return nil
	}
	limit := o.Config.Guards.SourceShrink
	return []finding{{reason: plan.SourceShrink, concerns: (*plan.Change).Revokes, hold: plan.Hold{Limit: limit.People, Figure: figure, Text: fmt.Sprintf(
		"%s; limit: more than %d %% and more than %d people", strings.Join(texts, ", "), limit.Percent, limit.People)}}}
}

// shrinkages says which groups of an organization shrank too much since their
// baselines; one that is gone has nobody.
func (r *Judge) shrinkages(o *roster.Organization, s *diff.Comparison) (texts []string, figure int) {
	if s.Memory == nil {
		return nil, 0
	}
	for _, key := range slices.Sorted(maps.Keys(s.Memory.Groups)) {
		g := s.Memory.Groups[key]
		if !slices.Contains(g.Organizations, o.ID) || s.Read.Failed[assign.SourceOfGroup(key)] {
			continue
		}
		base, now := g.Base(r.Now()), 0
		if f := s.Assigned.GroupSizes[key]; f != nil {
			now = f.Count
		}
		if r.Config.Guards.SourceShrink.Shrunk(base, now) {
			texts = append(texts, fmt.Sprintf("%s of source %s shrank from %d to %d%s", g.Name, assign.SourceOfGroup(key), base, now, shareText(base-now, base, r.Config.Guards.SourceShrink.Percent)))
			figure = max(figure, base-now)
		}
	}
	return texts, figure
}

// fact is the memory of earlier runs about the organization.
func (o *organization) fact() (fact memory.OrganizationFact) {
	if m := o.compared.Memory; m != nil {
		fact = m.Organizations[o.plan.ID]
	}
	return fact
}

// changedRules holds losses of the first plan under changed rules (S20).
func changedRules(o *organization) []finding {
	if rules := o.fact().Rules; rules == "" || rules == o.Config.RulesHash {
		return nil
	}
	return []finding{{reason: plan.ChangedRules, concerns: (*plan.Change).Revokes, hold: plan.Hold{
		Text: "the rules or sources in the configuration have changed since the last complete run here; check what would be removed"}}}
}

// newState holds losses while the state is new and members carry our markers (S31).
func newState(o *organization) []finding {
	m := o.compared.Memory
	if m == nil || !m.NewState(o.compared.Have.Markers.Any()) || o.fact().Trusted {
		return nil
	}
	return []finding{{reason: plan.NewState, concerns: (*plan.Change).Revokes, hold: plan.Hold{
		Text: "the state directory is new, but rollcall has added members here before"}}}
}

// firstMapping holds all changes of an organization that a group's name leads to,
// and that rollcall has never managed: whoever may name groups could reach any
// organization (S21).
func firstMapping(o *organization) []finding {
	group := o.compared.FirstMapping(o.proposal, o.Config.Owner)
	if group == "" {
		return nil
	}
	return []finding{{reason: plan.FirstMapping, concerns: plan.Everything.Covers, hold: plan.Hold{Text: fmt.Sprintf(
		"%s names this organization for the first time; approve it once, or list the organization in the rule's organizations", group)}}}
}

// firstAdmins holds admins that a pattern makes here for the first time (S21).
func firstAdmins(o *organization) []finding {
	m := o.compared.Memory
	if m == nil {
		return nil
	}
	first := firstPatterns(o.proposal, m)
	return []finding{{reason: plan.FirstAdmins, concerns: func(c *plan.Change) bool { return c.Admin == plan.AdminGained && first[c.Subject()] },
		hold: plan.Hold{Text: "a pattern gives an admin role in this organization for the first time"}}}
}

// reverted holds changes that somebody else has reverted twice within a day
// (S30).
func reverted(o *organization) []finding {
	if o.compared.Memory == nil {
		return nil
	}
	twice := o.asked.History.revertedTwice(o.plan, o.proposal.Organization)
	return []finding{{reason: plan.Reverted, concerns: func(c *plan.Change) bool { return twice.users[c.Subject()] },
		hold: plan.Hold{Figure: len(twice.users), Text: twice.text}}}
}

// revokedAdmins holds an admin role that somebody else took away by hand (S30).
func revokedAdmins(o *organization) []finding {
	m := o.compared.Memory
	if m == nil {
		return nil
	}
	again := revokedByHand(o.plan, m.Admins[o.plan.ID])
	return []finding{{reason: plan.RevokedAdmin, concerns: func(c *plan.Change) bool { return c.Admin == plan.AdminGained && again[c.UserID] },
		hold: plan.Hold{Figure: len(again), Text: "they were admins, as in the directory, but somebody else removed the role; rollcall gives it back only after approval"}}}
}

// firstPatterns are the users that a pattern makes admin here for the first
// time (S21).
func firstPatterns(d *diff.Proposal, m *memory.Memory) map[string]bool {
	out := map[string]bool{}
	for i := range d.Wants {
		w := &d.Wants[i]
		if w.ByPattern() && !m.Patterns[d.PatternKey(w)] {
			out[w.Person.Subject()] = true
		}
	}
	return out
}

// Two writers (S30): a change that somebody else reverted is made once more. If it
// is reverted again within a day, the two would go on for ever, so the membership
// waits for an admin.

// reversions are memberships that somebody else changes back. The text names
// the likely writers.
type reversions struct {
	users map[string]bool
	text  string
}

// revertedTwice finds the memberships of an organization that somebody else
// has changed back twice within the window.
func (p *History) revertedTwice(o *plan.Organization, st *roster.Organization) reversions {
	out := reversions{users: map[string]bool{}}
	writers := map[string]bool{}
	for i := range o.Changes {
		c := &o.Changes[i]
		if c.State == plan.Ready && p.timesRepeated(c) >= 2 {
			out.users[c.Subject()] = true
			writers[likelyWriter(c, st.Member(c.UserID))] = true
		}
	}
	out.text = fmt.Sprintf("rollcall's change was reversed twice within a day, most likely by %s; stop that, or approve to try once more",
		strings.Join(slices.Sorted(maps.Keys(writers)), ", or by "))
	return out
}

// likelyWriter names the most likely author of a reversion.
func likelyWriter(c *plan.Change, m *roster.Member) string {
	switch {
	case m != nil && m.Marker != nil && c.ID != "" && m.Marker.DirectoryID() != (plan.DirectoryID{Source: c.Source, ID: c.ID}):
		return fmt.Sprintf("the installation %q, whose marker it carries", m.Marker.Owner)
	case c.Action == plan.Remove:
		return "single sign-on or a verified domain that adds people, or somebody in Clerk's dashboard"
	case c.Action == plan.Add:
		return "somebody in Clerk's dashboard, or another program that removes members"
	}
	return "somebody in Clerk's dashboard, or the attributes that single sign-on maps to roles"
}

// revokedByHand are the former admins of the organization that the plan would
// make admin again.
func revokedByHand(o *plan.Organization, admins []string) map[string]bool {
	out := map[string]bool{}
	for i := range o.Changes {
		if c := &o.Changes[i]; c.State == plan.Ready && c.Admin == plan.AdminGained && slices.Contains(admins, c.UserID) {
			out[c.UserID] = true
		}
	}
	return out
}
