package guard

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// History is what was done in the last 24 hours, by organization and in all
// (S17).
type History struct {
	organizations map[string]*tally
	run           tally
	// changes are those that were done, by organization and user (S30).
	changes map[string][]plan.Change
}

// tally counts changes by guard. Approved ones do not count, but they too
// changed how many there are.
type tally struct {
	counts map[string]int
	// By how much the members, those with our marker, and the admins grew. An
	// invitation is no member.
	members, ours, admins int
	// people are those whom rollcall manages, and closed the users whose accounts it
	// has closed, by guard: in all organizations, and each once.
	people int
	closed map[string]map[string]bool
}

func newHistory() *History {
	return &History{organizations: map[string]*tally{}, changes: map[string][]plan.Change{}}
}

// ReadHistory reads the changes of the last 24 hours from the journal. The owner
// is that of our markers.
func ReadHistory(ctx context.Context, history Journal, owner string, now time.Time) (*History, error) {
	p := newHistory()
	if history == nil {
		return p, nil
	}
	entries, err := history.Since(ctx, now.Add(-memory.Window))
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	for i := range entries {
		if err := p.add(&entries[i], owner); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *History) add(e *journal.Change, owner string) error {
	// What is still open may have had its effect.
	if e.Result != "" && e.Result != journal.Done {
		return nil
	}
	c, err := memory.ChangeOf(e)
	if err != nil {
		return err
	}
	if c.Action == plan.CreateUser {
		return nil // the add that follows counts
	}
	p.changes[plan.MembershipKey(&c)] = append(p.changes[plan.MembershipKey(&c)], c)
	of := p.organizations[c.Organization]
	if of == nil {
		of = &tally{}
		p.organizations[c.Organization] = of
	}
	of.grow(e, &c, owner)
	if e.Approved {
		return nil
	}
	for i := range guards {
		g := &guards[i]
		switch {
		case g.kind(&c) && g.accounts:
			p.run.close(g.name(), c.UserID)
		case g.kind(&c):
			of.count(g.name())
			p.run.count(g.name())
		}
	}
	return nil
}

// tallyOf counts the changes of an organization.
func (p *History) tallyOf(organization string) tally {
	return *cmp.Or(p.organizations[organization], &tally{})
}

// TookAdmin reports whether the last change of the role of a membership took an admin
// role. One without an outcome may have done so too.
func (p *History) TookAdmin(organization, user string) bool {
	for _, c := range slices.Backward(p.changes[plan.SubjectKey(organization, user)]) {
		if !isMetadata(&c) {
			return c.Admin == plan.AdminLost
		}
	}
	return false
}

// timesRepeated counts how often the last changes of the membership had just
// this effect (S30).
func (p *History) timesRepeated(c *plan.Change) int {
	n := 0
	for i := range slices.Backward(p.changes[plan.MembershipKey(c)]) {
		before := &p.changes[plan.MembershipKey(c)][i]
		if isMetadata(before) != isMetadata(c) {
			continue
		}
		if effect(before) != effect(c) {
			return n
		}
		n++
	}
	return n
}

// grow counts by how much a change of the journal raised the numbers that
// percentages are taken of (S17).
func (t *tally) grow(e *journal.Change, c *plan.Change, owner string) {
	t.admins += c.AdminDelta()
	switch c.Action {
	case plan.Add:
		t.members, t.ours = t.members+1, t.ours+1
	case plan.Remove:
		t.members--
		if c.ID != "" { // it carried a marker
			t.ours--
		}
	case plan.Adopt:
		if m := plan.ParseMarker(e.PrivateBefore); !m.OwnedBy(owner) {
			t.ours++
		}
	default: // changes no number
	}
}

func (t *tally) count(guard string) {
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	t.counts[guard]++
}

func (t *tally) close(guard, user string) {
	if t.closed == nil {
		t.closed = map[string]map[string]bool{}
	}
	if t.closed[guard] == nil {
		t.closed[guard] = map[string]bool{}
	}
	t.closed[guard][user] = true
}

// before is how many changes of a guard earlier runs made, without the people to whom
// this run does the same again.
func (t *tally) before(g *guard, p *plan.Plan) int {
	if !g.accounts {
		return t.counts[g.name()]
	}
	again := map[string]bool{}
	for _, c := range p.Changes() {
		if g.kind(c) && t.closed[g.name()][c.UserID] {
			again[c.UserID] = true
		}
	}
	return len(t.closed[g.name()]) - len(again)
}

// isMetadata tells the two kinds of changes apart: those of the metadata, and
// those of the membership and its role.
func isMetadata(c *plan.Change) bool { return c.Action == plan.SetMetadata || c.Action == plan.Adopt }

// effect is the state that a change leads to. Two changes with the same
// effect, and none of ours between them, mean that somebody undid the first
// (S30).
func effect(c *plan.Change) string {
	if isMetadata(c) {
		return fmt.Sprintf("%q %q", c.Public, c.Private)
	}
	return c.To // nothing for a removal
}
