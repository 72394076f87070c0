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

// matchesOfAll says for each rule how it leads to the person, or why it does
// not.
func (x *explainer) matchesOfAll() []Match {
	var out []Match
	for i := range x.Rules.Rules {
		rule := &x.Rules.Rules[i]
		matches := x.matches(rule)
		if len(matches) == 0 {
			matches = []Match{{Rule: rule.Number, Groups: rule.GroupsText(), Organization: rule.Organization, Role: rule.Role, Why: x.whyNotMatched(rule)}}
		}
		out = append(out, matches...)
	}
	return out
}

// matches are the groups of the rule that have the person.
func (x *explainer) matches(rule *policy.CompiledRule) []Match {
	var out []Match
	d := x.Read.Directory
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
						out = append(out, one.dated(s.PeriodsOf(&member), x.Read.Directory.Now))
					}
				}
			}
		}
	}
	return out
}

// match describes how one group of a rule leads to the person.
func (x *explainer) match(rule *policy.CompiledRule, group *source.Group, m source.Match, member source.Member, p *directory.Person) Match {
	out := Match{Rule: rule.Number, Groups: rule.GroupsText(), Path: group.Name}
	if member.Via != "" {
		out.Path += " → " + member.Via
	}
	organization, role, complaint := assign.Target(rule, group, m)
	out.Organization, out.Role = organization, role
	switch {
	case complaint != nil:
		out.Why = complaint.Text + plan.InParentheses(complaint.Rule)
	case p.Disabled != "":
		out.Why = "the account is not active: " + p.Disabled
	case x.Assigned.Exclusions.Why(rule, p) != "":
		out.Why = x.Assigned.Exclusions.Why(rule, p)
	default:
		out.Matches = true
		out.Why = x.outranked(organization, fmt.Sprintf("rule %d: %s", rule.Number, out.Path))
	}
	return out
}

// dated says of a match that holds for a time that it does not hold now (S28).
func (m Match) dated(terms []*source.Period, now time.Time) Match {
	y := assign.Assignment{Periods: terms}
	if !m.Matches || y.Holds(now) {
		return m
	}
	m.Matches, m.Why = false, terms[len(terms)-1].Ended()
	at := y.Begins(now)
	for _, t := range terms {
		if !at.IsZero() && t.Start.Equal(at) {
			m.Why = "begins on " + t.FirstDay() + plan.InParentheses("S28")
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
func (x *explainer) whyNotMatched(rule *policy.CompiledRule) string {
	from := func(p *directory.Person) bool { return p.From.Source == rule.Source }
	if rule.Source != "" && !slices.ContainsFunc(x.persons, from) {
		return "the rule is for the source " + rule.Source
	}
	var groups []string
	for _, s := range x.Read.Directory.Snapshots {
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
