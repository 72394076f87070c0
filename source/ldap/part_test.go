package ldap

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

const peopleBase = ",ou=people," + ldaptest.Suffix

// sizesOfALevel are groups whose members are read by look-ups, and by a scan of all people.
var sizesOfALevel = []int{3, scanFrom + 100}

// A group that has a mailbox, and so a class of people, is a group with its members however
// it was found: the scan of all people asks for no members (S09).
func TestS09GroupWithAMailboxHasItsMembers(t *testing.T) {
	for _, n := range sizesOfALevel {
		f := fakeCompany(n)
		inner, ann := "cn=inner,ou=groups,"+ldaptest.Suffix, "uid=ann"+peopleBase
		f.Entries[n].Attrs["member"] = append(f.Entries[n].Attrs["member"], inner)
		f.Entries = append(f.Entries,
			ldaptest.Entry{DN: inner, Attrs: map[string][]string{"objectClass": {"groupOfMembers", "posixAccount"}, "cn": {"inner"}, "mail": {"inner@corp.example"}, "entryUUID": {"inner"}, "member": {ann}}},
			ldaptest.Entry{DN: ann, Attrs: map[string][]string{"objectClass": {"person"}, "mail": {"ann@corp.example"}, "entryUUID": {"ann"}}})
		snap := readLDAP(t, fakeConfig(ldaptest.StartFake(t, f)), allGroup)
		g := snap.Groups[0]
		in := slices.ContainsFunc(g.Members, func(m source.Member) bool { return snap.People[m.Person].ID == "ann" && m.Via == "inner" })
		if !in || len(g.Members) != n+1 || len(g.Unusable) != 0 {
			t.Errorf("%d members of %d, unusable %v", len(g.Members), n+1, g.Unusable)
		}
	}
}

// A person who is a posixGroup too, as where each user has a group of their own, is unknown
// and not an empty group (S10).
func TestS10PersonWhoIsAGroupTooIsUnknown(t *testing.T) {
	for _, n := range sizesOfALevel {
		f := fakeCompany(n)
		f.Entries[0].Attrs["objectClass"] = []string{"inetOrgPerson", "person", "posixAccount", "posixGroup"}
		cfg := fakeConfig(ldaptest.StartFake(t, f))
		g := readLDAP(t, cfg, allGroup).Groups[0]
		if len(g.Members) != n-1 || len(g.Unusable) != 1 || g.Unusable[0].Group || !strings.Contains(g.Unusable[0].Why, "set user_classes or group_classes") {
			t.Errorf("%d members of %d, unusable %v", len(g.Members), n, g.Unusable)
		}
		cfg.GroupClasses = []string{"groupOfNames"}
		if g := readLDAP(t, cfg, allGroup).Groups[0]; len(g.Members) != n || len(g.Unusable) != 0 {
			t.Errorf("with group_classes: %d members of %d, unusable %v", len(g.Members), n, g.Unusable)
		}
	}
}

// The same holds for members of groups of another domain.
func TestS10GroupsOfOtherDomainsThatMayBePeople(t *testing.T) {
	const inner, ann, cy = "cn=inner,ou=groups," + ldaptest.Suffix, "uid=ann" + peopleBase, "uid=cy" + peopleBase
	f := fakeCompany(1)
	f.Entries = append(f.Entries,
		ldaptest.Entry{DN: inner, Attrs: map[string][]string{"objectClass": {"groupOfMembers", "posixAccount"}, "cn": {"inner"}, "member": {ann}}},
		ldaptest.Entry{DN: ann, Attrs: map[string][]string{"objectClass": {"person"}, "mail": {"ann@corp.example"}, "entryUUID": {"ann"}}},
		ldaptest.Entry{DN: cy, Attrs: map[string][]string{"objectClass": {"person", "posixGroup"}, "mail": {"cy@corp.example"}, "entryUUID": {"cy"}}})
	want := allGroup
	want.Members = []string{inner, ann, cy}
	snap := readLDAP(t, fakeConfig(ldaptest.StartFake(t, f)), want)
	if len(snap.Inner) != 1 || len(snap.Inner[inner].Members) != 1 || snap.People[snap.Inner[inner].Members[0].Person].ID != "ann" {
		t.Errorf("groups %v, people %v", snap.Inner, snap.People)
	}
}

// A group of another domain that has a class of people too is a group if it lists somebody,
// also where the members come in ranges (S09).
func TestS09GroupOfAnotherDomainInRanges(t *testing.T) {
	const n, inner = 1600, "CN=Inner," + adBase
	f := adCompany(n)
	var all []string
	for i := range n {
		all = append(all, adDN(i))
	}
	f.Entries = append(f.Entries, ldaptest.Entry{DN: inner, Attrs: map[string][]string{"objectClass": {"top", "group", "user"}, "cn": {"Inner"}, "member": all}})
	want := adNamed("big")
	want.Members = []string{inner}
	snap := readLDAP(t, adConfig(ldaptest.StartFake(t, f)), want)
	if g, ok := snap.Inner[inner]; !ok || len(g.Members) != n {
		t.Errorf("%t, %d members of %d", ok, len(g.Members), n)
	}
}

