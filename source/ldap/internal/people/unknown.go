package people

import (
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

// StrangerWhy says why an entry is neither a person nor a group.
func StrangerWhy(e *wire.Entry) string {
	classes := e.Get("objectClass")
	switch {
	case len(classes) == 0:
		return "has no visible object class: an access rule may hide it"
	case ContainsFold(classes, "foreignSecurityPrincipal"):
		return "belongs to another domain, which was not read (if no source reads that domain, add one with same_ids_as)"
	}
	return "is neither a person nor a group (" + strings.Join(classes, ", ") + "): if it should be one, set user_classes or group_classes"
}
