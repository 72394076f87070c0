package assign

import (
	"cmp"
	"strings"
)

// Grant is what a rule gives the members of one group, or what the rows of a source
// give, in one organization.
type Grant struct {
	Source string
	Group  string // its name; empty for rows
	Rule   int    // its number; 0 for rows
	// Organization is as the rule, the group or the row names it. It is empty if the rule
	// leads the group nowhere.
	Organization string
	Role         string
	// People is how many get it today. Outranked is how many of them have another role
	// there, by a rule that is higher in the list.
	People, Outranked int
}

// Compare orders grants by the rules and then by name, whatever order the sources
// have.
func (g *Grant) Compare(other *Grant) int {
	return cmp.Or(cmp.Compare(g.Rule, other.Rule), strings.Compare(g.Group, other.Group))
}

// newGrant adds a grant, which nobody has yet.
func (a *Assignments) newGrant(g Grant) *Grant {
	a.Grants = append(a.Grants, &g)
	return &g
}

// count counts an assignment that holds today.
func (g *Grant) count(x *Assignment, a *Assignments) {
	if x.Holds(a.Now) {
		g.People++
	}
}

// outrank notes that the role of an assignment is not the role that the person has.
func (g *Grant) outrank() {
	if g != nil { // nil for what undo asks about
		g.Outranked++
	}
}
