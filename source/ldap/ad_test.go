package ldap

import (
	"encoding/binary"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/ldap/internal/rootdse"
	"rollcall/source/ldap/internal/wire"
	"rollcall/source/ldap/ldaptest"
)

const adBase = "DC=corp,DC=example"

// fakeAD is an Active Directory with ranges of 1500 values.
func fakeAD(entries ...ldaptest.Entry) *ldaptest.Fake {
	return &ldaptest.Fake{
		RangeSize: 1500, Entries: entries,
		Root: ldaptest.Entry{Attrs: map[string][]string{
			"namingContexts": {adBase, "CN=Configuration," + adBase}, "defaultNamingContext": {adBase},
			"supportedControl": {wire.OIDPaging, wire.OIDDomainScope}, "supportedCapabilities": {rootdse.OIDAD}, "isSynchronized": {"TRUE"},
		}},
	}
}

func adUser(n int, more map[string][]string) ldaptest.Entry {
	attrs := map[string][]string{
		"objectClass": {"top", "person", "organizationalPerson", "user"}, "objectCategory": {"person"},
		"objectGUID": {adGUID(n)}, "mail": {fmt.Sprintf("u%d@corp.example", n)},
		"userPrincipalName": {fmt.Sprintf("u%d@corp.local", n)}, "userAccountControl": {"512"},
		"accountExpires": {"9223372036854775807"}, "primaryGroupID": {"513"},
	}
	maps.Copy(attrs, more)
	return ldaptest.Entry{DN: adDN(n), Attrs: attrs}
}

func adDN(n int) string { return fmt.Sprintf("CN=User %d,OU=Staff,%s", n, adBase) }

func adGUID(n int) string {
	b := []byte{0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(b[12:], uint32(n))
	return string(b)
}

func adGroup(name string, rid uint32, members ...string) ldaptest.Entry {
	sid := append([]byte{1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0}, 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(sid[12:], rid)
	return ldaptest.Entry{DN: "CN=" + name + ",OU=Groups," + adBase, Attrs: map[string][]string{
		"objectClass": {"top", "group"}, "cn": {name}, "objectSid": {string(sid)}, "member": members,
	}}
}

func adConfig(f *ldaptest.Fake) Config {
	cfg := fakeConfig(f)
	cfg.BaseDN = ""
	return cfg
}

func adNamed(names ...string) source.Request {
	var want source.Request
	for _, n := range names {
		want.Groups = append(want.Groups, source.Selector{Name: "cn=" + n + ", ou=groups, dc=CORP, dc=Example"})
	}
	return want
}

// adCompany is an Active Directory of n people in the group big.
func adCompany(n int) *ldaptest.Fake {
	f := fakeAD()
	var members []string
	for i := range n {
		f.Entries = append(f.Entries, adUser(i, nil))
		members = append(members, adDN(i))
	}
	f.Entries = append(f.Entries, adGroup("big", 1100, members...))
	return f
}

func TestADRangedGroupIsReadWhole(t *testing.T) {
	t.Parallel()
	f := ldaptest.StartFake(t, adCompany(2500))
	snap := readLDAP(t, adConfig(f), adNamed("big"))
	if len(snap.Groups) != 1 || len(snap.Groups[0].Members) != 2500 || len(snap.People) != 2500 {
		t.Fatalf("%d people", len(snap.People))
	}
	if got := snap.People[0].ID; !strings.HasPrefix(got, "00112233-4455-6677-8899-") {
		t.Errorf("objectGUID is printed as %s", got)
	}
	for _, q := range f.Searches()[1:] {
		if !strings.Contains(q, wire.OIDDomainScope) || !strings.Contains(q, wire.OIDPaging) {
			t.Errorf("asked without its controls: %.200s", q)
		}
	}
}

func TestS09RangeCutAfterTheFirst(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault ldaptest.Fault
	}{
		{"dropped", ldaptest.Fault{Drop: true}},
		{"busy", ldaptest.Fault{Code: 51}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fakeAD()
			var members []string
			for i := range 2500 {
				members = append(members, adDN(i))
			}
			group := adGroup("big", 1100, members...)
			f.Entries = append(f.Entries, group)
			reads := 0
			f.Fault = func(op ldaptest.Op) ldaptest.Fault {
				if op.Base == group.DN {
					// The rule's look at it, its first range, then the second.
					if reads++; reads > 2 {
						return c.fault
					}
				}
				return ldaptest.Fault{}
			}
			cfg := adConfig(ldaptest.StartFake(t, f))
			s, err := newDirectory(cfg, "corp")
			must(t, err)
			want := source.Request{Groups: []source.Selector{{Name: group.DN}}}
			if snap, err := s.Read(t.Context(), want); err == nil || snap != nil {
				t.Fatalf("a list cut after its first range was believed: %v", snap.Groups)
			}
		})
	}
}

