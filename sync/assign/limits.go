package assign

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// A rule can be limited by further groups: except_groups, whose members it does not
// reach, and all_groups, in all of which a person must be. A group of exceptions is
// dangerous the other way round: somebody who is missing in it would gain access. So
// nobody gains anything by a rule whose exceptions are in doubt, and nobody loses
// anything by it: the organizations of the rule wait as a whole (S10, S11, S14, S15).

// limits are the people of the groups that limit rules, by selector.
type limits map[int]limit

// limit is who is in one of these groups, and whose addresses the people there have.
type limit struct {
	people    map[*directory.Person]bool
	addresses map[string]*directory.Person
}

// newLimits finds who is in the groups that limit rules now (S28).
func newLimits(set *policy.Ruleset, d *directory.Directory) limits {
	l := limits{}
	for i, s := range d.Snapshots {
		for g := range s.Groups {
			for _, m := range s.Groups[g].Matches {
				if set.Limits(m.Selector) {
					l.add(m.Selector, d, i, &s.Groups[g])
				}
			}
		}
	}
	return l
}

func (l limits) add(selector int, d *directory.Directory, snapshot int, group *source.Group) {
	if l[selector].people == nil {
		l[selector] = limit{map[*directory.Person]bool{}, map[string]*directory.Person{}}
	}
	for i := range group.Members {
		member := &group.Members[i]
		if x := (Assignment{Periods: d.Snapshots[snapshot].PeriodsOf(member)}); !x.Holds(d.Now) {
			continue
		}
		p := d.People[snapshot][member.Person]
		l[selector].people[p] = true
		for _, address := range p.Addresses() {
			if p.Disabled == "" {
				l[selector].addresses[address] = p
			}
		}
	}
}

// namesake is an entry of the group with an address of a person who is not in it.
func (x limit) namesake(p *directory.Person) *directory.Person {
	if x.people[p] {
		return nil
	}
	for _, address := range p.Addresses() {
		if other := x.addresses[address]; other != nil {
			return other
		}
	}
	return nil
}

func (l limits) excludes(rule *policy.CompiledRule, p *directory.Person) string {
	for i, selector := range rule.Except {
		if l[selector].people[p] {
			return fmt.Sprintf("in %s, which except_groups of rule %d excludes", rule.ExceptGroups[i], rule.Number)
		}
	}
	for i, selector := range rule.Required {
		if !l[selector].people[p] && l[selector].namesake(p) == nil {
			return fmt.Sprintf("not in %s, which all_groups of rule %d requires", rule.AllGroups[i], rule.Number)
		}
	}
	return ""
}

// doubt is the problem of a person whom a group of the rule names by address only. An
// address is no identity (S01): whether the rule reaches the person is unknown, so
// nothing is changed for them until the ids are linked (S02).
func (l limits) doubt(rule *policy.CompiledRule, p *directory.Person) *directory.Problem {
	names := slices.Concat(rule.ExceptGroups, rule.AllGroups)
	for i, selector := range slices.Concat(rule.Except, rule.Required) {
		if other := l[selector].namesake(p); other != nil {
			return &directory.Problem{Rule: "S02", Hold: true, Text: fmt.Sprintf(
				"%s (%s) has an address of %s, which is in %s and limits rule %d; if they are one person, link their ids with same_ids_as; if not, correct the address",
				p.Label(), p.Origin, other.Origin, names[i], rule.Number)}
		}
	}
	return nil
}

// Exclusions are the limits of rules, and whom they keep out.
type Exclusions struct {
	limits limits
	// why is the group that keeps a person out of an organization, by its name.
	why map[string]map[*directory.Person]string
}

func newExclusions(set *policy.Ruleset, d *directory.Directory) Exclusions {
	return Exclusions{newLimits(set, d), map[string]map[*directory.Person]string{}}
}

// Why says why a rule does not reach a person of its groups; empty if it does.
func (e Exclusions) Why(rule *policy.CompiledRule, p *directory.Person) string {
	return e.limits.excludes(rule, p)
}

