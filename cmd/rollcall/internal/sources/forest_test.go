package sources

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/ldap"
	"rollcall/source/ldap/ldaptest"
	"rollcall/sync/directory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Two directories, corp and emea, each with people of its own. A group of corp lists
// people of both, and of emea one who is disabled by the filter, one who is in a group
// that rules use, one who is not there, and a group with a group in it, which go in a circle.
const (
	corpLDIF = `dn: ou=staff,dc=corp,dc=example
objectClass: organizationalUnit
ou: staff

dn: uid=ann,ou=staff,dc=corp,dc=example
objectClass: inetOrgPerson
uid: ann
cn: ann
sn: ann
mail: ann@corp.example
employeeNumber: 1

dn: cn=all,ou=groups,dc=corp,dc=example
objectClass: groupOfNames
cn: all
member: uid=ann,ou=staff,dc=corp,dc=example
member: uid=Ben, ou=people, dc=corp, dc=example
member: uid=cleo,ou=people,dc=corp,dc=example
member: uid=dora,ou=people,dc=corp,dc=example
member: uid=gone,ou=people,dc=corp,dc=example
member: cn=inner,ou=groups,ou=people,dc=corp,dc=example
member: uid=far,dc=other,dc=example

`
	emeaLDIF = `dn: uid=ben,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: ben
cn: ben
sn: ben
mail: ben@corp.example
employeeNumber: 2
title: lead

dn: uid=cleo,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: cleo
cn: cleo
sn: cleo
mail: cleo@corp.example
employeeNumber: 3

dn: uid=dora,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: dora
cn: dora
sn: dora
mail: dora@corp.example
employeeNumber: 4
description: left

dn: uid=fay,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: fay
cn: fay
sn: fay
mail: fay@corp.example
employeeNumber: 5

dn: ou=groups,ou=people,dc=corp,dc=example
objectClass: organizationalUnit
ou: groups

dn: cn=inner,ou=groups,ou=people,dc=corp,dc=example
objectClass: groupOfNames
cn: inner
member: uid=ben,ou=people,dc=corp,dc=example
member: cn=innermost,ou=groups,ou=people,dc=corp,dc=example
member: uid=hidden,ou=people,dc=corp,dc=example

dn: cn=innermost,ou=groups,ou=people,dc=corp,dc=example
objectClass: groupOfNames
cn: innermost
member: uid=fay,ou=people,dc=corp,dc=example
member: cn=inner,ou=groups,ou=people,dc=corp,dc=example

dn: cn=emea-staff,ou=groups,dc=corp,dc=example
objectClass: groupOfNames
cn: emea-staff
member: uid=cleo,ou=people,dc=corp,dc=example

`
)

// failing is a source that fails after some reads; -1 is never.
type failing struct {
	source.Source
	after, reads int
	want         []source.Request
}

func (f *failing) Read(ctx context.Context, want source.Request) (*source.Snapshot, error) {
	f.want = append(f.want, want)
	if f.reads++; f.after >= 0 && f.reads > f.after {
		return nil, errors.New("no route to host")
	}
	return f.Source.Read(ctx, want)
}

// forestOf opens both directories.
func forestOf(t *testing.T) (corp, emea ldap.Config) {
	t.Helper()
	a, b := ldaptest.Start(t, ldaptest.Config{LDIF: corpLDIF}), ldaptest.Start(t, ldaptest.Config{LDIF: emeaLDIF})
	config := func(s *ldaptest.Slapd, userBase string) ldap.Config {
		return ldap.Config{URLs: []string{s.URL}, TLS: "off", BindDN: ldaptest.BindDN, BindPasswordFile: s.PasswordFile(),
			UserBase: userBase, GroupBase: "ou=groups," + ldaptest.Suffix, ID: "employeeNumber"}
	}
	corp, emea = config(a, "ou=staff,"+ldaptest.Suffix), config(b, "ou=people,"+ldaptest.Suffix)
	emea.UserFilter = "(!(description=left))"
	return corp, emea
}

