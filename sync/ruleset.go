package sync

import (
	"fmt"
	"slices"

	"rollcall/source"
)

// compiledRule is a rule whose patterns and templates are parsed.
type compiledRule struct {
	Rule
	number       int // from 1, as people count
	organization template
	role         template
	public       object
	private      object
	// selectors are the indices into Request.Groups that this rule owns.
	selectors []int
}

// ruleset is the compiled rules with what they ask of the sources.
type ruleset struct {
	rules   []compiledRule
	request source.Request
	owner   []int // rule index by selector index
}

// compileRules parses every pattern and template; problems are *FieldError.
func compileRules(rules []Rule) (*ruleset, []error) {
	set := &ruleset{}
	var problems []error
	for i, rule := range rules {
		c, more := compileRule(rule, i)
		problems = append(problems, more...)
		for _, s := range selectorsOf(rule) {
			c.selectors = append(c.selectors, len(set.request.Groups))
			set.request.Groups = append(set.request.Groups, s)
			set.owner = append(set.owner, i)
		}
		set.rules = append(set.rules, c)
	}
	return set, problems
}

func compileRule(rule Rule, index int) (compiledRule, []error) {
	at := fmt.Sprintf("rules[%d]", index)
	c := compiledRule{Rule: rule, number: index + 1}
	var problems []error
	parse := func(s, key string) template {
		t, err := parseTemplate(s)
		if err != nil {
			problems = append(problems, &FieldError{at + "." + key, err.Error()})
		}
		return t
	}
	c.organization, c.role = parse(rule.Organization, "organization"), parse(rule.Role, "role")
	var more []error
	c.public, more = compileObject(rule.Metadata.Public, at+".metadata.public")
	problems = append(problems, more...)
	c.private, more = compileObject(rule.Metadata.Private, at+".metadata.private")
	return c, append(problems, more...)
}

// selectorsOf turns the rule's groups into selectors; a pattern that does not
// compile was reported by Validate and selects nothing.
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
	var out []source.Selector
	for _, name := range g.Names {
		out = append(out, source.Selector{Source: rule.Source, Name: name})
	}
	return out
}

// captureNames lists the captures that the rule's pattern gives.
func captureNames(g GroupPattern) []string {
	re, err := source.CompileWhole(g.Match)
	if g.Match == "" || err != nil {
		return nil
	}
	return slices.DeleteFunc(re.SubexpNames(), func(s string) bool { return s == "" })
}

// requestFor is what the rules ask of one source: all selectors, by index, and
// the attributes of the rules that can apply to it.
func (set *ruleset) requestFor(name string) source.Request {
	request := source.Request{Groups: set.request.Groups}
	for _, r := range set.rules {
		if r.Source != "" && r.Source != name {
			continue
		}
		captures := captureNames(r.Groups)
		for _, attribute := range append(r.public.names(), r.private.names()...) {
			if !slices.Contains(captures, attribute) {
				request.Attributes = append(request.Attributes, attribute)
			}
		}
	}
	slices.Sort(request.Attributes)
	request.Attributes = slices.Compact(request.Attributes)
	return request
}

// literalOrganizations lists the names that rules give without a template.
func (set *ruleset) literalOrganizations() []string {
	var names []string
	for i := range set.rules {
		if r := &set.rules[i]; len(r.organization.names()) == 0 {
			names = append(names, r.Organization)
		}
	}
	return names
}
