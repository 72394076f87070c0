package csvfile

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"rollcall/source"
)

// groupIndex holds the requested groups that a row named.
type groupIndex struct {
	source string
	want   []source.Selector
	// known holds the index of a name in list, -1 for one that was not requested.
	known map[string]int
	list  []groupRows
	// letters are those of the names that were requested, alike the names that were
	// not and have the same.
	letters, alike map[string]bool
	// unseen are the canaries that no row has named yet (S13).
	unseen []string
}

type groupRows struct {
	name    string
	matches []source.Match
	members []int32          // indices of people, in the order of rows, with repeats
	terms   []*source.Period // of the members; empty when no row says any
	origin  source.Origin
}

func newGroupIndex(from string, want []source.Selector, canaries []string) groupIndex {
	g := groupIndex{source: from, want: want, known: map[string]int{}, letters: map[string]bool{}, alike: map[string]bool{}}
	for _, s := range want {
		if g.asked(s) && !s.Pattern() {
			g.letters[source.Letters(s.Name)] = true
		}
	}
	for _, name := range canaries {
		g.unseen = append(g.unseen, canaryGroup(name))
	}
	return g
}

func canaryGroup(name string) string { return "group " + strings.TrimSpace(name) }

// join makes a person a member of a group, and reports whether the group was asked
// for.
func (g *groupIndex) join(name string, m memberRow, origin func() source.Origin) bool {
	i, ok := g.known[name]
	if !ok {
		i = g.meet(name, origin)
	}
	if i < 0 {
		return false
	}
	c := &g.list[i]
	if m.term != nil || len(c.terms) > 0 {
		c.terms = append(append(c.terms, make([]*source.Period, len(c.members)-len(c.terms))...), m.term)
	}
	c.members = append(c.members, m.person)
	return true
}

// sawCanary notes a group that a row names which counts for sure (S13).
func (g *groupIndex) sawCanary(name string) {
	g.unseen = slices.DeleteFunc(g.unseen, func(c string) bool { return c == canaryGroup(name) })
}

// meet judges a name when it comes for the first time. Names that were not
// requested are forgotten when there are too many of them, and judged again.
func (g *groupIndex) meet(name string, origin func() source.Origin) int {
	name = strings.Clone(name)
	matches := g.match(name)
	if len(matches) == 0 && len(g.want) > 0 {
		if len(g.known) < maxInterned {
			g.known[name] = -1
			if letters := source.Letters(name); letters != "" && g.letters[letters] {
				g.alike[name] = true
			}
		}
		return -1
	}
	i := len(g.list)
	g.known[name] = i
	g.list = append(g.list, groupRows{name: name, matches: matches, origin: origin()})
	return i
}

func (g *groupIndex) match(name string) []source.Match {
	var matches []source.Match
	for i, s := range g.want {
		if !g.asked(s) {
			continue
		}
		if captures, ok := s.MatchName(name); ok {
			matches = append(matches, source.Match{Selector: i, Captures: captures})
		}
	}
	return matches
}

func (g *groupIndex) asked(s source.Selector) bool { return s.Source == "" || s.Source == g.source }

// missing lists the selectors for this source that no group answered (S15).
func (g *groupIndex) missing() []int {
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

// meant names the groups that missing ones were likely to be.
func (g *groupIndex) meant(missing []int) map[int]string {
	if len(missing) == 0 {
		return nil
	}
	names, meant := slices.Collect(maps.Keys(g.known)), map[int]string{}
	for _, i := range missing {
		if near := source.Nearest(g.want[i].Name, names); near != "" && !g.want[i].Pattern() {
			meant[i] = near
		}
	}
	return meant
}

// build gives the groups sorted by name, their members sorted, each once.
// place says where a person stands in the snapshot, people who it is.
func (g *groupIndex) build(place []int32, people []source.Person) []source.Group {
	slices.SortFunc(g.list, func(a, b groupRows) int { return strings.Compare(a.name, b.name) })
	var groups []source.Group
	for i := range g.list {
		c := &g.list[i]
		for j, m := range c.members {
			c.members[j] = place[m]
		}
		groups = append(groups, source.Group{ID: c.name, Name: c.name, Members: c.build(people), Matches: c.matches, Origin: c.origin})
	}
	return groups
}

// memberRow is a person in a group, and for how long.
type memberRow struct {
	person int32
	term   *source.Period
}

// build lists the members sorted, each once, with the periods of all their rows.
func (c *groupRows) build(people []source.Person) []source.Member {
	if len(c.terms) == 0 {
		slices.Sort(c.members)
		c.members = slices.Compact(c.members)
		members := make([]source.Member, len(c.members))
		for i, m := range c.members {
			members[i].Person = int(m)
		}
		return members
	}
	list := make([]memberRow, len(c.members))
	for i, m := range c.members {
		list[i] = memberRow{m, c.terms[i]}
	}
	slices.SortStableFunc(list, func(a, b memberRow) int { return cmp.Compare(a.person, b.person) })
	var members []source.Member
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].person == list[0].person {
			n++
		}
		members = append(members, memberOf(list[:n], people))
		list = list[n:]
	}
	return members
}

// memberOf makes one member of the rows that list a person in a group.
func memberOf(rows []memberRow, people []source.Person) source.Member {
	m := source.Member{Person: int(rows[0].person)}
	terms := make([]*source.Period, len(rows))
	for i := range rows {
		terms[i] = rows[i].term
	}
	if terms = source.DistinctPeriods(terms); len(terms) > 1 || len(terms) == 1 && !source.SamePeriod(terms[0], people[m.Person].Period) {
		m.Periods = terms
	}
	return m
}
