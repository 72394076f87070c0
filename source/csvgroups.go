package source

import (
	"cmp"
	"maps"
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
	terms   []*Term // of the members; empty when no row says any
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
func (g *csvGroups) join(name string, m csvMember, origin func() Origin) {
	i, ok := g.known[name]
	if !ok {
		i = g.meet(name, origin)
	}
	if i < 0 {
		return
	}
	c := &g.list[i]
	if m.term != nil || len(c.terms) > 0 {
		c.terms = append(append(c.terms, make([]*Term, len(c.members)-len(c.terms))...), m.term)
	}
	c.members = append(c.members, m.person)
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

// meant names the groups that missing ones were likely to be.
func (g *csvGroups) meant(missing []int) map[int]string {
	if len(missing) == 0 {
		return nil
	}
	names, meant := slices.Collect(maps.Keys(g.known)), map[int]string{}
	for _, i := range missing {
		if near := Nearest(g.want[i].Name, names); near != "" && !g.want[i].Pattern() {
			meant[i] = near
		}
	}
	return meant
}

// build gives the groups sorted by name, their members sorted, each once.
// place says where a person stands in the snapshot, people who it is.
func (g *csvGroups) build(place []int32, people []Person) []Group {
	slices.SortFunc(g.list, func(a, b csvGroup) int { return strings.Compare(a.name, b.name) })
	var groups []Group
	for i := range g.list {
		c := &g.list[i]
		for j, m := range c.members {
			c.members[j] = place[m]
		}
		groups = append(groups, Group{ID: c.name, Name: c.name, Members: c.build(people), Matches: c.matches, Origin: c.origin})
	}
	return groups
}

// csvMember is a person in a group, and for how long.
type csvMember struct {
	person int32
	term   *Term
}

// build lists the members sorted, each once, with the terms of all their rows.
func (c *csvGroup) build(people []Person) []Member {
	if len(c.terms) == 0 {
		slices.Sort(c.members)
		c.members = slices.Compact(c.members)
		members := make([]Member, len(c.members))
		for i, m := range c.members {
			members[i].Person = int(m)
		}
		return members
	}
	list := make([]csvMember, len(c.members))
	for i, m := range c.members {
		list[i] = csvMember{m, c.terms[i]}
	}
	slices.SortStableFunc(list, func(a, b csvMember) int { return cmp.Compare(a.person, b.person) })
	var members []Member
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
func memberOf(rows []csvMember, people []Person) Member {
	m := Member{Person: int(rows[0].person)}
	terms := make([]*Term, len(rows))
	for i := range rows {
		terms[i] = rows[i].term
	}
	if terms = distinct(terms); len(terms) > 1 || len(terms) == 1 && !sameTerm(terms[0], people[m.Person].Term) {
		m.Terms = terms
	}
	return m
}
