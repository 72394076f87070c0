package sync

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/source"
)

// matchesOfAll says of each rule how it leads to the person, or why it does not.
func (x *explainer) matchesOfAll() []Match {
	var out []Match
	for i := range x.rules.rules {
		rule := &x.rules.rules[i]
		matches := x.matches(rule)
		if len(matches) == 0 {
			matches = []Match{{Rule: rule.number, Groups: rule.asked(), Organization: rule.Organization, Role: rule.Role, Why: x.missed(rule)}}
		}
		out = append(out, matches...)
	}
	return out
}

// asked is what a rule asks for, as the configuration says it.
func (r *compiledRule) asked() string {
	var list []string
	for _, s := range selectorsOf(r.Rule) {
		list = append(list, s.String())
	}
	return strings.Join(list, ", ")
}

// matches are the groups of the rule that have the person.
func (x *explainer) matches(rule *compiledRule) []Match {
	var out []Match
	d := x.read.directory
	for i, s := range d.snapshots {
		for g := range s.Groups {
			group := &s.Groups[g]
			for _, m := range group.Matches {
				if !slices.Contains(rule.selectors, m.Selector) {
					continue
				}
				for _, member := range group.Members {
					if p := d.people[i][member.Person]; slices.Contains(x.persons, p) {
						one := x.match(rule, group, m, member, p)
						out = append(out, one.dated(s.TermsOf(&member), x.read.directory.now))
					}
				}
			}
		}
	}
	return out
}

func (x *explainer) match(rule *compiledRule, group *source.Group, m source.Match, member source.Member, p *person) Match {
	out := Match{Rule: rule.number, Groups: rule.asked(), Path: group.Name}
	if member.Via != "" {
		out.Path += " → " + member.Via
	}
	scratch := &assignments{blocks: map[string][]block{}} // takes the complaints, which the plan has already
	organization, role, ok := scratch.target(rule, group, m)
	out.Organization, out.Role = organization, role
	switch {
	case !ok:
		out.Why = "group " + group.Name + " gives no organization, or a role that the rule's roles do not list (S21)"
	case p.Disabled != "":
		out.Why = "the account does not count: " + p.Disabled
	default:
		out.Matches = true
		out.Why = x.outranked(organization, fmt.Sprintf("rule %d: %s", rule.number, out.Path))
	}
	return out
}

// dated says of a match that holds for a time that it does not hold now (S28).
func (m Match) dated(terms []*source.Term, now time.Time) Match {
	y := assignment{terms: terms}
	if !m.Matches || y.holds(now) {
		return m
	}
	m.Matches, m.Why = false, terms[len(terms)-1].Ended()
	at := y.begins(now)
	for _, t := range terms {
		if !at.IsZero() && t.Start.Equal(at) {
			m.Why = "begins on " + t.FirstDay() + ruled("S28")
		}
	}
	return m
}

// outranked says which rule comes before; empty when none does.
func (x *explainer) outranked(organization, because string) string {
	o := x.have.byName[organization]
	if o == nil {
		return fmt.Sprintf("no organization has the slug or id %q (S22)", organization)
	}
	for _, d := range x.drafts {
		for i := range d.wants {
			if w := &d.wants[i]; d.state == o && slices.Contains(x.persons, w.person) && w.because() != because {
				return w.because() + " comes before it"
			}
		}
	}
	return ""
}

// missed says why a rule does not lead to the person.
func (x *explainer) missed(rule *compiledRule) string {
	from := func(p *person) bool { return p.from.Source == rule.Source }
	if rule.Source != "" && !slices.ContainsFunc(x.persons, from) {
		return "the rule is for the source " + rule.Source
	}
	var groups []string
	for _, s := range x.read.directory.snapshots {
		for g := range s.Groups {
			if slices.ContainsFunc(s.Groups[g].Matches, func(m source.Match) bool { return slices.Contains(rule.selectors, m.Selector) }) {
				groups = append(groups, s.Groups[g].Name)
			}
		}
	}
	switch len(groups) {
	case 0:
		return "no group answers " + rule.asked()
	case 1:
		return "not in " + groups[0]
	}
	return fmt.Sprintf("in none of its %d groups", len(groups))
}
