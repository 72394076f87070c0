package check

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/sources"
	"rollcall/source"
	"rollcall/source/ldap"
)

// mapping shows the people of each rule's groups: their number, some examples,
// and those that the directory leaves out, with the reason.
func (c *Checkup) mapping(o *sourceRecorder, found *ldap.CheckReport) {
	const most = 5 // a pattern can match hundreds
	for _, s := range found.Selectors {
		for _, g := range s.Groups[:min(most, len(s.Groups))] {
			c.group(o, o.want.Groups[s.Selector], &g)
		}
		if more := len(s.Groups) - most; more > 0 {
			c.ok("source %s: %s: and %s", o.Name(), o.want.Groups[s.Selector], facts.Count(more, "more group"))
		}
	}
}

func (c *Checkup) group(o *sourceRecorder, selector source.Selector, g *ldap.CheckedGroup) {
	c.ok("source %s: %s: %s has %s", o.Name(), selector, g.ID, membersOf(g))
	for _, p := range g.Samples {
		c.ok("source %s: %s: example: %s", o.Name(), selector, sample(p))
	}
	for _, u := range g.Skipped {
		c.warn("source %s: %s: skips %s: %s", o.Name(), selector, u.Ref, u.Why)
	}
	if more := g.Disabled + g.WithoutEmail + g.Unusable - len(g.Skipped); more > 0 {
		c.warn("source %s: %s: skips %d more", o.Name(), selector, more)
	}
}

// membersOf counts the members of a group, and those of them that need a look.
func membersOf(g *ldap.CheckedGroup) string {
	var text strings.Builder
	text.WriteString(facts.Count(g.Members, "person"))
	for _, part := range []struct {
		n    int
		text string
	}{{g.Nested, " of them in nested groups"}, {g.Disabled, " disabled"}, {g.WithoutEmail, " without an address"}} {
		if part.n > 0 {
			text.WriteString(", " + facts.Number(part.n) + part.text)
		}
	}
	if g.Unusable > 0 {
		text.WriteString("; " + facts.Count(g.Unusable, "member") + " unknown")
	}
	return text.String()
}

// sample is one person on one line.
func sample(p ldap.CheckedPerson) string {
	text := fmt.Sprintf("%s, id %q, %s", p.Label, p.ID, p.DN)
	if p.Name != "" {
		text = p.Name + " " + text
	}
	if p.Via != "" {
		text += ", through " + p.Via
	}
	return text
}

// canaries suggests people and groups to watch while none are configured (S13).
func (c *Checkup) canaries(o *sourceRecorder, found *ldap.CheckReport) {
	i := slices.IndexFunc(c.config.Sources, func(s sources.Config) bool { return s.Name == o.Name() })
	set := i >= 0 && len(c.config.Sources[i].Canaries.People)+len(c.config.Sources[i].Canaries.Groups) > 0
	if set || len(found.CanaryPeople)+len(found.CanaryGroups) == 0 {
		return
	}
	c.ok("source %s: no canaries are set (S13); recommended: canaries: {people: [%s], groups: [%s]}",
		o.Name(), yamlList(found.CanaryPeople), yamlList(found.CanaryGroups))
}

func yamlList(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = "'" + strings.ReplaceAll(s, "'", "''") + "'" // a YAML scalar
	}
	return strings.Join(out, ", ")
}
