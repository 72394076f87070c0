package ldap

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

// company is a directory made in code, with the truth about it kept apart from
// anything that LDAP says.
type company struct {
	people []testPerson
	groups []testGroup
}

type testPerson struct{ uid, dn, mail string }

// testGroup lists people by their place and groups by name.
type testGroup struct {
	name, class string
	people      []int
	inside      []string
}

// oddNames have everything that a DN has to escape, and letters outside ASCII.
var oddNames = []string{
	"Smith, Ann", "C++ Team", "Bob (external)", "Jürgen Groß", "Zoë #1", `back\slash`, `quo"ted`,
	"semi;colon", "a=b", "李小龙", " leading", "less<more>", "star*",
}

func makeCompany(n int) *company {
	c := &company{}
	for i := range n {
		uid := fmt.Sprintf("u%05d", i)
		dn := "uid=" + uid + ",ou=people," + ldaptest.Suffix
		if i < 10*len(oddNames) {
			name := fmt.Sprintf("%s %d", oddNames[i%len(oddNames)], i)
			dn = "cn=" + escapeRDN(name) + ",ou=people," + ldaptest.Suffix
		}
		if i%97 == 96 {
			dn = "cn=" + fmt.Sprintf("Multi %d", i) + "+uid=" + uid + ",ou=people," + ldaptest.Suffix
		}
		c.people = append(c.people, testPerson{uid: uid, dn: dn, mail: uid + "@Corp.Example"})
	}
	c.addGroups(n)
	return c
}

// addGroups makes groups of each class, nested four deep with a cycle.
func (c *company) addGroups(n int) {
	span := func(from, to int) []int {
		var list []int
		for i := from; i < to; i++ {
			list = append(list, i)
		}
		return list
	}
	c.groups = []testGroup{
		{name: "everyone", class: "groupOfNames", people: span(0, n*3/4)},
		{name: "unique, with comma", class: "groupOfUniqueNames", people: span(n/2, n)},
		{name: "posix (all)", class: "posixGroup", people: span(n/4, n/2)},
		{name: "top", class: "groupOfNames", people: span(0, 3), inside: []string{"one+one"}},
		{name: "one+one", class: "groupOfUniqueNames", people: span(3, 40), inside: []string{"zwei ä", "posix (all)"}},
		{name: "zwei ä", class: "groupOfNames", people: span(40, 200), inside: []string{"three"}},
		{name: "three", class: "groupOfNames", people: span(200, 201), inside: []string{"top", "four"}},
		{name: "four", class: "groupOfNames", people: span(300, 900)},
	}
}

func (c *company) groupDN(name string) string {
	return "cn=" + escapeRDN(name) + ",ou=groups," + ldaptest.Suffix
}

// escapeRDN escapes a value by RFC 4514, in the mixed styles of real directories.
func escapeRDN(v string) string {
	var b strings.Builder
	for i, r := range v {
		switch {
		case strings.ContainsRune(`,+"\<>;`, r), r == ' ' && i == 0:
			b.WriteString(`\` + string(r))
		case r == '=':
			b.WriteString(`\3D`)
		case r == '#':
			b.WriteString(`\23`)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// otherSpelling is the same DN as somebody else would write it.
func otherSpelling(dn string) string {
	dn = strings.ReplaceAll(dn, ",ou=people,dc=corp", ", OU=People,DC=Corp")
	return strings.Replace(strings.Replace(dn, "uid=", "UID=", 1), `\,`, `\2C`, 1)
}

func (c *company) ldif() string {
	var b strings.Builder
	for _, p := range c.people {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: inetOrgPerson\nuid: %s\ncn: %s\nsn: Sur %s\ngivenName: Given\nmail: %s\ndepartmentNumber: %s\n", p.dn, p.uid, p.cn(), p.uid, p.mail, p.uid[4:])
		b.WriteString("\n")
	}
	for i, g := range c.groups {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: %s\ncn: %s\n", c.groupDN(g.name), g.class, g.name)
		if g.class == "posixGroup" {
			fmt.Fprintf(&b, "gidNumber: %d\n", 1000+i)
		}
		c.writeMembers(&b, g)
		b.WriteString("\n")
	}
	return b.String()
}

// cn is what the RDN says, or the uid.
func (p testPerson) cn() string {
	if v, ok := source.RDNValue(p.dn, "cn"); ok {
		if strings.HasPrefix(v, " ") {
			return v[1:]
		}
		return v
	}
	return p.uid
}

func (c *company) writeMembers(b *strings.Builder, g testGroup) {
	attr := map[string]string{"groupOfNames": "member", "groupOfUniqueNames": "uniqueMember", "posixGroup": "memberUid"}[g.class]
	for k, i := range g.people {
		dn := c.people[i].dn
		switch {
		case attr == "memberUid":
			dn = c.people[i].uid
		case k%5 == 1:
			dn = otherSpelling(dn)
		case k%7 == 1 && attr == "uniqueMember":
			dn += "#'0101'B"
		}
		fmt.Fprintf(b, "%s: %s\n", attr, dn)
	}
	for _, name := range g.inside {
		fmt.Fprintf(b, "%s: %s\n", attr, c.groupDN(name))
	}
}

// truth lists the mail addresses of a group and all groups below it.
func (c *company) truth(name string) []string {
	seen, people := map[string]bool{}, map[string]bool{}
	var walk func(string)
	walk = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, g := range c.groups {
			if g.name != name {
				continue
			}
			for _, i := range g.people {
				people[strings.ToLower(c.people[i].mail)] = true
			}
			for _, n := range g.inside {
				walk(n)
			}
		}
	}
	walk(name)
	var list []string
	for m := range people {
		list = append(list, m)
	}
	slices.Sort(list)
	return list
}

func mailsOf(snap *source.Snapshot, g source.Group) []string {
	var list []string
	for _, m := range g.Members {
		list = append(list, snap.People[m.Person].Email)
	}
	slices.Sort(list)
	return list
}

func TestSlapdWholeCompanyEqualsTruth(t *testing.T) {
	t.Parallel()
	c := makeCompany(20_000)
	server := ldaptest.Start(t, ldaptest.Config{LDIF: c.ldif()})
	var want source.Request
	for _, g := range c.groups {
		want.Groups = append(want.Groups, source.Selector{Name: c.groupDN(g.name)})
	}
	want.Attributes = []string{"departmentNumber"}
	snap := readLDAP(t, slapdConfig(t, server), want)
	if len(snap.Groups) != len(c.groups) || len(snap.Missing) != 0 {
		t.Fatalf("%d groups, missing %v", len(snap.Groups), snap.Missing)
	}
	if !snap.StableIDs || len(snap.People) != len(c.people) {
		t.Errorf("stable ids %v, %d people of %d", snap.StableIDs, len(snap.People), len(c.people))
	}
	for _, g := range snap.Groups {
		if diff := cmp.Diff(c.truth(g.Name), mailsOf(snap, g)); diff != "" {
			t.Errorf("group %s differs from the truth:\n%.2000s", g.Name, diff)
		}
		if len(g.Unusable) != 0 {
			t.Errorf("group %s has unusable members: %v", g.Name, g.Unusable[:min(3, len(g.Unusable))])
		}
	}
	for _, p := range snap.People {
		uid, _, _ := strings.Cut(p.Email, "@")
		if got := p.Attributes.Get("departmentNumber"); len(got) != 1 || got[0] != uid[4:] {
			t.Fatalf("attributes of %s are %v", p.Email, p.Attributes)
		}
	}
}
