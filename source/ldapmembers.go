package source

import (
	"slices"
	"strings"
	"sync"

	"github.com/go-ldap/ldap/v3"
)

// memberTable holds each value that any group lists once, with what it turned
// out to be. Values are numbered, so that groups hold numbers and not DNs.
type memberTable struct {
	*session
	mu sync.Mutex
	// byKey finds a node by dnKey, or by nameKey for a user name.
	byKey  map[string]int32
	nodes  []node
	people []Person
	groups []*tableGroup
	// fresh are nodes that nobody has looked up yet.
	fresh []int32
	// nobodies counts members that are readable and no people.
	nobodies int
	stamps
}

// node is one listed value.
type node struct {
	// ref is the DN or user name as a group lists it.
	ref  string
	kind entryKind
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

// tableGroup is a group, named by a rule or found inside another.
type tableGroup struct {
	dn, name string
	members  []int32
	matches  []Match
	root     bool
	// hidden says why the list of members cannot be trusted; empty otherwise.
	hidden string
	rid    uint32
}

func newMemberTable(r *session) *memberTable {
	return &memberTable{session: r, byKey: map[string]int32{}}
}

// key is the DN's key; what is no DN stands for itself.
func (t *memberTable) key(dn string) string {
	key, err := dnKey(dn)
	if err != nil {
		return "\x01" + dn
	}
	return key
}

// nameKey folds a user name as the server would (uid is caseIgnoreMatch).
func nameKey(name string) string { return "\x00" + keyValue(strings.TrimSpace(name)) }

// nodeOf finds or makes the node of a key.
func (t *memberTable) nodeOf(key, ref string, name bool) (i int32, made bool) {
	if i, ok := t.byKey[key]; ok {
		return i, false
	}
	i = int32(len(t.nodes))
	t.byKey[key] = i
	t.nodes = append(t.nodes, node{ref: ref, name: name})
	return i, true
}

// listed is the node of a value that a group lists.
func (t *memberTable) listed(key, ref string, name bool) int32 {
	i, made := t.nodeOf(key, ref, name)
	if made {
		t.fresh = append(t.fresh, i)
	}
	return i
}

// addRoot takes a group that a rule names.
func (t *memberTable) addRoot(e *entry, w *wanted) error {
	i, err := t.addGroup(e)
	if err != nil {
		return err
	}
	t.groups[i].root = true
	t.groups[i].matches = w.matches
	n, _ := t.nodeOf(t.key(e.dn), e.dn, false)
	t.nodes[n].kind, t.nodes[n].index = kindGroup, i
	return nil
}

// addGroup takes a group with its list; members that are new become fresh.
func (t *memberTable) addGroup(e *entry) (int32, error) {
	t.stamp(e)
	g := &tableGroup{dn: e.dn, name: t.groupName(e)}
	_, g.rid, _ = formatSID(e.first("objectSid"))
	for _, attr := range t.schema.members {
		for _, v := range e.get(attr) {
			v = trimUID(v)
			g.members = append(g.members, t.listed(t.key(v), v, false))
		}
	}
	for _, attr := range t.schema.names {
		for _, v := range e.get(attr) {
			g.members = append(g.members, t.listed(nameKey(v), v, true))
		}
	}
	if len(g.members) == 0 && t.mustHaveMembers(e) {
		g.hidden = "shows no member, though its class requires one: an access rule may hide them"
	}
	if len(g.members) > t.cfg.MaxMembers {
		return 0, t.tooMany(e.dn)
	}
	t.groups = append(t.groups, g)
	return int32(len(t.groups) - 1), nil
}

// mustHaveMembers is true for the classes that RFC 4519 gives no empty form;
// 389 Directory Server relaxes it.
func (t *memberTable) mustHaveMembers(e *entry) bool {
	classes := lowerAll(e.get("objectClass"))
	strict := slices.Contains(classes, "groupofnames") || slices.Contains(classes, "groupofuniquenames")
	return strict && t.root.kind == kindOpenLDAP && len(t.cfg.MemberAttributes) == 0 && len(t.schema.members) > 0
}

// learn takes an entry that was found. asked is the node that was looked for
// by another key than the entry's own, or -1; outside says that only
// user_filter leaves the person out.
func (t *memberTable) learn(e *entry, asked int32, outside bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	own, _ := t.nodeOf(t.key(e.dn), e.dn, false)
	if t.nodes[own].kind == kindUnread {
		if err := t.judge(own, e); err != nil {
			return err
		}
		if outside && t.nodes[own].kind == kindPerson {
			p := &t.people[t.nodes[own].index]
			p.Disabled = or(p.Disabled, "left out by user_filter") // S10: a leaver
		}
	} else if asked < 0 {
		t.ambiguous(own, e)
	}
	if asked >= 0 && asked != own {
		t.alias(asked, own)
	}
	return nil
}

func (t *memberTable) alias(asked, own int32) {
	a, o := &t.nodes[asked], &t.nodes[own]
	if a.kind == kindPerson && (o.kind != kindPerson || o.index != a.index) {
		a.kind, a.why = kindUnusable, "more than one entry has this user name"
		return
	}
	if a.kind == kindUnread {
		a.kind, a.index, a.why = o.kind, o.index, o.why
	}
}

// ambiguous guards against two entries with one key, should our folding ever
// be coarser than the server's.
func (t *memberTable) ambiguous(own int32, e *entry) {
	n := &t.nodes[own]
	if n.kind != kindPerson {
		return
	}
	if id, _ := t.stableID(e); id != t.people[n.index].ID {
		n.kind, n.why = kindUnusable, "two entries answer to this DN"
	}
}

// judge decides what an entry is and files it.
func (t *memberTable) judge(own int32, e *entry) error {
	kind := t.schema.classify(e)
	switch kind {
	case kindGroup:
		if t.cfg.Nested == "off" {
			t.note(e.dn, "left out this group inside a group (nested: off)")
			t.nodes[own].kind = kindNobody
			return nil
		}
		i, err := t.addGroup(e)
		t.nodes[own].kind, t.nodes[own].index = kindGroup, i
		return err
	case kindPerson:
		t.file(own, e)
	case kindNobody:
		t.nodes[own].kind = kindNobody
		if t.nobodies++; t.nobodies <= noteEach {
			t.note(e.dn, "left out this member, which is no person (%s)", strings.Join(e.get("objectClass"), ", "))
		}
	default:
		t.nodes[own].kind, t.nodes[own].why = kindUnusable, strangerWhy(e)
	}
	return nil
}

func strangerWhy(e *entry) string {
	classes := e.get("objectClass")
	switch {
	case len(classes) == 0:
		return "shows no object class: an access rule may hide it"
	case containsFold(classes, "foreignSecurityPrincipal"):
		return "belongs to another domain, which was not read"
	}
	return "is neither person nor group (" + strings.Join(classes, ", ") + "): set user_classes or group_classes if it should be"
}

// file takes a person.
func (t *memberTable) file(own int32, e *entry) {
	t.stamp(e)
	p, why := t.person(e)
	if why != "" {
		t.nodes[own].kind, t.nodes[own].why = kindUnusable, why
		return
	}
	t.nodes[own].kind, t.nodes[own].index = kindPerson, int32(len(t.people))
	t.people = append(t.people, p)
}

// unreadWhy explains a member that no search showed.
func unreadWhy(err error) (string, bool) {
	switch {
	case err == nil, isCode(err, ldap.LDAPResultNoSuchObject):
		return "no such object, or an access rule hides it", true
	case isCode(err, ldap.LDAPResultInsufficientAccessRights):
		return "this bind may not read it", true
	case isCode(err, ldap.LDAPResultReferral):
		return "belongs to another server or domain, which was not read", true
	case isCode(err, ldap.LDAPResultInvalidDNSyntax, ldap.LDAPResultNamingViolation):
		return "is no DN that the server understands", true
	}
	return "", false
}
