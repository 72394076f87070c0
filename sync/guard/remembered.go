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

// shrunkSources holds losses where a group shrank since its baseline, and everything
// else where a group of exceptions did: people who are missing there would gain access
// (S17).
func shrunkSources(o *organization) []finding {
	var list []finding
	if texts, figure := o.shrinkages(false); len(texts) > 0 {
		limit := o.Config.Guards.SourceShrink
		list = append(list, finding{reason: plan.SourceShrink, concerns: (*plan.Change).Revokes, hold: plan.Hold{Limit: limit.People, Figure: figure, Text: fmt.Sprintf(
			"%s; limit: more than %d %% and more than %d people", strings.Join(texts, ", "), limit.Percent, limit.People)}})
	}
	if texts, figure := o.shrinkages(true); len(texts) > 0 {
		limit := o.Config.Guards.Removals
		list = append(list, finding{reason: plan.SourceShrink, concerns: func(c *plan.Change) bool { return !plan.Losses.Covers(c) }, hold: plan.Hold{Limit: limit.From() - 1, Figure: figure, Text: fmt.Sprintf(
			"%s; people who are missing there would gain access; the limit is that of removals", strings.Join(texts, ", "))}})
	}
	return list
}

// shrinkages says which groups of the organization shrank too much since their
// baselines, those of exceptions or the others. One that is gone has nobody, unless it
// was one of exceptions and the rules have changed: then an admin has decided.
func (o *organization) shrinkages(exceptions bool) (texts []string, figure int) {
	memory := o.compared.Memory
	if memory == nil {
		return nil, 0
	}
	id, changed := o.proposal.Organization.ID, o.fact().Rules != o.Config.RulesHash
	for _, key := range slices.Sorted(maps.Keys(memory.Groups)) {
		g, size := memory.Groups[key], o.compared.Assigned.GroupSizes[key]
		if assign.IsException(key) != exceptions || !slices.Contains(g.Organizations, id) || o.compared.Read.Failed[assign.SourceOfGroup(key)] || exceptions && size == nil && changed {
			continue
		}
		base, now := g.Base(o.Now()), 0
		if size != nil {
			now = size.Count
		}
		if o.Config.Guards.Shrunk(exceptions, base, now) {
			texts = append(texts, fmt.Sprintf("%s of source %s shrank from %d to %d%s", g.Name, assign.SourceOfGroup(key), base, now, shareText(base-now, base, o.Config.Guards.SourceShrink.Percent)))
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
