package sync

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/source"
)

// feed is a group, or the rows of a source for one organization, and how many
// members it gives to what.
type feed struct {
	key, name     string
	count         int
	organizations []string // names
}

// feeds are the groups that a run has read, by key.
type feeds map[string]*feed

// feedKey names a group of a source, or the rows of a source for an
// organization, which have no group.
func feedKey(source, group string) string { return source + "\x1f" + group }

// rowsGroup stands for the rows that a source has for an organization.
func rowsGroup(organization string) string { return "\x1f" + organization }

// feedSource is the source in a feed's key.
func feedSource(key string) string {
	name, _, _ := strings.Cut(key, "\x1f")
	return name
}

func (f feeds) group(source string, g *source.Group, organization string) {
	x := f.of(feedKey(source, g.ID), "group "+g.Name)
	// Somebody unreadable is still listed (S10).
	x.count = len(g.Members) + len(g.Unusable)
	x.organizations = append(x.organizations, organization)
}

func (f feeds) rows(source, organization string, n int) {
	x := f.of(feedKey(source, rowsGroup(organization)), "the rows of "+source)
	x.count, x.organizations = n, []string{organization}
}

func (f feeds) of(key, name string) *feed {
	if f[key] == nil {
		f[key] = &feed{key: key, name: name}
	}
	return f[key]
}

func (f feeds) has(key string) bool { return f[key] != nil }

func (f feeds) list() []*feed {
	return slices.SortedFunc(maps.Values(f), func(a, b *feed) int { return strings.Compare(a.key, b.key) })
}

// shrunk reports whether a group of so many has too few now (S17).
func (l Limit) shrunk(base, now int) bool {
	n := base - now
	return n > l.People && 100*n > l.Percent*base
}

// shrinkages says which groups of an organization shrank too much since their
// baselines; one that is gone has nobody.
func (r *Reconciler) shrinkages(o *organizationState, s seen) (texts []string, figure int) {
	if s.memory == nil {
		return nil, 0
	}
	for _, key := range slices.Sorted(maps.Keys(s.memory.groups)) {
		g := s.memory.groups[key]
		if !slices.Contains(g.Organizations, o.ID) || s.read.failed[feedSource(key)] {
			continue
		}
		base, now := g.base(r.now()), 0
		if f := s.assigned.feeds[key]; f != nil {
			now = f.count
		}
		if r.config.Guards.SourceShrink.shrunk(base, now) {
			texts = append(texts, fmt.Sprintf("%s of source %s went from %d to %d", g.Name, feedSource(key), base, now))
			figure = max(figure, base-now)
		}
	}
	return texts, figure
}
