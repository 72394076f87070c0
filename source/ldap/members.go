package ldap

import (
	"cmp"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// memberIndex holds each value that any group lists once, with what it turned
// out to be. Values are numbered, so that groups hold numbers and not DNs.
type memberIndex struct {
	read   *session
	mapper *people.Mapper
	// byKey finds a node by dnKey, or by nameKey for a user name.
	byKey  map[string]int32
	nodes  []node
	people []source.Person
	groups []*groupNode
	// fresh are nodes that have not been looked up yet.
	fresh []int32
	// nobodies counts members that are readable and no people.
	nobodies   int
	timestamps people.Timestamps
	principals people.Principals
}

// node is one listed value.
type node struct {
	// ref is the DN or user name as a group lists it.
	ref  string
	kind people.EntryKind
	name bool
	// index is the person's or the group's place in its list.
	index int32
	why   string
}

// userName is the value where it is a user name, not a DN.
func (n *node) userName() string {
	if n.name {
		return n.ref
	}
	return ""
}

// groupNode is a group, named by a rule or found inside another.
type groupNode struct {
	dn, name string
	members  []int32
	matches  []source.Match
	root     bool
	// innerAs are the names of the group in [source.Request].Members.
	innerAs []string
	// hidden says why the list of members cannot be trusted; empty otherwise.
	hidden string
	// primary is how people name it as their primary group.
	primary string
}

func newMemberIndex(r *session) *memberIndex {
	return &memberIndex{read: r, mapper: newMapper(r), byKey: map[string]int32{}, principals: people.NewPrincipals()}
}

func newMapper(r *session) *people.Mapper {
	return &people.Mapper{
		Source: r.dir.name, Config: &r.dir.people, Schema: &r.schema, Kind: r.root.Kind, Now: r.dir.now,
		Requested: r.request.Attributes, TimestampAttr: r.stampAttr,
	}
}

// keyOf is the key of a DN; a text that is not a DN stands for itself.
func keyOf(dn string) string {
	key, err := source.DNKey(dn)
	if err != nil {
		return "\x01" + dn
	}
	return key
}

// nodeOf finds or makes the node of a key.
func (ix *memberIndex) nodeOf(key, ref string, name bool) (i int32, made bool) {
	if i, ok := ix.byKey[key]; ok {
		return i, false
	}
	i = int32(len(ix.nodes))
	ix.byKey[key] = i
	ix.nodes = append(ix.nodes, node{ref: ref, name: name})
	return i, true
}

// listed is the node of a value that a group lists.
func (ix *memberIndex) listed(key, ref string, name bool) int32 {
	i, made := ix.nodeOf(key, ref, name)
	if made {
		ix.fresh = append(ix.fresh, i)
	}
	return i
}

// addRoot takes a group that a rule names.
func (ix *memberIndex) addRoot(e *wire.Entry, w *wanted) error {
	i, err := ix.addGroup(e)
	if err != nil {
		return err
	}
	ix.groups[i].root = true
	ix.groups[i].matches = w.matches
	n, _ := ix.nodeOf(keyOf(e.DN), e.DN, false)
	ix.nodes[n].kind, ix.nodes[n].index = people.KindGroup, i
	return nil
}

// addGroup takes a group with its list; members that are new become fresh.
func (ix *memberIndex) addGroup(e *wire.Entry) (int32, error) {
	ix.timestamps.Add(e.First(ix.read.stampAttr))
	g := &groupNode{dn: e.DN, name: ix.read.groupName(e)}
	g.primary = people.PrimaryKey(ix.read.primaryAttribute(), e)
	listed := 0
	for _, attr := range ix.read.schema.Members {
		for _, v := range e.All(attr) {
			listed++
			if v = source.TrimUID(v); !people.NamesNobody(v) {
				g.members = append(g.members, ix.listed(keyOf(v), v, false))
			}
		}
	}
	for _, attr := range ix.read.schema.Names {
		for _, v := range e.All(attr) {
			listed++
			if !people.NamesNobody(v) {
				g.members = append(g.members, ix.listed(source.NameKey(v), v, true))
			}
		}
	}
	if listed == 0 && ix.mapper.MustHaveMembers(e) {
		g.hidden = "has no visible member, although its object class requires one: an access rule may hide the members"
	}
	if why := people.Unexpanded(e, len(g.members)); why != "" {
		g.hidden = why
	}
	if len(g.members) > ix.read.dir.cfg.MaxMembers {
		return 0, ix.read.tooMany(e.DN)
	}
	ix.groups = append(ix.groups, g)
	return int32(len(ix.groups) - 1), nil
}

// learn takes an entry that was found. asked is the node that was looked for
// by another key than the entry's own, or -1; outside says that only
// user_filter leaves the person out.
func (ix *memberIndex) learn(e *wire.Entry, asked int32, outside bool) error {
	own, _ := ix.nodeOf(keyOf(e.DN), e.DN, false)
	if ix.nodes[own].kind == people.KindUnread {
		if err := ix.classify(own, e); err != nil {
			return err
		}
		if outside && ix.nodes[own].kind == people.KindPerson {
			p := &ix.people[ix.nodes[own].index]
			p.Disabled = cmp.Or(p.Disabled, "excluded by user_filter") // S10: a leaver
		}
	} else if asked < 0 {
		ix.ambiguous(own, e)
	}
	if asked >= 0 && asked != own {
		ix.alias(asked, own)
	}
	return nil
}

func (ix *memberIndex) alias(asked, own int32) {
	a, o := &ix.nodes[asked], &ix.nodes[own]
	if a.kind == people.KindPerson && (o.kind != people.KindPerson || o.index != a.index) {
		a.kind, a.why = people.KindUnusable, "several entries have this user name"
		return
	}
	if a.kind == people.KindUnread {
		a.kind, a.index, a.why = o.kind, o.index, o.why
	}
}

// ambiguous guards against two entries with one key, should our folding ever
// be coarser than the server's.
func (ix *memberIndex) ambiguous(own int32, e *wire.Entry) {
	n := &ix.nodes[own]
	if n.kind != people.KindPerson {
		return
	}
	if id, _ := ix.mapper.StableID(e); id != ix.people[n.index].ID {
		n.kind, n.why = people.KindUnusable, "two entries have this DN"
	}
}

// classify decides what an entry is and keeps it.
func (ix *memberIndex) classify(own int32, e *wire.Entry) error {
	switch kind := ix.read.schema.ClassifyMember(e); kind {
	case people.KindGroup:
		if ix.read.dir.cfg.Nested == "off" {
			ix.read.notes.Add(e.DN, leftOutNested)
			ix.nodes[own].kind = people.KindNobody
			return nil
		}
		i, err := ix.addGroup(e)
		ix.nodes[own].kind, ix.nodes[own].index = people.KindGroup, i
		return err
	case people.KindPerson:
		ix.addPerson(own, e)
	case people.KindNobody:
		ix.nodes[own].kind = people.KindNobody
		if ix.nobodies++; ix.nobodies <= noteEach {
			ix.read.notes.Add(e.DN, "left out this member, which is not a person (%s)", strings.Join(e.Get("objectClass"), ", "))
		}
	default:
		ix.nodes[own].kind, ix.nodes[own].why = people.KindUnusable, ix.read.schema.StrangerWhy(e)
		if sid := people.ForeignSID(e, ix.read.root.Kind); sid != "" {
			ix.principals.Foreign[own] = sid
		}
	}
	return nil
}

// addPerson takes a person.
func (ix *memberIndex) addPerson(own int32, e *wire.Entry) {
	ix.timestamps.Add(e.First(ix.read.stampAttr))
	p, why := ix.mapper.Person(e)
	if why != "" {
		ix.nodes[own].kind, ix.nodes[own].why = people.KindUnusable, why
		return
	}
	ix.nodes[own].kind, ix.nodes[own].index = people.KindPerson, int32(len(ix.people))
	ix.people = append(ix.people, p)
}

// forgetNames has user names looked up again. Whoever else has one was not seen, and people
// may write the name of somebody else beside their own (S01).
func (ix *memberIndex) forgetNames(list []int32) {
	for _, n := range list {
		if ix.nodes[n].name {
			ix.nodes[n].kind = people.KindUnread
		}
	}
}

func (ix *memberIndex) unread(list []int32) []int32 {
	return slices.DeleteFunc(slices.Clone(list), func(n int32) bool { return ix.nodes[n].kind != people.KindUnread })
}

// unreadOrNamed has user names beside what is unread: who is outside user_filter may have
// the same.
func (ix *memberIndex) unreadOrNamed(list []int32) []int32 {
	return slices.DeleteFunc(slices.Clone(list), func(n int32) bool { return ix.nodes[n].kind != people.KindUnread && !ix.nodes[n].name })
}

func (ix *memberIndex) find(key string) (int32, bool) {
	n, ok := ix.byKey[key]
	return n, ok
}
func (ix *memberIndex) giveUp(n int32, why string) {
	ix.nodes[n].kind, ix.nodes[n].why = people.KindUnusable, why
}
