package ldap

import (
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

func TestS12ContextCSNOfSlapd(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople, Global: "moduleload syncprov", Database: "overlay syncprov"})
	want := source.Request{Groups: []source.Selector{{Name: "team"}}}
	touch := func(cn string) {
		must(t, server.Modify("dn: uid=ann,ou=people,dc=corp,dc=example\nchangetype: modify\nreplace: cn\ncn: "+cn+"\n"))
	}
	touch("Ann One")
	first := readLDAP(t, slapdConfig(t, server), want).Revision
	touch("Ann Two")
	second := readLDAP(t, slapdConfig(t, server), want).Revision
	if !strings.HasPrefix(string(first), "contextCSN 000=") || strings.Contains(string(first), source.ClockTime) {
		t.Errorf("newest is %q", first)
	}
	checkOrder(t, first, second)
}

func TestS12StampsWhereTheServerShowsNoClock(t *testing.T) {
	t.Parallel()
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople})
	want := source.Request{Groups: []source.Selector{{Name: "team"}}}
	first := readLDAP(t, slapdConfig(t, server), want).Revision
	time.Sleep(1100 * time.Millisecond) // stamps count whole seconds
	must(t, server.Modify("dn: cn=team,ou=groups,dc=corp,dc=example\nchangetype: modify\nreplace: description\ndescription: changed\n"))
	second := readLDAP(t, slapdConfig(t, server), want).Revision
	if !strings.HasPrefix(string(first), "time read=20") {
		t.Errorf("newest is %q", first)
	}
	checkOrder(t, first, second)
}

const (
	ownInvocation = "\x04\x03\x02\x01\x06\x05\x08\x07\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
	otherCursor   = "<DS_REPL_CURSOR>\n\t<uuidSourceDsaInvocationID>AAAAAAAA-0506-0708-090a-0b0c0d0e0f10</uuidSourceDsaInvocationID>\n\t<usnAttributeFilter>77</usnAttributeFilter>\n</DS_REPL_CURSOR>\n\x00"
)

func TestS12UpdateNumbersOfActiveDirectory(t *testing.T) {
	const settings = "CN=NTDS Settings,CN=DC1,CN=Sites,CN=Configuration," + adBase
	for _, c := range []struct {
		name, cursor string
		want         source.Revision
	}{
		{"cursors may be read", otherCursor, "usn 01020304-0506-0708-090a-0b0c0d0e0f10=4711 aaaaaaaa-0506-0708-090a-0b0c0d0e0f10=77"},
		{"cursors may not be read", "", "usn 01020304-0506-0708-090a-0b0c0d0e0f10=4711; time read=20261124025529Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			user, group := adUser(0, map[string][]string{"whenChanged": {"20261124025529.0Z"}}), adGroup("eng", 1100, adDN(0))
			top := ldaptest.Entry{DN: adBase, Attrs: map[string][]string{"objectClass": {"domainDNS"}}}
			if c.cursor != "" {
				top.Attrs["msDS-NCReplCursors"] = []string{c.cursor}
			}
			f := fakeAD(user, group, top, ldaptest.Entry{DN: settings, Attrs: map[string][]string{"objectClass": {"nTDSDSA"}, "invocationId": {ownInvocation}}})
			f.Root.Attrs["highestCommittedUSN"], f.Root.Attrs["dsServiceName"] = []string{"4711"}, []string{settings}
			snap := readLDAP(t, adConfig(ldaptest.StartFake(t, f)), adNamed("eng"))
			if snap.Revision != c.want {
				t.Errorf("newest is %q, want %q", snap.Revision, c.want)
			}
		})
	}
}

func TestS12ContextsOfPeopleAndGroupsCountApart(t *testing.T) {
	const early, late = "20261124010000.000000Z#000000#001#000000", "20261124020000.000000Z#000000#001#000000"
	for _, c := range []struct {
		name, people string
		want         source.Revision
	}{
		{"both show their clock", early, "contextCSN 001=" + late + " 001/people=" + early},
		{"one does not", "", "time read=20261124000000Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fakeCompany(2)
			f.Root.Attrs["namingContexts"] = []string{"ou=people," + ldaptest.Suffix, ldaptest.Suffix}
			for i := range f.Entries {
				f.Entries[i].Attrs["modifyTimestamp"] = []string{"20261124000000Z"}
			}
			people := ldaptest.Entry{DN: "ou=people," + ldaptest.Suffix, Attrs: map[string][]string{"objectClass": {"organizationalUnit"}}}
			if c.people != "" {
				people.Attrs["contextCSN"] = []string{c.people}
			}
			f.Entries = append(f.Entries, people, ldaptest.Entry{DN: ldaptest.Suffix, Attrs: map[string][]string{
				"objectClass": {"domain"}, "contextCSN": {"20260101000000.000000Z#000000#001#000000", late, "nonsense"},
			}})
			cfg := fakeConfig(ldaptest.StartFake(t, f))
			cfg.UserBase = "OU=People," + ldaptest.Suffix
			if snap := readLDAP(t, cfg, allGroup); snap.Revision != c.want {
				t.Errorf("newest is %q, want %q", snap.Revision, c.want)
			}
		})
	}
}

func checkOrder(t *testing.T, first, second source.Revision) {
	t.Helper()
	if older, known := second.OlderThan(first); older || !known {
		t.Errorf("%q reads as older than %q (known: %v)", second, first, known)
	}
	if older, known := first.OlderThan(second); !older || !known {
		t.Errorf("%q does not read as older than %q (known: %v)", first, second, known)
	}
}
