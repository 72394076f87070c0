package people

import (
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/ldap/internal/wire"
)

// The values of the schema key.
const (
	SchemaAuto    = "auto"
	Schema2307    = "rfc2307"
	Schema2307bis = "rfc2307bis"
	SchemaAD      = "active-directory"
)

// Schema says what people and groups look like in one directory.
type Schema struct {
	Name string
	// UserClasses and GroupClasses tell an entry's kind, folded to lower case.
	UserClasses, GroupClasses []string
	// Users and Groups are the filters that find them.
	Users, Groups string
	// Members hold DNs, Names hold user names.
	Members, Names []string
	// IDs are the attributes of the stable id, in the order in which they count.
	IDs []string
	// DNAttr finds an entry by its DN in a filter.
	DNAttr string
}

// notPeople are classes of objects that groups list and that are nobody:
// readable, so nothing is unknown about them. The last lines are Active
// Directory's contacts and machines, and placeholders of empty groups.
var notPeople = []string{
	"contact", "computer", "msds-managedserviceaccount", "msds-groupmanagedserviceaccount",
	"device", "iphost", "nshost", "ipahost", "applicationprocess",
	"organizationalunit", "organizationalrole", "organization", "domain", "dcobject",
	"simplesecurityobject", "document", "room",
}

// schemas says what each value of the schema key stands for. auto on anything
// but Active Directory takes what each entry is.
var schemas = map[string]Schema{
	Schema2307: {
		GroupClasses: []string{"posixGroup"},
		Names:        []string{"memberUid"},
	},
	Schema2307bis: {
		GroupClasses: []string{"groupOfNames", "groupOfUniqueNames", "groupOfMembers"},
		Members:      []string{"member", "uniqueMember"},
	},
	SchemaAuto: {
		GroupClasses: []string{"groupOfNames", "groupOfUniqueNames", "groupOfMembers", "posixGroup"},
		Members:      []string{"member", "uniqueMember"},
		Names:        []string{"memberUid"},
	},
	SchemaAD: {
		GroupClasses: []string{"group"},
		Members:      []string{"member"},
	},
}

// ChooseSchema gives the schema of a server, by the configuration and its kind.
func ChooseSchema(cfg *Config, kind ServerKind) Schema {
	name := cfg.Schema
	if name == SchemaAuto && kind.IsAD() {
		name = SchemaAD
	}
	s := schemas[name]
	s.Name = name
	s.UserClasses = []string{"person", "organizationalPerson", "inetOrgPerson", "posixAccount", "account", "user"}
	s.DNAttr = "entryDN"
	s.Users = AnyClass([]string{"person", "posixAccount", "account"})
	if name == SchemaAD {
		s.DNAttr = "distinguishedName"
		// Contacts are of category person too, computers of class user.
		s.Users = "(&(objectCategory=person)(objectClass=user))"
		s.UserClasses = []string{"user"}
	}
	if len(cfg.UserClasses) > 0 {
		s.UserClasses = cfg.UserClasses
		s.Users = AnyClass(cfg.UserClasses)
	}
	if len(cfg.GroupClasses) > 0 {
		s.GroupClasses = cfg.GroupClasses
	}
	if len(cfg.MemberAttributes)+len(cfg.NameAttributes) > 0 {
		s.Members, s.Names = cfg.MemberAttributes, cfg.NameAttributes
	}
	s.Groups = And(AnyClass(s.GroupClasses), cfg.GroupFilter)
	s.UserClasses, s.GroupClasses = LowerAll(s.UserClasses), LowerAll(s.GroupClasses)
	s.IDs = idAttributes(cfg, kind)
	return s
}

// idAttributes orders the ids so that one which appears later, such as
// entryUUID when a plug-in for it is switched on, changes nobody's id (S01).
func idAttributes(cfg *Config, kind ServerKind) []string {
	switch {
	case cfg.ID != "":
		return []string{cfg.ID}
	case kind.IsAD() || cfg.Schema == SchemaAD:
		return []string{"objectGUID"}
	case kind == KindOpenLDAP:
		return []string{"entryUUID"}
	}
	return []string{"ipaUniqueID", "nsUniqueId", "entryUUID", "objectGUID"}
}

// AnyClass is a filter for entries of one of the classes.
func AnyClass(classes []string) string {
	if len(classes) == 1 {
		return "(objectClass=" + ldap.EscapeFilter(classes[0]) + ")"
	}
	var b strings.Builder
	b.WriteString("(|")
	for _, c := range classes {
		b.WriteString("(objectClass=" + ldap.EscapeFilter(c) + ")")
	}
	b.WriteString(")")
	return b.String()
}

// And joins filters, of which any may be empty, and any may lack its
// parentheses, as go-ldap lets a configuration write them.
func And(filters ...string) string {
	var list []string
	for _, f := range filters {
		if f != "" {
			list = append(list, parenthesized(f))
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return "(&" + strings.Join(list, "") + ")"
}

func parenthesized(f string) string {
	if strings.HasPrefix(f, "(") {
		return f
	}
	return "(" + f + ")"
}

// AnyValue is a filter for entries with one of the values.
func AnyValue(attr string, values []string) string {
	var b strings.Builder
	b.WriteString("(|")
	for _, v := range values {
		b.WriteString("(" + attr + "=" + ldap.EscapeFilter(v) + ")")
	}
	b.WriteString(")")
	return b.String()
}

// LowerAll lowers A to Z in all texts.
func LowerAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = source.LowerASCII(s)
	}
	return out
}

// EntryKind is what an entry turned out to be.
type EntryKind uint8

// The kinds of entries.
const (
	KindUnread   EntryKind = iota // not looked up yet
	KindPerson                    // in the people
	KindGroup                     // in the groups
	KindNobody                    // readable, and no person
	KindUnusable                  // unknown (S10)
)

// Classify tells a group before a person: some directories make groups that
// have a mailbox.
func (s *Schema) Classify(e *wire.Entry) EntryKind {
	has := func(list []string) bool { return hasClass(e, list) }
	switch {
	case has(s.GroupClasses):
		return KindGroup
	case s.Name == SchemaAD && has(notPeople):
		return KindNobody
	case has(s.UserClasses):
		return KindPerson
	case has(notPeople):
		return KindNobody
	}
	return KindUnusable
}

// hasClass reports whether an entry has one of the classes, which are in lower case.
func hasClass(e *wire.Entry, list []string) bool {
	return slices.ContainsFunc(e.Get("objectClass"), func(c string) bool { return slices.Contains(list, source.LowerASCII(c)) })
}

// InPart reports whether a search for people shows an entry only in part: it asks for no
// member of a group, and for no second range of values.
func (s *Schema) InPart(e *wire.Entry) bool { return e.InRanges() || hasClass(e, s.GroupClasses) }