func TestADWhoCounts(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	expires := func(at time.Time) string { return fmt.Sprint((at.Unix() + 11_644_473_600) * 1e7) }
	set := func(name, value string) map[string][]string { return map[string][]string{name: {value}} }
	contact := ldaptest.Entry{DN: adDN(20), Attrs: map[string][]string{"objectClass": {"top", "person", "contact"}, "objectCategory": {"person"}, "mail": {"c@corp.example"}}}
	computer := ldaptest.Entry{DN: adDN(21), Attrs: map[string][]string{"objectClass": {"top", "person", "user", "computer"}, "objectCategory": {"computer"}}}
	foreign := ldaptest.Entry{DN: adDN(22), Attrs: map[string][]string{"objectClass": {"top", "foreignSecurityPrincipal"}}}
	f := fakeAD(
		adUser(0, nil),
		adUser(1, set("userAccountControl", "514")),
		adUser(2, set("accountExpires", expires(now.Add(-time.Hour)))),
		adUser(3, set("accountExpires", expires(now.Add(time.Hour)))),
		adUser(4, set("accountExpires", "0")),
		adUser(5, map[string][]string{"userAccountControl": nil}),
		adUser(6, map[string][]string{"mail": nil}),
		contact, computer, foreign,
	)
	var members []string
	for _, e := range f.Entries {
		members = append(members, e.DN)
	}
	f.Entries = append(f.Entries, adGroup("g", 1100, append(members, "CN=Gone,OU=Staff,"+adBase)...))
	cfg := adConfig(ldaptest.StartFake(t, f))
	cfg.Email, cfg.EmailDomainMap = "{mail|userPrincipalName}", map[string]string{"corp.local": "corp.example"}
	s, err := newDirectory(cfg, "corp")
	must(t, err)
	s.now = func() time.Time { return now }
	snap, err := s.Read(t.Context(), adNamed("g"))
	must(t, err)
	disabled := map[string]string{}
	for _, p := range snap.People {
		disabled[p.Email] = p.Gone(now)
	}
	for n, want := range map[int]string{0: "", 1: "userAccountControl", 2: "accountExpires", 3: "", 4: "", 6: ""} {
		got, ok := disabled[fmt.Sprintf("u%d@corp.example", n)]
		if !ok || (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("user %d: disabled %q, found %v", n, got, ok)
		}
	}
	if len(snap.People) != 6 {
		t.Errorf("%d people, of whom none is a contact or a computer", len(snap.People))
	}
	var unusable []string
	for _, u := range snap.Groups[0].Unusable {
		unusable = append(unusable, u.Ref+" "+u.Why)
	}
	text := strings.Join(unusable, "\n")
	if len(unusable) != 3 || !strings.Contains(text, "User 5,OU=Staff,DC=corp,DC=example has no userAccountControl") ||
		!strings.Contains(text, "another domain") || !strings.Contains(text, "Gone") {
		t.Errorf("unusable:\n%s", text)
	}
}

func TestADPrimaryGroup(t *testing.T) {
	f := fakeAD(adUser(0, nil), adUser(1, map[string][]string{"primaryGroupID": {"1200"}}), adGroup("Domain Users", 513), adGroup("over", 1300, "CN=Domain Users,OU=Groups,"+adBase))
	snap := readLDAP(t, adConfig(ldaptest.StartFake(t, f)), adNamed("Domain Users", "over"))
	for _, g := range snap.Groups {
		if len(g.Members) != 1 || snap.People[g.Members[0].Person].Email != "u0@corp.example" {
			t.Errorf("%s has %v", g.Name, g.Members)
		}
		if want := map[string]string{"over": "Domain Users"}[g.Name]; len(g.Members) == 1 && g.Members[0].Via != want {
			t.Errorf("%s: via %q", g.Name, g.Members[0].Via)
		}
	}
}

func TestADChainFindsTheSameAsTheWalk(t *testing.T) {
	t.Parallel()
	var members []string
	f := fakeAD()
	for i := range 700 {
		f.Entries = append(f.Entries, adUser(i, nil))
		members = append(members, adDN(i))
	}
	deep := adGroup("deep", 1103, members[600:]...)
	mid := adGroup("mid", 1102, append([]string{deep.DN}, members[500:650]...)...)
	top := adGroup("top", 1101, append([]string{mid.DN}, members[:550]...)...)
	deep.Attrs["member"] = append(deep.Attrs["member"], top.DN)
	mid.Attrs["inChain"], deep.Attrs["inChain"] = []string{top.DN}, []string{top.DN}
	f.Entries = append(f.Entries, deep, mid, top)
	ldaptest.StartFake(t, f)
	var got []*source.Snapshot
	for _, nested := range []string{"walk", "auto", "in_chain"} {
		cfg := adConfig(f)
		cfg.Nested = nested
		before := len(f.Searches())
		snap := readLDAP(t, cfg, adNamed("top"))
		got = append(got, snap)
		asked := strings.Join(f.Searches()[before:], "\n")
		if chained := strings.Contains(asked, oidInChain); chained == (nested == "walk") {
			t.Errorf("%s: in-chain asked: %v", nested, chained)
		}
	}
	for _, snap := range got {
		if len(snap.Groups[0].Members) != 700 {
			t.Errorf("%d members", len(snap.Groups[0].Members))
		}
	}
	for _, m := range got[0].Groups[0].Members {
		if got[0].People[m.Person].Email == "u699@corp.example" && m.Via != "mid → deep" {
			t.Errorf("via %q", m.Via)
		}
	}
}

func TestS12UnsynchronizedControllerRemovesNobody(t *testing.T) {
	f := fakeAD(adUser(0, nil), adGroup("g", 1100, adDN(0)))
	f.Root.Attrs["isSynchronized"] = []string{"FALSE"}
	snap := readLDAP(t, adConfig(ldaptest.StartFake(t, f)), adNamed("g"))
	if len(snap.NoRemovals) != 1 {
		t.Errorf("no removals: %v", snap.NoRemovals)
	}
}
