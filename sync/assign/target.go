package assign

import (
	"fmt"
	"slices"

	"rollcall/source"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Complaint says why a rule leads a group nowhere.
type Complaint struct {
	plan.Note
	// UnlistedRole says that the rule does not list the role that the group asks
	// for. Nobody knows who relies on the group, so nobody in the organization loses
	// anything.
	UnlistedRole bool
}

// Target is the organization and the role that a rule gives a group (S21). They
// are empty if there is a complaint.
func Target(rule *policy.CompiledRule, group *source.Group, m source.Match) (organization, role string, complaint *Complaint) {
	get := func(name string) []string { return captureValues(m, name) }
	organization, okOrg := rule.OrganizationTemplate.Text(get)
	role, okRole := rule.RoleTemplate.Text(get)
	at := fmt.Sprintf("rule %d: group %s", rule.Number, group.Name)
	switch {
	case !okOrg || organization == "":
		return "", "", &Complaint{Note: plan.Note{Rule: "S21", Text: at + " contains no organization"}}
	case rule.Captures() && len(rule.Organizations) > 0 && !slices.Contains(rule.Organizations, organization):
		return "", "", &Complaint{Note: plan.Note{Kind: plan.UnlistedOrganization, Rule: "S21", Organization: organization, Text: fmt.Sprintf(
			"%s leads to the organization %q, which is not in the rule's organizations, so nothing is changed there; rename the group, or add the organization to the list", at, organization)}}
	case !okRole || len(rule.Roles) > 0 && !slices.Contains(rule.Roles, role):
		return "", "", &Complaint{UnlistedRole: true, Note: plan.Note{Rule: "S21", Organization: organization, Text: fmt.Sprintf(
			"%s leads to the role %q, which is not in the rule's roles; rename the group, or add the role to the list%s", at, role, source.Meant(source.SimilarTo(role, rule.Roles)))}}
	}
	return organization, role, nil
}

// complain files that a rule leads a group nowhere.
func (a *Assignments) complain(c *Complaint) {
	if c.UnlistedRole {
		a.block(c.Organization, plan.Block{Reason: plan.UnlistedRole, Scope: plan.Losses, Text: c.Text})
		return
	}
	a.Notes = append(a.Notes, c.Note)
}

// Mappings are the groups that lead to organizations by a capture that no list
// limits (S21).
type Mappings struct {
	rules  *policy.Ruleset
	groups map[string]string // by the name of the organization
}

// add notes a group. The first one by name stands for all of an organization.
func (m *Mappings) add(organization, group string) {
	if known, ok := m.groups[organization]; !ok || group < known {
		m.groups[organization] = group
	}
}

// Group is a group that leads to an organization although nobody has named the
// organization: its name comes from the group, and no rule and no list has it. It
// is empty if somebody has named it.
func (m *Mappings) Group(names []string) string {
	if m.rules == nil || m.rules.Names(names) {
		return ""
	}
	for _, name := range names {
		if group := m.groups[name]; group != "" {
			return group
		}
	}
	return ""
}

// captureValues is the value of a named capture. A capture that took part in no
// match is absent.
func captureValues(m source.Match, name string) []string {
	if v := m.Captures[name]; v != "" {
		return []string{v}
	}
	return nil
}
