package setup

import (
	"cmp"
	"context"
	"slices"

	"rollcall/source"
)

// sortRules puts the rules of roles with more permissions first, because a rule
// higher in the list wins: in the order in which people answer, the rule of all
// staff would take the admins' role away. It says who is in two groups.
func (s *setup) sortRules(ctx context.Context) error {
	roles, err := s.clerk.Roles(ctx)
	if err != nil {
		return s.advised(err)
	}
	permissions := map[string]int{}
	for _, r := range roles {
		permissions[r.Key] = len(r.Permissions)
	}
	rules := s.answers.Rules
	more := func(a, b Rule) int { return cmp.Compare(permissions[b.Role], permissions[a.Role]) }
	if !slices.IsSortedFunc(rules, more) {
		slices.SortStableFunc(rules, more)
		s.print("note: rules for roles with more permissions are listed first, because a rule higher in the list takes precedence")
	}
	for i := range rules {
		s.printOvertaken(rules[:i], rules[i])
	}
	return nil
}

// printOvertaken says how many members of a rule's group get another role from a
// rule that stands higher.
func (s *setup) printOvertaken(higher []Rule, rule Rule) {
	for _, h := range higher {
		if h.Organization != rule.Organization || h.Role == rule.Role {
			continue
		}
		if n := shared(s.group(h.Group), s.group(rule.Group)); n > 0 {
			s.print("note: members of %s that are in %s too become %s in %s, by the higher rule: %d",
				s.group(rule.Group).Name, s.group(h.Group).Name, h.Role, rule.Organization, n)
		}
	}
}

// shared counts the people who are in both groups.
func shared(a, b *source.Group) int {
	if a == nil || b == nil {
		return 0
	}
	in, n := map[int]bool{}, 0
	for _, m := range a.Members {
		in[m.Person] = true
	}
	for _, m := range b.Members {
		if in[m.Person] {
			n++
		}
	}
	return n
}
