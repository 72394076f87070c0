package explain

import (
	"fmt"
	"slices"
	"time"

	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// matcher says how rules lead to the entries of one person.
type matcher struct {
	rules      *policy.Ruleset
	directory  *directory.Directory
	exclusions assign.Exclusions
	persons    []*directory.Person
	// outranked names what comes before a reason in an organization; empty if nothing does.
	outranked func(organization, because string) string
}

// Rules says for each rule how it leads to the entries of one person, or why it does
// not. outranked names what comes before a reason in an organization; empty if nothing
// does. It needs no answer of Clerk.
func Rules(set *policy.Ruleset, a *assign.Assignments, persons []*directory.Person, outranked func(organization, because string) string) []Match {
	x := &matcher{set, a.Read.Directory, a.Exclusions, persons, outranked}
	var out []Match
	for i := range set.Rules {
		rule := &set.Rules[i]
		matches := x.matches(rule)
		if len(matches) == 0 {
			matches = []Match{{Rule: rule.Number, Groups: rule.GroupsText(), Organization: rule.Organization, Role: rule.Role, Why: x.whyNotMatched(rule)}}
		}
		out = append(out, matches...)
	}
	return out
}

// matches are the groups of the rule that have the person.
func (x *matcher) matches(rule *policy.CompiledRule) []Match {
	var out []Match
	d := x.directory
	for i, s := range d.Snapshots {
		for g := range s.Groups {
			group := &s.Groups[g]
			for _, m := range group.Matches {
				if !slices.Contains(rule.Selectors, m.Selector) {
					continue
				}
				for _, member := range group.Members {
					if p := d.People[i][member.Person]; slices.Contains(x.persons, p) {
						one := x.match(rule, group, m, member, p)
						out = append(out, one.dated(s.PeriodsOf(&member), d.Now))
					}
				}
			}
		}
	}
	return out
}

// match describes how one group of a rule leads to the person.
func (x *matcher) match(rule *policy.CompiledRule, group *source.Group, m source.Match, member source.Member, p *directory.Person) Match {
	out := Match{Rule: rule.Number, Groups: rule.GroupsText(), Path: group.Name}
	if member.Via != "" {
		out.Path += " → " + member.Via
	}
	organization, role, complaint := assign.Target(rule, group, m)
	out.Organization, out.Role = organization, role
	switch {
	case complaint != nil:
		out.Obstacle, out.Unlisted, out.Why = Unlisted, complaint.Organization, complaint.Text+plan.InParentheses(complaint.Rule)
	case p.Disabled != "":
		out.Obstacle, out.Why = ObstacleOf(p), "the account is not active: "+p.Disabled
	case x.exclusions.Why(rule, p) != "":
		out.Obstacle, out.Why = Excluded, x.exclusions.Why(rule, p)
	default:
		out.Matches = true
		out.Why = x.outranked(organization, fmt.Sprintf("rule %d: %s", rule.Number, out.Path))
	}
	return out
}

// ObstacleOf is why somebody is a leaver in the sources; empty if they are not.
func ObstacleOf(p *directory.Person) Obstacle {
	switch {
	case p.Disabled == "":
		return ""
	case p.Ended:
		return Ended
	}
	return Disabled
}

// dated says of a match that holds for a time that it does not hold now (S28).
func (m Match) dated(terms []*source.Period, now time.Time) Match {
	y := assign.Assignment{Periods: terms}
	if !m.Matches || y.Holds(now) {
		return m
	}
	m.Matches, m.Obstacle, m.Why = false, Ended, terms[len(terms)-1].Ended()
	at := y.Begins(now)
	for _, t := range terms {
		if !at.IsZero() && t.Start.Equal(at) {
			m.Obstacle, m.Why = NotStarted, "begins on "+t.FirstDay()+plan.InParentheses("S28")
		}
	}
	return m
}

// outranked names the rule that comes before this one; empty when there is
// none.
func (x *explainer) outranked(organization, because string) string {
	o := x.Have.ByName[organization]
	if o == nil {
		return fmt.Sprintf("no organization has the slug or id %q (S22)", organization)
	}
	for _, d := range x.Proposals {
		for i := range d.Wants {
			if w := &d.Wants[i]; d.Organization == o && slices.Contains(x.persons, w.Person) && w.Because() != because {
				return w.Because() + " takes precedence"
			}
		}
	}
	return ""
}

// whyNotMatched says why a rule does not lead to the person.
func (x *matcher) whyNotMatched(rule *policy.CompiledRule) string {
	from := func(p *directory.Person) bool { return p.From.Source == rule.Source }
	if rule.Source != "" && !slices.ContainsFunc(x.persons, from) {
		return "the rule is for the source " + rule.Source
	}
	var groups []string
	for _, s := range x.directory.Snapshots {
		for g := range s.Groups {
			if slices.ContainsFunc(s.Groups[g].Matches, func(m source.Match) bool { return slices.Contains(rule.Selectors, m.Selector) }) {
				groups = append(groups, s.Groups[g].Name)
			}
		}
	}
	switch len(groups) {
	case 0:
		return "no group matches " + rule.GroupsText()
	case 1:
		return "not in " + groups[0]
	}
	return fmt.Sprintf("not in any of its %d groups", len(groups))
}
