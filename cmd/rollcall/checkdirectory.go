package main

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/report"
	"rollcall/source"
)

// mapping shows, for each rule's groups, what a directory would give it: how
// many people, some of them, and whom it leaves out and why.
func (c *checkup) mapping(o *observed, found *source.CheckReport) {
	const most = 5 // a pattern can match hundreds
	for _, s := range found.Selectors {
		for _, g := range s.Groups[:min(most, len(s.Groups))] {
			c.group(o, o.want.Groups[s.Selector], &g)
		}
		if more := len(s.Groups) - most; more > 0 {
			c.ok("source %s: %s: and %s", o.Name(), o.want.Groups[s.Selector], report.Count(more, "more group"))
		}
	}
}

func (c *checkup) group(o *observed, selector source.Selector, g *source.CheckedGroup) {
	c.ok("source %s: %s: %s has %s, %d of them through groups inside, %d disabled, %d without an address; %s unknown",
		o.Name(), selector, g.ID, report.Count(g.Members, "person"), g.Nested, g.Disabled, g.WithoutEmail, report.Count(g.Unusable, "member"))
	for _, p := range g.Samples {
		c.ok("source %s: %s: for instance %s", o.Name(), selector, sample(p))
	}
	for _, u := range g.Skipped {
		c.warn("source %s: %s: leaves out %s: %s", o.Name(), selector, u.Ref, u.Why)
	}
	if more := g.Disabled + g.WithoutEmail + g.Unusable - len(g.Skipped); more > 0 {
		c.warn("source %s: %s: leaves out %d more", o.Name(), selector, more)
	}
}

// sample is one person on one line.
func sample(p source.CheckedPerson) string {
	text := fmt.Sprintf("%s, id %q, %s", p.Label, p.ID, p.DN)
	if p.Name != "" {
		text = p.Name + " " + text
	}
	if p.Via != "" {
		text += ", through " + p.Via
	}
	return text
}

// canaries says what is worth watching while nobody has chosen (S13).
func (c *checkup) canaries(o *observed, found *source.CheckReport) {
	i := slices.IndexFunc(c.config.Sources, func(s source.Config) bool { return s.Name == o.Name() })
	set := i >= 0 && len(c.config.Sources[i].Canaries.People)+len(c.config.Sources[i].Canaries.Groups) > 0
	if set || len(found.CanaryPeople)+len(found.CanaryGroups) == 0 {
		return
	}
	c.ok("source %s: no canaries are set (S13); worth setting: canaries: {people: [%s], groups: [%s]}",
		o.Name(), quoted(found.CanaryPeople), quoted(found.CanaryGroups))
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = "'" + strings.ReplaceAll(s, "'", "''") + "'" // a YAML scalar
	}
	return strings.Join(out, ", ")
}
