package ldap

import (
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

const aclPeople = `dn: ou=secret,ou=people,dc=corp,dc=example
objectClass: organizationalUnit
ou: secret

dn: uid=ann,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: A
mail: ann@corp.example

dn: uid=bob,ou=secret,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: B
mail: bob@corp.example

dn: cn=team,ou=groups,dc=corp,dc=example
objectClass: groupOfNames
cn: team
member: uid=ann,ou=people,dc=corp,dc=example
member: uid=bob,ou=secret,ou=people,dc=corp,dc=example

dn: cn=over,ou=groups,dc=corp,dc=example
objectClass: groupOfNames
cn: over
member: cn=team,ou=groups,dc=corp,dc=example
`

func team(t *testing.T, server *ldaptest.Slapd) (*source.Snapshot, source.Group) {
	t.Helper()
	snap := readLDAP(t, slapdConfig(t, server), source.Request{Groups: []source.Selector{{Name: "CN=team, OU=groups, DC=corp,DC=example"}}})
	if len(snap.Groups) != 1 {
		t.Fatalf("%d groups", len(snap.Groups))
	}
	return snap, snap.Groups[0]
}

func TestS10MemberHiddenByAnACLIsUnknown(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople, Access: `access to dn.subtree="ou=secret,ou=people,dc=corp,dc=example" by * none`})
	_, g := team(t, server)
	if len(g.Members) != 1 || len(g.Unusable) != 1 || !strings.Contains(g.Unusable[0].Ref, "uid=bob") || !strings.Contains(g.Unusable[0].Why, "access rule") {
		t.Errorf("members %v, unusable %v", g.Members, g.Unusable)
	}
}

func TestS10DanglingMemberIsUnknown(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople, Database: ""})
	if _, g := team(t, server); len(g.Members) != 2 || len(g.Unusable) != 0 {
		t.Fatalf("before: members %v, unusable %v", g.Members, g.Unusable)
	}
	must(t, server.Modify("dn: cn=team,ou=groups,dc=corp,dc=example\nchangetype: modify\nadd: member\nmember: uid=gone,ou=people,dc=corp,dc=example\n"))
	_, g := team(t, server)
	if len(g.Members) != 2 || len(g.Unusable) != 1 || !strings.Contains(g.Unusable[0].Why, "does not exist") {
		t.Errorf("members %v, unusable %v", g.Members, g.Unusable)
	}
	cfg := slapdConfig(t, server)
	cfg.UnreadableMembers = "ignore"
	snap := readLDAP(t, cfg, source.Request{Groups: []source.Selector{{Name: "team"}}})
	if len(snap.Groups[0].Unusable) != 0 || len(snap.Notes) < 2 {
		t.Errorf("ignored: unusable %v, notes %v", snap.Groups[0].Unusable, snap.Notes)
	}
}

func TestS10HiddenMailKeepsThePersonWithoutAddress(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople, Access: `access to dn.subtree="ou=secret,ou=people,dc=corp,dc=example" attrs=mail by * none`})
	snap, g := team(t, server)
	if len(g.Members) != 2 || len(g.Unusable) != 0 {
		t.Fatalf("members %v, unusable %v", g.Members, g.Unusable)
	}
	bob := snap.People[g.Members[1].Person]
	if bob.Email != "" || bob.ID == "" || !strings.Contains(bob.Origin.DN, "bob") {
		t.Errorf("bob is %+v", bob)
	}
}

func TestS10NeitherMailNorIDIsUnknown(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople, Access: `access to dn.subtree="ou=secret,ou=people,dc=corp,dc=example" attrs=mail,entryUUID by * none`})
	_, g := team(t, server)
	if len(g.Members) != 1 || len(g.Unusable) != 1 {
		t.Errorf("members %v, unusable %v", g.Members, g.Unusable)
	}
}

func TestS10HiddenMemberListOfANestedGroup(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople, Access: `access to dn.base="cn=team,ou=groups,dc=corp,dc=example" attrs=member by * none`})
	snap := readLDAP(t, slapdConfig(t, server), source.Request{Groups: []source.Selector{{Name: "over"}}})
	g := snap.Groups[0]
	if len(g.Unusable) != 1 || !strings.Contains(g.Unusable[0].Ref, "cn=team") {
		t.Errorf("members %v, unusable %v", g.Members, g.Unusable)
	}
}

func TestS10LeftOutByUserFilterIsALeaver(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople})
	cfg := slapdConfig(t, server)
	cfg.UserFilter = "(!(uid=bob))"
	snap := readLDAP(t, cfg, source.Request{Groups: []source.Selector{{Name: "team"}}})
	g := snap.Groups[0]
	if len(g.Members) != 2 || len(g.Unusable) != 0 {
		t.Fatalf("members %v, unusable %v", g.Members, g.Unusable)
	}
	for _, p := range snap.People {
		if (p.Disabled != "") != (p.Email == "bob@corp.example") {
			t.Errorf("%s is disabled: %q", p.Email, p.Disabled)
		}
	}
}
