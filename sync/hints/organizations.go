package hints

import (
	"fmt"
	"maps"
	"slices"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// Organization ends the sentence about a name that no organization has: with the
// organization whose slug is nearly the same, or whose display name it is. The admins of
// an organization write both, so two that fit are no hint.
func Organization(name string, read []clerkapi.Organization) string {
	slugs, named := map[string]bool{}, map[string]bool{}
	for i := range read {
		o := &read[i]
		switch {
		case o.Slug != "" && source.Similar(o.Slug, name), source.Similar(o.ID, name):
			slugs[label(o)] = true
		case o.Name == name || source.Letters(o.Name) != "" && source.Letters(o.Name) == source.Letters(name):
			named[label(o)] = true
		}
	}
	switch {
	case len(slugs) == 1:
		return source.Meant(only(slugs))
	case len(slugs) == 0 && len(named) == 1:
		return fmt.Sprintf("; rules name an organization by its slug or id: did you mean %q, which has this display name?", only(named))
	}
	return ""
}

func label(o *clerkapi.Organization) string {
	if o.Slug != "" {
		return o.Slug
	}
	return o.ID
}

func only(set map[string]bool) string {
	for name := range set {
		return name
	}
	return ""
}

// Retired notes the organizations of sync.retire that nobody knows and whose name is
// nearly that of one that is known. Organizations that are gone may stand there.
func Retired(config policy.Config, m *memory.Memory, have *roster.Roster) []plan.Note {
	if len(config.Retire) == 0 {
		return nil
	}
	known := map[string]bool{}
	for _, o := range have.Organizations {
		known[o.Slug], known[o.ID] = true, true
	}
	if m != nil {
		for id, o := range m.Organizations {
			known[o.Slug], known[id] = true, true
		}
	}
	delete(known, "")
	var notes []plan.Note
	for _, name := range slices.Sorted(maps.Keys(config.Retire)) {
		if known[name] || policy.IsFile(name) || slices.Contains(have.Unknown, name) {
			continue
		}
		if near := nearest(name, known); near != "" {
			notes = append(notes, plan.Note{Rule: "S15", Text: fmt.Sprintf("sync.retire lists %q, which no rule, row or earlier run names%s", name, source.Meant(near))})
		}
	}
	return notes
}

// nearest is the first known name that is similar.
func nearest(name string, known map[string]bool) string {
	return source.SimilarTo(name, slices.Sorted(maps.Keys(known)))
}