// Values of a person that come in ranges are read to their end, by whatever search the
// person was found (S09): without them, metadata would become null.
func TestS09ValuesOfPeopleInRanges(t *testing.T) {
	var teams []string
	for i := range 1600 {
		teams = append(teams, fmt.Sprintf("CN=Team %04d,%s", i, adBase))
	}
	for _, n := range sizesOfALevel {
		f := adCompany(n)
		f.Entries[0].Attrs["memberOf"] = teams
		f.Entries = append(f.Entries, adUser(n, map[string][]string{"memberOf": teams}))
		want := adNamed("big")
		want.Attributes, want.Also = []string{"memberOf"}, []string{fmt.Sprintf("u%d@corp.example", n)}
		found := 0
		snap := readLDAP(t, adConfig(ldaptest.StartFake(t, f)), want)
		for i := range snap.People {
			if dn := snap.People[i].Origin.DN; dn != adDN(0) && dn != adDN(n) {
				continue
			}
			found++
			if got := snap.People[i].Attributes.Get("memberOf"); !slices.Equal(got, teams) {
				t.Errorf("of %d people, %s has %d values of %d", n, snap.People[i].Origin.DN, len(got), len(teams))
			}
		}
		if found != 2 || len(snap.People) != n+1 {
			t.Errorf("found %d of 2, and %d people of %d", found, len(snap.People), n+1)
		}
	}
}

// A server shows what stands under an option beside the rest, in its own order. Members under
// one are members (S09); of a person, what stands under none comes first.
func TestS09ValuesUnderOptions(t *testing.T) {
	const ada, ben, all = "uid=ada" + peopleBase, "uid=ben" + peopleBase, "cn=all,ou=groups," + ldaptest.Suffix
	for name, members := range map[string]string{
		"the option first": "member;lang-de: " + ada + "\nmember: " + ben, "the option last": "member: " + ben + "\nmember;lang-de: " + ada,
		"two options": "member;lang-de: " + ada + "\nmember;lang-fr: " + ben, "the same twice": "member;lang-de: " + ada + "\nmember: " + ada + "\nmember: " + ben,
	} {
		server := ldaptest.Start(t, ldaptest.Config{LDIF: posixPeople + "\ndn: " + all + "\nobjectClass: groupOfNames\ncn: all\n" + members + "\n"})
		must(t, server.Modify("dn: "+ada+"\nchangetype: modify\ndelete: mail\n-\nadd: mail;lang-de\nmail;lang-de: other@corp.example\n-\nadd: mail\nmail: ada@corp.example\n"))
		snap := readLDAP(t, slapdConfig(t, server), allGroup)
		var got []string
		for _, m := range snap.Groups[0].Members {
			got = append(got, snap.People[m.Person].Email)
		}
		if !slices.Equal(got, []string{"ada@corp.example", "ben@corp.example"}) || len(snap.Groups[0].Unusable) != 0 {
			t.Errorf("%s: members %q, unusable %v", name, got, snap.Groups[0].Unusable)
		}
	}
}

// An alias is readable, and says nothing of the person whose entry it stands for (S10).
func TestS10AliasIsUnknown(t *testing.T) {
	alias := "uid=ada" + peopleBase
	server := ldaptest.Start(t, ldaptest.Config{LDIF: posixPeople + `
dn: ou=staff,` + ldaptest.Suffix + `
objectClass: organizationalUnit
ou: staff

dn: uid=cy` + peopleBase + `
objectClass: alias
objectClass: extensibleObject
uid: cy
aliasedObjectName: uid=ben` + peopleBase + `

dn: cn=all,ou=groups,` + ldaptest.Suffix + `
objectClass: groupOfNames
cn: all
member: ` + alias + `
member: uid=cy` + peopleBase + `
`})
	g := readLDAP(t, slapdConfig(t, server), allGroup).Groups[0]
	if len(g.Members) != 1 || len(g.Unusable) != 1 || g.Unusable[0].Ref != "uid=cy"+peopleBase || !strings.Contains(g.Unusable[0].Why, "alias") {
		t.Errorf("members %v, unusable %v", g.Members, g.Unusable)
	}
}

// An entry whose message BER writes in another way than servers do is read or an error, and
// is not missing from an answer that ends well (S09).
func TestS09EntriesInAnotherFormOfBER(t *testing.T) {
	for name, longer := range map[string]int{"as servers write them": 0, "a length in another form": 1, "a number with five bytes": 5} {
		f := ldaptest.StartFake(t, fakeCompany(3))
		cfg := fakeConfig(f)
		cfg.URLs = []string{relay(t, strings.TrimPrefix(f.URL, "ldap://"), longer)}
		s, err := newDirectory(cfg, "corp")
		must(t, err)
		snap, err := s.Read(t.Context(), allGroup)
		if longer == 0 && (err != nil || len(snap.Groups[0].Members) != 3) {
			t.Errorf("%s: %v", name, err)
		}
		if longer > 0 && (err == nil || snap != nil || !strings.Contains(err.Error(), "form of BER")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// relay stands before a server and writes the message ids of entries of people in another
// form: with a length of so many bytes more, or with that many bytes.
func relay(t *testing.T, server string, longer int) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			behind, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close()
				return
			}
			go func() {
				_, _ = io.Copy(behind, client)
				_ = behind.Close()
			}()
			go func() {
				for {
					p, err := ber.ReadPacket(behind)
					if err != nil {
						_ = client.Close()
						return
					}
					_, _ = client.Write(inAnotherForm(p, longer))
				}
			}()
		}
	}()
	return "ldap://" + l.Addr().String()
}

func inAnotherForm(p *ber.Packet, longer int) []byte {
	b := p.Bytes()
	if longer == 0 || p.Children[1].Tag != 4 || !strings.HasPrefix(p.Children[1].Children[0].Data.String(), "uid=") {
		return b
	}
	id, body := p.Children[0].Bytes(), p.Children[1].Bytes()
	if longer == 1 {
		id = append([]byte{id[0], 0x81}, id[1:]...)
	} else {
		id = append([]byte{id[0], byte(longer)}, append(make([]byte, longer-len(id)+2), id[2:]...)...)
	}
	out := binary.BigEndian.AppendUint32([]byte{0x30, 0x84}, uint32(len(id)+len(body)))
	return append(append(out, id...), body...)
}
