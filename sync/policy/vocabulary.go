package policy

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/source"
)

// UnknownNames finds names in metadata templates that no source of the rule has,
// as *FieldError values, all of them and by each source that lacks one. Such a name
// is mistyped, or its column is gone, and a key without a value looks like a key
// that everybody has lost.
func (set *Ruleset) UnknownNames(snapshots []*source.Snapshot, failed map[string]bool) (problems []error, bySource map[string][]error) {
	bySource = map[string][]error{}
	for i := range set.Rules {
		rule := &set.Rules[i]
		if failed[rule.Source] || rule.Source == "" && len(failed) > 0 {
			continue // the source that could not be read may have the name
		}
		var reached []*source.Snapshot
		for _, s := range snapshots {
			if rule.Source == "" || rule.Source == s.Source {
				reached = append(reached, s)
			}
		}
		more := rule.unknownNames(reached)
		if len(more) == 0 {
			continue
		}
		problems = append(problems, more...)
		for _, s := range reached {
			bySource[s.Source] = append(bySource[s.Source], more...)
		}
	}
	return problems, bySource
}

func (rule *CompiledRule) unknownNames(reached []*source.Snapshot) []error {
	captures := CaptureNames(rule.Groups)
	var problems []error
	for _, t := range slices.Concat(rule.Public.templates(), rule.Private.templates()) {
		for _, name := range t.Names() {
			has := func(s *source.Snapshot) bool { return s.Has(name) }
			if slices.Contains(captures, name) || len(reached) == 0 || slices.ContainsFunc(reached, has) {
				continue
			}
			known := captures
			for _, s := range reached {
				known = append(slices.Clip(known), s.Names...)
			}
			problems = append(problems, &FieldError{t.At, fmt.Sprintf("no source has a column or attribute %q%s", name, DidYouMean(name, known))})
		}
	}
	return problems
}

// DidYouMean suggests the most similar name, or lists the known ones.
func DidYouMean(name string, known []string) string {
	if text := source.DidYouMean(name, known); text != "" || len(known) == 0 {
		return text
	}
	const most = 12
	known = slices.Clone(known)
	slices.Sort(known)
	known = slices.Compact(known)
	if more := len(known) - most; more > 0 {
		known = append(known[:most], fmt.Sprintf("and %d more", more))
	}
	return "; known names: " + strings.Join(known, ", ")
}