// readForest reads corp and emea, and answers with the members of the group all by
// address, with what is unreadable in it, and with the reading.
func readForest(t *testing.T, corp, emea *failing, same policy.SameIDs) (members []string, unreadable map[string]string, read *directory.Reading) {
	t.Helper()
	rules, problems := policy.CompileRules([]policy.Rule{
		{Groups: policy.GroupPattern{Names: []string{"all"}}, Source: "corp", Organization: "acme", Role: "org:member",
			Metadata: policy.Templates{Public: map[string]any{"title": "{title}"}}},
		{Groups: policy.GroupPattern{Names: []string{"emea-staff"}}, Source: "emea", Organization: "beta", Role: "org:member"},
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	reader := &directory.Reader{Config: policy.Config{SameIDs: same}, Rules: rules, Sources: []source.Source{corp, emea}, Now: time.Now}
	read, err := reader.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unreadable = map[string]string{}
	for i, s := range read.Directory.Snapshots {
		for _, g := range s.Groups {
			if g.Name != "all" {
				continue
			}
			for _, m := range g.Members {
				p := read.Directory.People[i][m.Person]
				members = append(members, strings.TrimSpace(p.Email+" "+strings.Join(p.Attributes.Get("title"), "")+" "+p.Disabled))
			}
			for _, u := range g.Unusable {
				unreadable[u.Ref] = u.Why
			}
		}
	}
	slices.Sort(members)
	return members, unreadable, read
}

func openForest(t *testing.T, a, b ldap.Config, after int) (corp, emea *failing) {
	t.Helper()
	open := func(name string, c ldap.Config, after int) *failing {
		d, err := ldap.Open(name, c, source.Canaries{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return &failing{Source: d, after: after}
	}
	return open("corp", a, -1), open("emea", b, after)
}

var linked = policy.SameIDs{"corp": "corp", "emea": "corp"}

// Members from another domain are found by their DN, with their attributes and with what
// its filter says of them. What that domain does not show stays unreadable.
func TestS10MembersOfAnotherDomain(t *testing.T) {
	a, b := forestOf(t)
	t.Run("S10 found", func(t *testing.T) { membersFound(t, a, b) })
	t.Run("S10 nested: off", func(t *testing.T) { groupsOff(t, a, b) })
	t.Run("S01 without the same ids", func(t *testing.T) { membersWithoutSameIDs(t, a, b) })
	t.Run("S14 one is down", func(t *testing.T) { otherDomainDown(t, a, b) })
}

func membersFound(t *testing.T, a, b ldap.Config) {
	corp, emea := openForest(t, a, b, -1)
	members, unreadable, read := readForest(t, corp, emea, linked)
	if want := []string{"ann@corp.example", "ben@corp.example lead", "cleo@corp.example", "dora@corp.example  excluded by user_filter", "fay@corp.example"}; !slices.Equal(members, want) {
		t.Errorf("members are %q, want %q", members, want)
	}
	if len(unreadable) != 3 || !strings.Contains(unreadable["uid=gone,ou=people,dc=corp,dc=example"], "source emea shows no person and no group of this name") ||
		unreadable["uid=far,dc=other,dc=example"] == "" || unreadable["uid=hidden,ou=people,dc=corp,dc=example"] == "" {
		t.Errorf("unreadable are %q", unreadable)
	}
	for _, g := range read.Directory.Snapshots[0].Groups {
		for _, m := range g.Members {
			if p := read.Directory.Snapshots[0].People[m.Person]; p.ID == "5" && m.Via != "inner → innermost" {
				t.Errorf("fay is there via %q", m.Via)
			}
		}
		if len(g.Nested) != 2 || !slices.Equal(g.Across, []string{"emea"}) {
			t.Errorf("groups within are %q, other sources %q", g.Nested, g.Across)
		}
	}
	if emea.reads != 2 || corp.reads != 1 {
		t.Errorf("emea was read %d times, corp %d", emea.reads, corp.reads)
	}
	// cleo is one person, whichever source shows her.
	var cleo []*directory.Person
	for i, s := range read.Directory.Snapshots {
		for j := range s.People {
			if s.People[j].Email == "cleo@corp.example" {
				cleo = append(cleo, read.Directory.People[i][j])
			}
		}
	}
	if len(cleo) != 2 || cleo[0] != cleo[1] || !slices.Contains(cleo[0].Aliases(), plan.DirectoryID{Source: "emea", ID: "3"}) || cleo[0].Problem != nil {
		t.Errorf("cleo is %v", cleo)
	}
}

// Where groups within groups do not count, those of the other domain do not either.
func groupsOff(t *testing.T, a, b ldap.Config) {
	a.Nested = "off"
	corp, emea := openForest(t, a, b, -1)
	members, unreadable, read := readForest(t, corp, emea, linked)
	if slices.Contains(members, "fay@corp.example") || len(members) != 4 || len(unreadable) != 2 {
		t.Errorf("members are %q, unreadable %q", members, unreadable)
	}
	notes := read.Directory.Snapshots[0].Notes
	if !slices.ContainsFunc(notes, func(n source.Note) bool {
		return strings.Contains(n.Text, "left out this nested group") && strings.HasPrefix(n.Origin.DN, "cn=inner,")
	}) {
		t.Errorf("notes are %v", notes)
	}
}

// Without same_ids_as nobody is taken for a person of another source, and the reason
// names the key.
func membersWithoutSameIDs(t *testing.T, a, b ldap.Config) {
	corp, emea := openForest(t, a, b, -1)
	members, unreadable, _ := readForest(t, corp, emea, policy.SameIDs{})
	if len(members) != 1 || len(unreadable) != 6 || emea.reads != 1 {
		t.Errorf("members %q, %d unreadable, %d reads", members, len(unreadable), emea.reads)
	}
	if why := unreadable["uid=cleo,ou=people,dc=corp,dc=example"]; !strings.Contains(why, "belongs to source emea: set same_ids_as") {
		t.Error(why)
	}
}

// While the other domain cannot be read, at once or the second time, its people are
// unreadable and not gone, and it counts as failed; the own people are read.
func otherDomainDown(t *testing.T, a, b ldap.Config) {
	for after := range 2 {
		corp, emea := openForest(t, a, b, after)
		members, unreadable, read := readForest(t, corp, emea, linked)
		if !slices.Equal(members, []string{"ann@corp.example"}) || len(unreadable) != 6 {
			t.Errorf("after %d reads: members %q, unreadable %q", after, members, unreadable)
		}
		if !read.Failed["emea"] || read.Failed["corp"] || len(read.Failures) != 1 {
			t.Errorf("after %d reads: failed %v", after, read.Failed)
		}
	}
}
