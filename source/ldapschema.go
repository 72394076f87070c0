package source

import (
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// The values of the schema key.
const (
	schemaAuto    = "auto"
	schema2307    = "rfc2307"
	schema2307bis = "rfc2307bis"
	schemaAD      = "active-directory"
)

// schema says what people and groups look like in one directory.
type schema struct {
	name string
	// userClasses and groupClasses tell an entry's kind, folded to lower case.
	userClasses, groupClasses []string
	// users and groups are the filters that find them.
	users, groups string
	// members hold DNs, names hold user names.
	members, names []string
	// ids are the attributes of the stable id, in the order in which they count.
	ids []string
	// dnAttr finds an entry by its DN in a filter.
	dnAttr string
}

// notPeople are classes of objects that groups list and that are nobody:
// readable, so nothing is unknown about them. The last lines are Active
// Directory's contacts and machines, and placeholders of empty groups.
var notPeople = []string{
	"contact", "computer", "msds-managedserviceaccount", "msds-groupmanagedserviceaccount",
	"device", "iphost", "nshost", "ipahost", "alias", "applicationprocess",
	"organizationalunit", "organizationalrole", "organization", "domain", "dcobject",
	"simplesecurityobject", "document", "room",
}

// schemas says what each value of the schema key stands for. auto on anything
// but Active Directory takes what each entry is.
var schemas = map[string]schema{
	schema2307: {
		groupClasses: []string{"posixGroup"},
		names:        []string{"memberUid"},
	},
	schema2307bis: {
		groupClasses: []string{"groupOfNames", "groupOfUniqueNames", "groupOfMembers"},
		members:      []string{"member", "uniqueMember"},
	},
	schemaAuto: {
		groupClasses: []string{"groupOfNames", "groupOfUniqueNames", "groupOfMembers", "posixGroup"},
		members:      []string{"member", "uniqueMember"},
		names:        []string{"memberUid"},
	},
	schemaAD: {
		groupClasses: []string{"group"},
		members:      []string{"member"},
	},
}

func chooseSchema(cfg *LDAPConfig, root *rootDSE) schema {
	name := cfg.Schema
	if name == schemaAuto && root.isAD() {
		name = schemaAD
	}
	s := schemas[name]
	s.name = name
	s.userClasses = []string{"person", "organizationalPerson", "inetOrgPerson", "posixAccount", "account", "user"}
	s.dnAttr = "entryDN"
	s.users = anyClass([]string{"person", "posixAccount", "account"})
	if name == schemaAD {
		s.dnAttr = "distinguishedName"
		// Contacts are of category person too, computers of class user.
		s.users = "(&(objectCategory=person)(objectClass=user))"
		s.userClasses = []string{"user"}
	}
	if len(cfg.UserClasses) > 0 {
		s.userClasses = cfg.UserClasses
		s.users = anyClass(cfg.UserClasses)
	}
	if len(cfg.GroupClasses) > 0 {
		s.groupClasses = cfg.GroupClasses
	}
	if len(cfg.MemberAttributes)+len(cfg.NameAttributes) > 0 {
		s.members, s.names = cfg.MemberAttributes, cfg.NameAttributes
	}
	s.groups = and(anyClass(s.groupClasses), cfg.GroupFilter)
	s.userClasses, s.groupClasses = lowerAll(s.userClasses), lowerAll(s.groupClasses)
	s.ids = idAttributes(cfg, root)
	return s
}

// idAttributes orders the ids so that one which appears later, such as
// entryUUID when a plug-in for it is switched on, changes nobody's id (S01).
func idAttributes(cfg *LDAPConfig, root *rootDSE) []string {
	switch {
	case cfg.ID != "":
		return []string{cfg.ID}
	case root.isAD() || cfg.Schema == schemaAD:
		return []string{"objectGUID"}
	case root.kind == kindOpenLDAP:
		return []string{"entryUUID"}
	}
	return []string{"ipaUniqueID", "nsUniqueId", "entryUUID", "objectGUID"}
}

func anyClass(classes []string) string {
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

// and joins filters, of which any may be empty, and any may lack its
// parentheses, as go-ldap lets a configuration write them.
func and(filters ...string) string {
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

// anyValue is a filter for entries with one of the values.
func anyValue(attr string, values []string) string {
	var b strings.Builder
	b.WriteString("(|")
	for _, v := range values {
		b.WriteString("(" + attr + "=" + ldap.EscapeFilter(v) + ")")
	}
	b.WriteString(")")
	return b.String()
}

func lowerAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = lowerASCII(s)
	}
	return out
}

// entryKind is what an entry turned out to be.
type entryKind uint8

const (
	kindUnread   entryKind = iota // not looked up yet
	kindPerson                    // in the people
	kindGroup                     // in the groups
	kindNobody                    // readable, and no person
	kindUnusable                  // unknown (S10)
)

// classify tells a group before a person: some directories make groups that
// have a mailbox.
func (s *schema) classify(e *entry) entryKind {
	classes := lowerAll(e.get("objectClass"))
	has := func(list []string) bool {
		return slices.ContainsFunc(classes, func(c string) bool { return slices.Contains(list, c) })
	}
	switch {
	case has(s.groupClasses):
		return kindGroup
	case s.name == schemaAD && has(notPeople):
		return kindNobody
	case has(s.userClasses):
		return kindPerson
	case has(notPeople):
		return kindNobody
	}
	return kindUnusable
}
