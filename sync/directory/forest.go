package directory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/sync/policy"
)

// The domains of a forest are sources of their own, and a group of one may list people of
// another. Such a member is found by its DN in the source whose tree contains it, or by its
// SID in the source that reads the domain of that SID, if the configuration says that both
// have the same ids: then one entry is one person, whichever source shows it (S01). A
// member that the other source does not show, or whose source could not be read, stays
// unreadable (S10, S14).

// forest is the sources of one read.
type forest struct {
	*Reader
	snapshots []*source.Snapshot
	faults    []error
	trees     []string // keys of DNs, by source; empty for a source without a tree
}

// readAcross finds the members that a source lists and another one has.
func (r *Reader) readAcross(ctx context.Context, request func(name string) source.Request, snapshots []*source.Snapshot, faults []error) {
	f := &forest{r, snapshots, faults, make([]string, len(snapshots))}
	trees := 0
	for i, s := range snapshots {
		if s != nil {
			if f.trees[i] = dnKey(s.Tree); f.trees[i] != "" {
				trees++
			}
		}
	}
	if trees < 2 {
		return
	}
	for owner, asked := range f.foreign(request) {
		if asked != nil {
			f.readOwner(ctx, owner, *asked, request(r.Sources[owner].Name()))
		}
	}
	for i, s := range snapshots { // one that could not be read again is nil
		if s != nil && f.trees[i] != "" {
			f.resolve(i)
		}
	}
}

// asked is what other sources want to know of one.
type asked struct{ dns, sids, attributes []string }

// foreign lists, by source, what groups of other sources list of it.
func (f *forest) foreign(request func(name string) source.Request) []*asked {
	out := make([]*asked, len(f.snapshots))
	for i, s := range f.snapshots {
		if s == nil || f.trees[i] == "" {
			continue
		}
		for owner, members := range f.foreignOf(i) {
			if out[owner] == nil {
				out[owner] = &asked{}
			}
			out[owner].dns = append(out[owner].dns, members.dns...)
			out[owner].sids = append(out[owner].sids, members.sids...)
			out[owner].attributes = append(out[owner].attributes, request(s.Source).Attributes...)
		}
	}
	return out
}

// foreignOf lists, by the source that has them, the members of groups of one source.
func (f *forest) foreignOf(i int) map[int]asked {
	out := map[int]asked{}
	for _, g := range f.snapshots[i].Groups {
		for _, u := range g.Unusable {
			for _, owner := range f.ownersOf(i, u) {
				if !f.linked(i, owner) {
					continue
				}
				members := out[owner]
				if u.SID != "" {
					members.sids = append(members.sids, u.SID)
				} else {
					members.dns = append(members.dns, u.Ref)
				}
				out[owner] = members
			}
		}
	}
	return out
}

// ownersOf are the other sources that may have a member. Several may read one domain, and
// a SID does not say where in the domain somebody is.
func (f *forest) ownersOf(of int, u source.Unusable) (owners []int) {
	if u.SID == "" {
		return f.ownersByTree(of, u)
	}
	domain := u.SID[:max(0, strings.LastIndexByte(u.SID, '-'))]
	for i, s := range f.snapshots {
		if i != of && s != nil && s.Domain != "" && s.Domain == domain {
			owners = append(owners, i)
		}
	}
	return owners
}

// ownersByTree are the other sources whose tree contains a member: those with the longest
// DN, since the tree of a domain contains those of its children.
func (f *forest) ownersByTree(of int, u source.Unusable) (owners []int) {
	key, err := source.DNKey(u.Ref)
	if err != nil || u.Group {
		return nil
	}
	longest := 0
	if source.Under(key, f.trees[of]) {
		longest = len(f.trees[of]) + 1 // its own source has looked
	}
	for i, tree := range f.trees {
		switch {
		case i == of || tree == "" || len(tree) < longest || !source.Under(key, tree):
		case len(tree) > longest:
			owners, longest = []int{i}, len(tree)
		default:
			owners = append(owners, i)
		}
	}
	return owners
}

