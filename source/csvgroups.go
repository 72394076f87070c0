package source

import (
	"slices"
	"strings"
)

// csvGroups is the groups that somebody asked for and some row named.
type csvGroups struct {
	source string
	want   []Selector
	// known holds the index of a name in list, -1 for one that nobody asked for.
	known map[string]int
	list  []csvGroup
	// unseen are the canaries that no row has named yet (S13).
	unseen []string
}

type csvGroup struct {
	name    string
	matches []Match
	members []int32 // indices of people, in the order of rows, with repeats
	origin  Origin
}

func newCSVGroups(source string, want []Selector, canaries []string) csvGroups {
	g := csvGroups{source: source, want: want, known: map[string]int{}}
	for _, name := range canaries {
		g.unseen = append(g.unseen, canaryGroup(name))
	}
	return g
}

func canaryGroup(name string) string { return "group " + strings.TrimSpace(name) }

// join makes a person a member of a group, if the group was asked for.
func (g *csvGroups) join(name string, person int32, origin func() Origin) {
	i, ok := g.known[name]
	if !ok {
		i = g.meet(name, origin)
	}
	if i >= 0 {
		g.list[i].members = append(g.list[i].members, person)
	}
}

// meet judges a name that is seen for the first time. Names that nobody asked
// for are forgotten when there are too many of them, and judged again.
func (g *csvGroups) meet(name string, origin func() Origin) int {
	name = strings.Clone(name)
	g.unseen = slices.DeleteFunc(g.unseen, func(c string) bool { return c == canaryGroup(name) })
	matches := g.match(name)
	if len(matches) == 0 && len(g.want) > 0 {
		if len(g.known) < maxInterned {
			g.known[name] = -1
		}
		return -1
	}
	i := len(g.list)
	g.known[name] = i
	g.list = append(g.list, csvGroup{name: name, matches: matches, origin: origin()})
	return i
}

func (g *csvGroups) match(name string) []Match {
	var matches []Match
	for i, s := range g.want {
		if !g.asked(s) {
			continue
		}
		if captures, ok := s.MatchName(name); ok {
			matches = append(matches, Match{Selector: i, Captures: captures})
		}
	}
	return matches
}

func (g *csvGroups) asked(s Selector) bool { return s.Source == "" || s.Source == g.source }

// missing lists the selectors for this source that no group answered (S15).
func (g *csvGroups) missing() []int {
	answered := make([]bool, len(g.want))
	for i := range g.list {
		for _, m := range g.list[i].matches {
			answered[m.Selector] = true
		}
	}
	var missing []int
	for i, s := range g.want {
		if !answered[i] && g.asked(s) {
			missing = append(missing, i)
		}
	}
	return missing
}

// build gives the groups sorted by name, their members sorted, each once.
// place says where a person stands in the snapshot.
func (g *csvGroups) build(place []int32) []Group {
	slices.SortFunc(g.list, func(a, b csvGroup) int { return strings.Compare(a.name, b.name) })
	var groups []Group
	for i := range g.list {
		c := &g.list[i]
		for j, m := range c.members {
			c.members[j] = place[m]
		}
		slices.Sort(c.members)
		c.members = slices.Compact(c.members)
		members := make([]Member, len(c.members))
		for j, m := range c.members {
			members[j].Person = int(m)
		}
		groups = append(groups, Group{ID: c.name, Name: c.name, Members: members, Matches: c.matches, Origin: c.origin})
	}
	return groups
}