// add notes that a rule does not reach a person of its groups.
func (e Exclusions) add(organization string, p *directory.Person, why string) {
	if e.why[organization] == nil {
		e.why[organization] = map[*directory.Person]string{}
	}
	if known := e.why[organization][p]; known == "" || why < known {
		e.why[organization][p] = why
	}
}

// From says which group keeps a person out of an organization, by its names, where a
// rule has a group with them; empty if none does.
func (e Exclusions) From(names []string, p *directory.Person) string {
	for _, name := range names {
		if why := e.why[name][p]; why != "" {
			return why
		}
	}
	return ""
}

// limitedRules blocks what limited rules lead to while their limits are in doubt.
type limitedRules struct{ *Assignments }

// hold blocks the organizations of rules whose limits cannot be judged, because a
// group in it was not read, or a member of another source was not (S10).
func (a limitedRules) hold(d *directory.Directory) {
	for _, s := range d.Snapshots {
		for g := range s.Groups {
			group := &s.Groups[g]
			for _, m := range group.Matches {
				if !a.rules.Limits(m.Selector) {
					continue
				}
				rule := &a.rules.Rules[a.rules.RuleIndex[m.Selector]]
				several := rule.Source == "" && len(d.Snapshots)+len(d.Failed) > 1 || len(group.Across) > 0 || d.LinkedFailed(s.Source)
				if u := unknownLimit(group, several); u != nil {
					a.blockRule(rule, plan.Block{Reason: plan.UnreadableMembers, Text: fmt.Sprintf(
						"rule %d: group %s limits the rule and lists %s that cannot be read (%s), so nobody knows whom the rule reaches; fix the entry", rule.Number, group.Name, u.Ref, u.Why)})
				}
			}
		}
	}
}

// addSizes adds the groups of exceptions to the sizes that later runs compare, for the
// organizations that their rules lead to: if many leave such a group at once, the rule
// would let them in (S17).
func (a limitedRules) addSizes(d *directory.Directory) {
	for _, s := range d.Snapshots {
		for g := range s.Groups {
			group := &s.Groups[g]
			for _, m := range group.Matches {
				rule := &a.rules.Rules[a.rules.RuleIndex[m.Selector]]
				if !slices.Contains(rule.Except, m.Selector) {
					continue
				}
				for _, grant := range a.Grants {
					if grant.Rule == rule.Number && grant.Organization != "" {
						a.GroupSizes.addException(s.Source, group, grant.Organization)
					}
				}
			}
		}
	}
}

// unknownLimit is a member of a group whose absence could give somebody access: a
// group within, or a person whom another source may show.
func unknownLimit(group *source.Group, severalSources bool) *source.Unusable {
	for i := range group.Unusable {
		if u := &group.Unusable[i]; u.Group || severalSources {
			return u
		}
	}
	return nil
}

// widen blocks gains too where a doubt about a source blocks losses, for rules
// with exceptions: a member who is missing in such a group would gain access.
func (a limitedRules) widen(source string, b plan.Block) {
	if b.Scope != plan.Losses {
		return
	}
	for _, name := range a.GroupSizes.across(source, true) {
		a.block(name, plan.Block{Reason: b.Reason, Text: b.Text + "; until then nobody new is added here, because somebody may be missing in a group of except_groups"})
	}
	for i := range a.rules.Rules {
		rule := &a.rules.Rules[i]
		if len(rule.Except) == 0 || rule.Source != "" && rule.Source != source {
			continue
		}
		wide := plan.Block{Reason: b.Reason, Text: fmt.Sprintf("%s; until then rule %d reaches nobody new, because somebody may be missing in %s", b.Text, rule.Number, strings.Join(rule.ExceptGroups, ", "))}
		a.blockRule(rule, wide)
	}
}

// blockRule blocks the organizations that a rule can lead to.
func (a limitedRules) blockRule(rule *policy.CompiledRule, b plan.Block) {
	named, limited := rule.Named()
	if !limited {
		a.All = append(a.All, b)
	}
	for _, name := range named {
		a.block(name, b)
	}
}