// linked reports whether two sources have the same ids.
func (f *forest) linked(a, b int) bool {
	x, y := f.Config.SameIDs[f.Sources[a].Name()], f.Config.SameIDs[f.Sources[b].Name()]
	return x != "" && x == y
}

// readOwner reads a source once more, with the people whom others list, unless it has
// shown all of them already. If it cannot be read again, it has failed.
func (f *forest) readOwner(ctx context.Context, owner int, who asked, want source.Request) {
	known := peopleByDN(f.snapshots[owner])
	isKnown := func(ref string) bool { _, ok := known[dnKey(ref)]; return ok }
	more := slices.DeleteFunc(policy.Unique(who.attributes), func(name string) bool { return slices.Contains(want.Attributes, name) })
	if len(who.sids) == 0 && !slices.ContainsFunc(who.dns, func(dn string) bool { return !isKnown(dn) }) && len(more) == 0 {
		return
	}
	want.Members = policy.Unique(append(who.dns, who.sids...))
	want.Attributes = policy.Union(want.Attributes, more)
	f.snapshots[owner], f.faults[owner] = f.Sources[owner].Read(ctx, want)
}

// resolve makes members of what groups of a source list and others have.
func (f *forest) resolve(of int) {
	s := f.snapshots[of]
	x := &resolution{forest: f, of: of, into: s, people: make([]map[string]int, len(f.snapshots))}
	sortSnapshot(s)
	for g := range s.Groups {
		if len(s.Groups[g].Unusable) > 0 {
			x.resolveGroup(&s.Groups[g])
		}
	}
}

// resolution resolves the members of one source.
type resolution struct {
	*forest
	of   int
	into *source.Snapshot
	// people are those of each source by DN, entries those of the snapshot; both are made
	// when they are needed.
	people  []map[string]int
	entries map[entryKey]int
}

func (x *resolution) resolveGroup(group *source.Group) {
	members := make(map[int]bool, len(group.Members))
	for _, m := range group.Members {
		members[m.Person] = true
	}
	var open []source.Unusable
	for _, u := range group.Unusable {
		for _, owner := range x.ownersOf(x.of, u) {
			if name := x.Sources[owner].Name(); x.linked(x.of, owner) && !slices.Contains(group.Across, name) {
				group.Across = append(group.Across, name)
			}
		}
		p, why := x.find(u)
		if p != nil {
			x.add(group, members, p, source.Member{Ref: u.Ref})
			continue
		}
		inner := x.innerGroups(u)
		switch {
		case len(inner) > 0 && x.into.Flat:
			x.into.Notes = append(x.into.Notes, source.Note{Origin: source.Origin{Source: x.into.Source, DN: u.Ref}, Text: "left out this nested group (nested: off)"})
		case len(inner) > 0:
			group.Nested = append(group.Nested, u.Ref)
			for _, g := range inner {
				// What cannot be read within it stays so; what earlier runs remember of it are the
				// names of groups, whose people are unknown if it cannot be read (S10).
				open = append(open, g.Unusable...)
				group.Nested = append(group.Nested, g.Nested...)
				for _, m := range g.Members {
					via := strings.TrimSuffix(g.Name+" → "+m.Via, " → ")
					x.add(group, members, &g.from.People[m.Person], source.Member{Via: via, Ref: m.Ref})
				}
			}
		default:
			u.Why = why
			open = append(open, u)
		}
	}
	group.Unusable = open
	slices.SortFunc(group.Members, func(a, b source.Member) int { return a.Person - b.Person })
}

