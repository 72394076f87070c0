package source

import "fmt"

// snapshot puts together what the files said. People whom no requested group
// holds are left out, as a directory would.
func (r *csvRead) snapshot() *Snapshot {
	r.mergeDecisions()
	r.judgeLacking()
	if r.damage.total > 0 {
		// Rows that disagree are still to be found, so that all are listed.
		r.mergeRows()
		return nil
	}
	// Canaries may be anybody, so they are looked for before the others go (S13).
	unseen := append(unseenPeople(r.source.canaries.People, r.people.list), r.groups.unseen...)
	members := r.members()
	r.people.byID, r.people.byEmail = nil, nil
	place := r.people.sort(members)
	for i := range r.memberships {
		r.memberships[i].Person = int(place[r.memberships[i].Person])
	}
	r.mergeRows()
	r.plainTerms()
	groups := r.groups.build(place, r.people.list)
	missing := r.groups.missing()
	return &Snapshot{
		Source: r.source.name, People: r.people.list, Groups: groups, Rows: r.memberships, Decisions: r.decisions,
		Missing: missing, Meant: r.groups.meant(missing), StableIDs: r.source.config.Columns.ID != "" || r.source.config.Columns.review(),
		NoRemovals: r.noRemovals, MissingCanaries: unseen, Names: r.vocabulary(), Notes: r.allNotes(), Files: r.files,
	}
}

// members says who belongs into the snapshot; nil is everybody.
func (r *csvRead) members() []bool {
	if len(r.want.Groups) == 0 || r.source.config.Columns.membership() {
		return nil
	}
	in := make([]bool, len(r.people.list))
	for _, text := range r.want.Also {
		c := readCanary(text)
		if i, ok := r.people.byID[c.text]; ok {
			in[i] = true
		}
		if i, ok := r.people.byEmail[c.email]; ok && c.email != "" {
			in[i] = true
		}
	}
	for i := range r.groups.list {
		for _, m := range r.groups.list[i].members {
			in[m] = true
		}
	}
	return in
}

// sort drops the people who are not wanted and sorts the rest, in place: at a
// million people a second copy would be the largest thing in memory. It
// answers where each person went.
func (c *csvPeople) sort(wanted []bool) []int32 {
	place := make([]int32, len(c.list))
	kept := c.list[:0]
	for i := range c.list {
		if wanted == nil || wanted[i] {
			place[i] = int32(len(kept))
			kept = append(kept, c.list[i])
		} else {
			place[i] = -1
		}
	}
	clear(c.list[len(kept):])
	c.list = kept
	order := c.order()
	rank := make([]int32, len(order))
	for to, from := range order {
		rank[from] = int32(to)
	}
	permute(c.list, order)
	for i, p := range place {
		if p >= 0 {
			place[i] = rank[p]
		}
	}
	return place
}

// permute puts list[order[i]] at i, for all i, cycle by cycle; it uses order up.
func permute[T any](list []T, order []int32) {
	for start := range order {
		if order[start] < 0 {
			continue
		}
		held, at := list[start], start
		for int(order[at]) != start {
			next := int(order[at])
			list[at], order[at] = list[next], -1
			at = next
		}
		list[at], order[at] = held, -1
	}
}

func (r *csvRead) allNotes() []Note {
	notes := r.notes
	if n := r.repeats.n; n > 0 {
		notes = append(notes, Note{Origin: r.repeats.at, Text: fmt.Sprintf(
			"%s only what others say already; merged, this is the first", count(n, "row")+" "+verb(n, "repeats", "repeat"))})
	}
	if n := r.nameless; n > 0 {
		notes = append(notes, Note{Origin: Origin{Source: r.source.name, File: r.source.place()}, Text: fmt.Sprintf(
			"%d %s known by address only: a changed address makes somebody else of them", n,
			verb(n, "person has no id and is", "people have no id and are"))})
	}
	return notes
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
