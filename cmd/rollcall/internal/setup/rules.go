package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/source"
)

// askRules asks what groups mean, until there is no more. A membership form
// needs no rules.
func (s *setup) askRules(ctx context.Context) error {
	if len(s.found.Rows) > 0 {
		return nil
	}
	if err := s.readChoices(ctx); err != nil {
		return s.advised(err)
	}
	s.printList(groupLines(s.bySize()))
	for i := range s.answers.Rules {
		if err := s.tryRule(&s.answers.Rules[i]); err != nil {
			return err
		}
	}
	for given := len(s.answers.Rules) > 0; s.Interactive && !given; {
		r, err := s.askRule(ctx)
		if err != nil {
			return err
		}
		if r.Group == "" {
			break
		}
		s.answers.Rules = append(s.answers.Rules, r)
	}
	if len(s.answers.Rules) == 0 {
		return errNoRule
	}
	s.suggestCanaries()
	return s.sortRules(ctx)
}

var errNoRule = errors.New("at least one rule is needed: choose a group, an organization and a role")

// readChoices reads what a rule can name in Clerk.
func (s *setup) readChoices(ctx context.Context) error {
	var err error
	if s.organizations, err = s.clerk.Organizations(ctx); err != nil {
		return err
	}
	roles, err := s.clerk.Roles(ctx)
	for _, r := range roles {
		s.roles = append(s.roles, r.Key)
	}
	return err
}

// askRule asks for one rule. Each question is repeated until its answer is good, and
// keeps the answers before it. No group ends the rules.
func (s *setup) askRule(ctx context.Context) (r Rule, err error) {
	err = s.askUntil(ctx, func(bool) error {
		answer, err := s.ask(ctx, "Which group should get access? A number or a name (Enter to finish)", "")
		if err != nil {
			return err
		}
		if answer == "" && len(s.answers.Rules) == 0 {
			return errNoRule
		}
		if answer != "" {
			r.Group, err = s.findGroup(choice(answer, groupNames(s.bySize())))
		}
		return err
	})
	if err != nil || r.Group == "" {
		return r, err
	}
	s.printList(organizationLines(s.organizations))
	err = s.askUntil(ctx, func(bool) error {
		answer, err := s.ask(ctx, "  Which organization? A number, a slug or an id", "")
		if err == nil {
			r.Organization, err = s.findOrganization(choice(answer, slugs(s.organizations)))
		}
		return err
	})
	if err != nil {
		return r, err
	}
	s.printList(s.roles)
	err = s.askUntil(ctx, func(bool) error {
		answer, err := s.ask(ctx, "  Which role? A number or a key", "org:member")
		if err == nil {
			r.Role, err = s.findRole(choice(answer, s.roles))
		}
		return err
	})
	if err == nil {
		s.confirmRule(r)
	}
	return r, err
}

// tryRule checks a rule of the command line, and writes it as the file has it.
func (s *setup) tryRule(r *Rule) (err error) {
	if r.Group, err = s.findGroup(r.Group); err != nil {
		return err
	}
	if r.Organization, err = s.findOrganization(r.Organization); err != nil {
		return err
	}
	if r.Role, err = s.findRole(r.Role); err == nil {
		s.confirmRule(*r)
	}
	return err
}

func (s *setup) confirmRule(r Rule) {
	group := s.group(r.Group)
	if today := s.countToday(group); today < len(group.Members) {
		s.print("ok: %d of the %s of %s become %s in %s; disabled people and people outside their start and end dates do not", today, facts.Count(len(group.Members), "member"), group.Name, r.Role, r.Organization)
		return
	}
	s.print("ok: the %s of %s become %s in %s", facts.Count(len(group.Members), "member"), group.Name, r.Role, r.Organization)
}

// countToday counts the members of a group who get access today.
func (s *setup) countToday(g *source.Group) int {
	n, now := 0, time.Now()
	for i := range g.Members {
		periods := s.found.PeriodsOf(&g.Members[i])
		open := func(p *source.Period) bool { return !p.Over(now) && !p.Ahead(now) }
		if s.found.People[g.Members[i].Person].Gone(now) == "" && (len(periods) == 0 || slices.ContainsFunc(periods, open)) {
			n++
		}
	}
	return n
}

// listed is how many choices a list shows. Others are taken by their names.
const listed = 20

func (d *Dialogue) printList(lines []string) {
	for i, line := range lines[:min(listed, len(lines))] {
		d.print("  %2d. %s", i+1, line)
	}
	if more := len(lines) - listed; more > 0 {
		d.print("      and %s more", facts.Number(more))
	}
}

// choice is the name with the number that somebody typed. What is a name itself
// stays that name.
func choice(answer string, names []string) string {
	n, err := strconv.Atoi(strings.TrimSuffix(answer, "."))
	if err != nil || slices.Contains(names, answer) || n < 1 || n > min(listed, len(names)) {
		return answer
	}
	return names[n-1]
}

func groupLines(groups []source.Group) (lines []string) {
	for _, g := range groups {
		lines = append(lines, g.Name+": "+facts.Count(len(g.Members), "member"))
	}
	return lines
}

func organizationLines(list []clerkapi.Organization) (lines []string) {
	for i := range list {
		o := &list[i]
		line := nameOf(o)
		if o.Name != "" && o.Name != line {
			line += " (" + o.Name + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

// nameOf is what a rule calls an organization.
func nameOf(o *clerkapi.Organization) string { return cmp.Or(o.Slug, o.ID) }

func slugs(list []clerkapi.Organization) (names []string) {
	for i := range list {
		names = append(names, nameOf(&list[i]))
	}
	return names
}

// findGroup is the id of the group with that name or DN.
func (s *setup) findGroup(name string) (string, error) {
	group := s.group(name)
	if group == nil {
		return "", fmt.Errorf("the source has no group %q%s", name, source.DidYouMean(name, groupNames(s.found.Groups)))
	}
	return group.ID, nil
}

// findOrganization is the name of an organization as a rule has it.
func (s *setup) findOrganization(name string) (string, error) {
	for i := range s.organizations {
		if o := &s.organizations[i]; name != "" && (name == o.Slug || name == o.ID) {
			return name, nil
		}
	}
	return "", fmt.Errorf("no organization in Clerk has the slug or id %q%s; create it in Clerk first", name, source.DidYouMean(name, slugs(s.organizations)))
}

// findRole is the key of a role. Many write admin for org:admin.
func (s *setup) findRole(name string) (string, error) {
	const prefix = "org:"
	switch {
	case slices.Contains(s.roles, name):
		return name, nil
	case slices.Contains(s.roles, prefix+name):
		s.print("note: the role %s is %s in Clerk", name, prefix+name)
		return prefix + name, nil
	}
	return "", fmt.Errorf("there is no role %q%s; Clerk has %s", name, source.DidYouMean(name, s.roles), strings.Join(s.roles, ", "))
}

func groupNames(groups []source.Group) (names []string) {
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}

// group finds a group by its name or DN; nil when there is none.
func (s *setup) group(name string) *source.Group {
	i := slices.IndexFunc(s.found.Groups, func(g source.Group) bool { return g.Name == name || source.SameDN(g.ID, name) })
	if i < 0 {
		return nil
	}
	return &s.found.Groups[i]
}