// add makes a person of another source a member, once.
func (x *resolution) add(group *source.Group, members map[int]bool, p *source.Person, m source.Member) {
	m.Person = x.place(p)
	if members[m.Person] {
		return
	}
	members[m.Person] = true
	if dnKey(x.into.People[m.Person].Origin.DN) == dnKey(m.Ref) {
		m.Ref = "" // else an entry of this source has the same id, or the group lists a SID
	}
	group.Members = append(group.Members, m)
}

// innerGroup is a group of another source.
type innerGroup struct {
	source.Group
	from *source.Snapshot
}

// innerGroups are the group that a member means, as each source that has it shows it.
func (x *resolution) innerGroups(u source.Unusable) (list []innerGroup) {
	for _, owner := range x.ownersOf(x.of, u) {
		if s := x.snapshots[owner]; s != nil && x.linked(x.of, owner) {
			if g, ok := s.Inner[cmp.Or(u.SID, u.Ref)]; ok {
				list = append(list, innerGroup{g, s})
			}
		}
	}
	return list
}

// find is the person of another source whom a member means, or why there is none.
func (x *resolution) find(u source.Unusable) (p *source.Person, why string) {
	why = u.Why
	for _, owner := range x.ownersOf(x.of, u) {
		name := x.Sources[owner].Name()
		switch found := x.personOf(owner, u); {
		case x.snapshots[owner] == nil:
		case !x.linked(x.of, owner):
			why = fmt.Sprintf("%s; it belongs to source %s: set same_ids_as to say that both have the same ids", u.Why, name)
		case found == nil:
			why = fmt.Sprintf("source %s shows no person and no group of this name; it may be deleted, or hidden from the account that reads that source", name)
		case p != nil && p.ID != found.ID:
			return nil, fmt.Sprintf("is another person in source %s than in source %s", name, p.Origin.Source)
		case p == nil || p.Gone(x.Now()) != "":
			p = found // user_filter makes leavers of those whom another source reads
		}
	}
	return p, why
}

// personOf is the person of a source whom a member means; nil if there is none.
func (x *resolution) personOf(owner int, u source.Unusable) *source.Person {
	s := x.snapshots[owner]
	if s == nil {
		return nil
	}
	if u.SID != "" {
		if at, ok := s.BySID[u.SID]; ok {
			return &s.People[at]
		}
		return nil
	}
	if x.people[owner] == nil {
		x.people[owner] = peopleByDN(s)
	}
	if at, ok := x.people[owner][dnKey(u.Ref)]; ok {
		return &s.People[at]
	}
	return nil
}

// place is where a person of another source stands in the snapshot.
func (x *resolution) place(p *source.Person) int {
	if x.entries == nil {
		x.entries = map[entryKey]int{}
		for i := range x.into.People {
			x.entries[x.keyOf(&x.into.People[i])] = i
		}
	}
	key := x.keyOf(p)
	at, known := x.entries[key]
	if !known {
		at = len(x.into.People)
		x.into.People = append(x.into.People, *p)
		x.entries[key] = at
	}
	return at
}

// entryKey is the same for two entries if one stands for the other. An entry with the same
// id is the same person, but access comes only through an account that is enabled. An id
// that other sources do not share, such as an address, which people may write, says nothing
// about the entry of another source (S01).
type entryKey struct {
	id, dn   string
	disabled bool
}

func (x *resolution) keyOf(p *source.Person) entryKey {
	if canShareID(p.ID) {
		return entryKey{id: p.ID, disabled: p.Gone(x.Now()) != ""}
	}
	return entryKey{dn: dnKey(p.Origin.DN)}
}

// dnKey is the key of a DN; empty for what is none.
func dnKey(dn string) string {
	key, err := source.DNKey(dn)
	if err != nil {
		return ""
	}
	return key
}

// peopleByDN are the people of a snapshot by the keys of their DNs.
func peopleByDN(s *source.Snapshot) map[string]int {
	out := make(map[string]int, len(s.People))
	for i := range s.People {
		if key := dnKey(s.People[i].Origin.DN); key != "" {
			out[key] = i
		}
	}
	return out
}
