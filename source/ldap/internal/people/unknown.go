package people

import (
	"slices"
	"strings"

	"rollcall/source/ldap/internal/wire"
)

// Unexpanded says that a group is a search (memberURL) which the server does not
// carry out. A server that does lists members. rollcall does not search itself: the
// URL may name another server, and anything in it.
func Unexpanded(e *wire.Entry, listed int) string {
	if listed > 0 || len(e.Get("memberURL")) == 0 {
		return ""
	}
	return "has a memberURL and no member: the server does not list the people whom that search finds; have it do so (in OpenLDAP the overlay dynlist), or use a group with members"
}

// ForeignSID is the SID of a foreign principal, which stands for somebody of another
// domain; empty for other entries. Only Active Directory writes it by itself.
func ForeignSID(e *wire.Entry, kind ServerKind) string {
	if kind != KindAD || !ContainsFold(e.Get("objectClass"), "foreignSecurityPrincipal") {
		return ""
	}
	sid, _, _ := FormatSID(e.First("objectSid"))
	return sid
}

// NamesNobody reports whether a value is the usual placeholder of a group that
// must have a member and has none: the empty DN. A lookup would find the root
// DSE, which is no member that somebody hides (S10).
func NamesNobody(value string) bool { return strings.TrimSpace(value) == "" }

// MustHaveMembers is true for the classes that RFC 4519 gives no empty form;
// 389 Directory Server relaxes it.
func (m *Mapper) MustHaveMembers(e *wire.Entry) bool {
	strict := hasClass(e, []string{"groupofnames", "groupofuniquenames"})
	return strict && m.Kind == KindOpenLDAP && len(m.Config.MemberAttributes) == 0 && len(m.Schema.Members) > 0
}

// ClassifyMember classifies an entry that was read with its members. A group that lists
// nobody and has a class of people too may be a person, as where each user is a posixGroup
// of their own; as an empty group, that person would be gone (S10).
func (s *Schema) ClassifyMember(e *wire.Entry) EntryKind {
	kind := s.Classify(e)
	lists := func(name string) bool { return len(e.All(name)) > 0 }
	if kind == KindGroup && hasClass(e, s.UserClasses) && !slices.ContainsFunc(s.Members, lists) && !slices.ContainsFunc(s.Names, lists) {
		return KindUnusable
	}
	return kind
}

// StrangerWhy says why nobody can tell whether an entry is a person or a group.
func (s *Schema) StrangerWhy(e *wire.Entry) string {
	classes := e.Get("objectClass")
	switch {
	case len(classes) == 0:
		return "has no visible object class: an access rule may hide it"
	case s.Classify(e) == KindGroup:
		return "has classes of a person and of a group, and no member (" + strings.Join(classes, ", ") + "): set user_classes or group_classes so that only one of them applies"
	case ContainsFold(classes, "alias"):
		return "is an alias of another entry, and rollcall follows none: have the group list that entry itself"
	case ContainsFold(classes, "foreignSecurityPrincipal"):
		return "belongs to another domain, which was not read (if no source reads that domain, add one with same_ids_as)"
	}
	return "is neither a person nor a group (" + strings.Join(classes, ", ") + "): if it should be one, set user_classes or group_classes"
}
