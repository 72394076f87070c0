package ldap

import (
	"cmp"
	"fmt"
	"slices"

	"rollcall/source"
	"rollcall/source/ldap/internal/people"
)

// noteEach is how many left-out members of one group become notes of their own.
const noteEach = 20

const leftOutNested = "left out this nested group (nested: off)"

// flatten fills the snapshot's groups with the people in them and in the groups
// inside them. place gives each person's index in the snapshot.
func flatten(ix *memberIndex, snap *source.Snapshot, place []int) error {
	f := flattener{index: ix, place: place, met: make([]int32, len(ix.nodes)), people: make([]int32, len(ix.people)), budget: ix.read.dir.cfg.MaxMembers}
	for _, g := range ix.groups {
		if !g.root && len(g.innerAs) == 0 {
			continue
		}
		out, err := f.group(g)
		if err != nil {
			return err
		}
		if g.root {
			snap.Groups = append(snap.Groups, out)
		}
		for _, ref := range g.innerAs {
			snap.Inner[ref] = out
		}
	}
	if ix.nobodies > noteEach {
		ix.read.notes.Add("", "left out %d members that are not people; the first %d have a note each", ix.nobodies, noteEach)
	}
	return nil
}

// flattener walks the groups breadth first, so that each person is reached by
// the shortest path, and each node once, which is what ends a cycle.
type flattener struct {
	index *memberIndex
	place []int
	// met and people hold the round in which a node or person was last met.
	met, people []int32
	round       int32
	// budget is how many members may still be listed (S37).
	budget int
}

type step struct {
	group *groupNode
	via   string
}

func (f *flattener) group(g *groupNode) (source.Group, error) {
	f.round++
	out := source.Group{ID: g.dn, Name: g.name, Matches: g.matches, Origin: source.Origin{Source: f.index.read.dir.name, DN: g.dn}}
	if own, ok := f.index.byKey[keyOf(g.dn)]; ok {
		f.met[own] = f.round
	}
	queue := []step{{group: g}}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if at.group.hidden != "" {
			out.Unusable = append(out.Unusable, source.Unusable{Ref: at.group.dn, Why: at.group.hidden, Group: true})
		}
		if f.budget -= len(at.group.members); f.budget < 0 {
			return out, f.index.read.tooMany(g.dn)
		}
		for _, n := range at.group.members {
			if f.met[n] == f.round {
				continue
			}
			f.met[n] = f.round
			queue = f.member(&out, at, n, queue)
		}
	}
	slices.SortFunc(out.Members, func(a, b source.Member) int { return a.Person - b.Person })
	if f.index.read.dir.cfg.UnreadableMembers == "ignore" {
		f.ignore(&out)
	}
	return out, nil
}

func (f *flattener) member(out *source.Group, at step, n int32, queue []step) []step {
	switch m := &f.index.nodes[n]; m.kind {
	case people.KindPerson:
		if f.people[m.index] != f.round {
			f.people[m.index] = f.round
			out.Members = append(out.Members, source.Member{Person: f.place[m.index], Via: at.via, Ref: m.userName()})
		}
	case people.KindGroup:
		inner := f.index.groups[m.index]
		if f.index.read.dir.cfg.Nested == "off" { // a group that another rule names
			f.index.read.notes.Add(inner.dn, leftOutNested)
			return queue
		}
		out.Nested = append(out.Nested, inner.dn)
		via := inner.name
		if at.via != "" {
			via = at.via + " → " + inner.name
		}
		return append(queue, step{group: inner, via: via})
	case people.KindUnusable, people.KindUnread:
		out.Unusable = append(out.Unusable, source.Unusable{Ref: m.ref, Why: cmp.Or(m.why, "was not read"), SID: f.index.principals.Foreign[n]})
	case people.KindNobody:
	}
	return queue
}

// ignore turns unknown members into notes, as unreadable_members: ignore says.
func (f *flattener) ignore(g *source.Group) {
	for i, x := range g.Unusable {
		if i == noteEach {
			f.index.read.notes.Add(g.ID, "and %d more members left out (unreadable_members: ignore)", len(g.Unusable)-i)
			break
		}
		f.index.read.notes.Add(g.ID, "%s", fmt.Sprintf("left out the member %s: %s (unreadable_members: ignore)", x.Ref, x.Why))
	}
	g.Unusable = nil
}
