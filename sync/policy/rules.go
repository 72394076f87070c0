package policy

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/source"
)

// Ruleset is the compiled rules, and what they ask of the sources.
type Ruleset struct {
	Rules     []CompiledRule
	Request   source.Request
	RuleIndex []int // rule index by selector index
}

// CompiledRule is a rule whose patterns and templates are parsed.
type CompiledRule struct {
	Rule
	Number               int // from 1, as people count
	OrganizationTemplate Template
	RoleTemplate         Template
	Public               object
	Private              object
	// Selectors are the indices into Request.Groups of the groups that the rule
	// reaches, Except and Required those of except_groups and all_groups, in their order.
	Selectors, Except, Required []int
}

// CompileRules parses every pattern and template. The problems are *FieldError
// values.
func CompileRules(rules []Rule) (*Ruleset, []error) {
	set := &Ruleset{}
	var problems []error
	for i, rule := range rules {
		c, more := compileRule(rule, i)
		problems = append(problems, more...)
		c.Selectors = set.ask(i, selectorsOf(rule))
		c.Except = set.ask(i, namedSelectors(rule.Source, rule.ExceptGroups))
		c.Required = set.ask(i, namedSelectors(rule.Source, rule.AllGroups))
		set.Rules = append(set.Rules, c)
	}
	return set, problems
}

// ask adds what a rule asks of the sources.
func (set *Ruleset) ask(rule int, selectors []source.Selector) (indices []int) {
	for _, s := range selectors {
		indices = append(indices, len(set.Request.Groups))
		set.Request.Groups = append(set.Request.Groups, s)
		set.RuleIndex = append(set.RuleIndex, rule)
	}
	return indices
}

// Limits reports whether a selector is for a group that limits its rule, and gives
// nobody anything.
func (set *Ruleset) Limits(selector int) bool {
	rule := &set.Rules[set.RuleIndex[selector]]
	return slices.Contains(rule.Except, selector) || slices.Contains(rule.Required, selector)
}

func compileRule(rule Rule, index int) (CompiledRule, []error) {
	at := fmt.Sprintf("rules[%d]", index)
	c := CompiledRule{Rule: rule, Number: index + 1}
	var problems []error
	parse := func(s, key string) Template {
		t, err := parseTemplate(s)
		if err != nil {
			problems = append(problems, &FieldError{at + "." + key, err.Error()})
			return Template{} // nothing else is said about a template that cannot be parsed
		}
		return t
	}
	c.OrganizationTemplate, c.RoleTemplate = parse(rule.Organization, "organization"), parse(rule.Role, "role")
	var more []error
	c.Public, more = compileObject(rule.Metadata.Public, at+".metadata.public")
	problems = append(problems, more...)
	c.Private, more = compileObject(rule.Metadata.Private, at+".metadata.private")
	return c, append(problems, more...)
}

// selectorsOf turns the groups of a rule into selectors. A pattern that does not
// compile is reported by Compile and selects nothing.
func selectorsOf(rule Rule) []source.Selector {
	g := rule.Groups
	switch {
	case g.Match != "":
		re, err := source.CompileWhole(g.Match)
		if err != nil {
			return nil
		}
		return []source.Selector{{Source: rule.Source, Regexp: re, Base: g.Base}}
	case g.Glob != "":
		return []source.Selector{{Source: rule.Source, Glob: g.Glob, Base: g.Base}}
	}
	return namedSelectors(rule.Source, g.Names)
}

func namedSelectors(from string, names []string) []source.Selector {
	var out []source.Selector
	for _, name := range names {
		out = append(out, source.Selector{Source: from, Name: name})
	}
	return out
}

// CaptureNames lists the named captures of a rule's pattern.
func CaptureNames(g GroupPattern) []string {
	re, err := source.CompileWhole(g.Match)
	if g.Match == "" || err != nil {
		return nil
	}
	return slices.DeleteFunc(re.SubexpNames(), func(s string) bool { return s == "" })
}

// GroupsText is the groups of a rule as the configuration writes them.
func (r *CompiledRule) GroupsText() string {
	var list []string
	for _, s := range selectorsOf(r.Rule) {
		list = append(list, s.String())
	}
	return strings.Join(list, ", ")
}

// Captures reports whether the organization comes from the name of a group.
func (r *CompiledRule) Captures() bool { return len(r.OrganizationTemplate.Names()) > 0 }

// Named lists the organizations that the configuration names for the rule: its
// one organization, or the list that limits a capture. It is not ok if a capture
// may lead to any organization.
func (r *CompiledRule) Named() (organizations []string, ok bool) {
	if r.Captures() {
		return r.Organizations, len(r.Organizations) > 0
	}
	return []string{r.Organization}, true
}

// OrganizationsOf lists the organizations that a source's rules name. It is not
// ok if the source may feed others too: by a pattern without a list of
// organizations, or by rows, which a source may have unless a rule names it.
func (set *Ruleset) OrganizationsOf(name string) (organizations []string, ok bool) {
	open := false
	for i := range set.Rules {
		rule := &set.Rules[i]
		if rule.Source != "" && rule.Source != name {
			continue
		}
		named, limited := rule.Named()
		open = open || !limited
		ok = ok || limited && rule.Source == name
		organizations = append(organizations, named...)
	}
	return organizations, ok && !open
}

// Names reports whether a rule names one of these organizations, alone or in the
// list of a pattern.
func (set *Ruleset) Names(organizations []string) bool {
	return slices.ContainsFunc(set.Rules, func(r CompiledRule) bool {
		named, _ := r.Named()
		return slices.ContainsFunc(named, func(name string) bool { return slices.Contains(organizations, name) })
	})
}

// RequestFor is what the rules ask of one source: all selectors, by index, and
// the attributes of the rules that can apply to it.
func (set *Ruleset) RequestFor(name string) source.Request {
	request := source.Request{Groups: set.Request.Groups}
	for _, r := range set.Rules {
		if r.Source != "" && r.Source != name {
			continue
		}
		captures := CaptureNames(r.Groups)
		for _, attribute := range append(r.Public.Names(), r.Private.Names()...) {
			if !slices.Contains(captures, attribute) {
				request.Attributes = append(request.Attributes, attribute)
			}
		}
	}
	slices.Sort(request.Attributes)
	request.Attributes = slices.Compact(request.Attributes)
	return request
}

// LiteralOrganizations lists the organizations that rules name without a
// template.
func (set *Ruleset) LiteralOrganizations() []string {
	var names []string
	for i := range set.Rules {
		if r := &set.Rules[i]; !r.Captures() {
			names = append(names, r.Organization)
		}
	}
	return names
}
