package csvfile

import (
	"fmt"

	"rollcall/source"
	"rollcall/source/internal/check"
)

// makeSnapshot puts together what the files said. People who are in no requested
// group are left out, as a directory would.
func (r *table) makeSnapshot() *source.Snapshot {
	r.mergeDecisions()
	r.judgeLacking()
	r.judgeUnseen()
	if r.damage.total > 0 {
		// Rows that disagree are still to be found, so that all are listed.
		r.mergeRows()
		return nil
	}
	// A canary may be in no requested group, so canaries are looked for before the
	// other people are dropped (S13).
	unseen := append(check.MissingPeople(r.source.canaries.People, r.sure()), r.groups.unseen...)
	members := r.members()
	r.people.byID, r.people.byEmail = nil, nil
	others, alike := r.elsewhere.Without(members, r.people.list), r.alike.All(r.people.list)
	place := r.people.sort(members)
	unclear := r.listUnclear(place)
	for i := range r.memberships {
		r.memberships[i].Person = int(place[r.memberships[i].Person])
	}
	r.mergeRows()
	r.dropRepeatedPeriods()
	groups := r.groups.build(place, r.people.list)
	missing := r.groups.missing()
	return &source.Snapshot{
		Source: r.source.name, People: r.people.list, Groups: groups, Rows: r.memberships, Decisions: r.decisions,
		Missing: missing, Meant: r.groups.meant(missing), UniqueIDs: true, StableIDs: r.source.config.Columns.ID != "" || r.source.config.Columns.review(),
		NoRemovals: r.noRemovals, MissingCanaries: unseen, Names: r.vocabulary(), Notes: r.allNotes(), Files: r.files, Path: r.path, Newest: r.newest, Elsewhere: others, Alike: alike, Filtered: len(r.where) > 0, LeftOut: r.leftOut, Unclear: unclear,
	}
}

// members says which people belong into the snapshot; nil is all of them.
func (r *table) members() []bool {
	if len(r.want.Groups) == 0 || r.source.config.Columns.Membership() {
		return nil
	}
	in := make([]bool, len(r.people.list))
	for _, text := range r.want.Also {
		c := check.ReadCanary(text)
		if i, ok := r.people.byID[c.Text]; ok {
			in[i] = true
		}
		if i, ok := r.people.byEmail[c.Email]; ok && c.Email != "" {
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
func (c *peopleIndex) sort(wanted []bool) []int32 {
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

func (r *table) allNotes() []source.Note {
	notes := r.notes
	if n := r.repeats.n; n > 0 {
		notes = append(notes, source.Note{Origin: r.repeats.at, Text: fmt.Sprintf(
			"%s another row exactly; they were merged (this is the first)", source.Count(n, "row")+" "+verb(n, "repeats", "repeat"))})
	}
	if n := r.nameless; n > 0 {
		notes = append(notes, source.Note{Origin: source.Origin{Source: r.source.name, File: r.source.files.Place()}, Text: fmt.Sprintf(
			"%d %s identified by address only: after a change of address, rollcall sees a different person", n,
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
