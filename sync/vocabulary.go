package sync

import (
	"fmt"
	"slices"

	"rollcall/source"
)

// unknownNames finds the names in metadata templates that none of the sources
// knows which the rule reaches, as *FieldError: most likely they are mistyped,
// and a key that nobody has looks just like one that everybody has lost.
func (set *ruleset) unknownNames(snapshots []*source.Snapshot, failed map[string]bool) []error {
	var problems []error
	for i := range set.rules {
		rule := &set.rules[i]
		if failed[rule.Source] || rule.Source == "" && len(failed) > 0 {
			continue // whoever could not be read may know the name
		}
		var reached []*source.Snapshot
		for _, s := range snapshots {
			if rule.Source == "" || rule.Source == s.Source {
				reached = append(reached, s)
			}
		}
		problems = append(problems, rule.unknown(reached)...)
	}
	return problems
}

func (rule *compiledRule) unknown(reached []*source.Snapshot) []error {
	captures := captureNames(rule.Groups)
	var problems []error
	for _, t := range slices.Concat(rule.public.templates(), rule.private.templates()) {
		for _, name := range t.names() {
			has := func(s *source.Snapshot) bool { return s.Has(name) }
			if slices.Contains(captures, name) || len(reached) == 0 || slices.ContainsFunc(reached, has) {
				continue
			}
			known := captures
			for _, s := range reached {
				known = append(slices.Clip(known), s.Names...)
			}
			problems = append(problems, &FieldError{t.at, fmt.Sprintf("no source has a column or an attribute %q%s", name, meant(name, known))})
		}
	}
	return problems
}

// lacks answers for a rule which of its names the source of a person cannot
// have. Nearly always that is none.
func (a *assignments) lacks(rule *compiledRule) func(p *person, name string) bool {
	names := append(rule.public.names(), rule.private.names()...)
	missing := map[*source.Snapshot][]string{}
	return func(p *person, name string) bool {
		list, known := missing[p.from]
		if !known {
			captures := captureNames(rule.Groups)
			for _, n := range names {
				if !slices.Contains(captures, n) && !p.from.Has(n) {
					list = append(list, n)
				}
			}
			missing[p.from] = list
		}
		return slices.Contains(list, name)
	}
}
