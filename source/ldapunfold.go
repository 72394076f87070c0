package source

import (
	"fmt"
	"slices"
)

// noteEach is how many left-out members of one group become notes of their own.
const noteEach = 20

// unfold fills the snapshot's groups with the people in them and below them.
// place gives each person's index in the snapshot.
func (t *memberTable) unfold(snap *Snapshot, place []int) error {
	u := unfolder{memberTable: t, place: place, seen: make([]int32, len(t.nodes)), budget: t.cfg.MaxMembers, people: make([]int32, len(t.people))}
	for _, g := range t.groups {
		if !g.root {
			continue
		}
		out, err := u.group(g)
		if err != nil {
			return err
		}
		snap.Groups = append(snap.Groups, out)
	}
	if t.nobodies > noteEach {
		t.note("", "left out %d members that are no people; the first %d have notes of their own", t.nobodies, noteEach)
	}
	return nil
}

// unfolder walks the groups breadth first, so that each person is reached by
// the shortest path, and each node once, which is what ends a cycle.
type unfolder struct {
	*memberTable
	place []int
	// seen and people hold the round in which a node or person was last met.
	seen, people []int32
	round        int32
	// budget is how many members may still be unfolded (S37).
	budget int
}

type step struct {
	group *tableGroup
	via   string
}

func (u *unfolder) group(g *tableGroup) (Group, error) {
	u.round++
	out := Group{ID: g.dn, Name: g.name, Matches: g.matches, Origin: Origin{Source: u.name, DN: g.dn}}
	if own, ok := u.byKey[u.key(g.dn)]; ok {
		u.seen[own] = u.round
	}
	queue := []step{{group: g}}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if at.group.hidden != "" {
			out.Unusable = append(out.Unusable, Unusable{Ref: at.group.dn, Why: at.group.hidden, Group: true})
		}
		if u.budget -= len(at.group.members); u.budget < 0 {
			return out, u.tooMany(g.dn)
		}
		for _, n := range at.group.members {
			if u.seen[n] == u.round {
				continue
			}
			u.seen[n] = u.round
			queue = u.member(&out, at, n, queue)
		}
	}
	slices.SortFunc(out.Members, func(a, b Member) int { return a.Person - b.Person })
	if u.cfg.UnreadableMembers == "ignore" {
		u.ignore(&out)
	}
	return out, nil
}

func (u *unfolder) member(out *Group, at step, n int32, queue []step) []step {
	switch m := &u.nodes[n]; m.kind {
	case kindPerson:
		if u.people[m.index] != u.round {
			u.people[m.index] = u.round
			out.Members = append(out.Members, Member{Person: u.place[m.index], Via: at.via, Ref: m.userName()})
		}
	case kindGroup:
		inner := u.groups[m.index]
		out.Nested = append(out.Nested, inner.dn)
		via := inner.name
		if at.via != "" {
			via = at.via + " → " + inner.name
		}
		return append(queue, step{group: inner, via: via})
	case kindUnusable, kindUnread:
		out.Unusable = append(out.Unusable, Unusable{Ref: m.ref, Why: or(m.why, "was not read")})
	case kindNobody:
	}
	return queue
}

// ignore turns unknown members into notes, as unreadable_members: ignore says.
func (u *unfolder) ignore(g *Group) {
	for i, x := range g.Unusable {
		if i == noteEach {
			u.note(g.ID, "and %d more members left out (unreadable_members: ignore)", len(g.Unusable)-i)
			break
		}
		u.note(g.ID, "%s", fmt.Sprintf("left out the member %s: %s (unreadable_members: ignore)", x.Ref, x.Why))
	}
	g.Unusable = nil
}
