package source

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestS12Older(t *testing.T) {
	const early, late = "20261124010000.000000Z#000000#001#000000", "20261124020000.000000Z#000000#001#000000"
	for _, c := range []struct {
		name         string
		now, then    Newest
		older, known bool
	}{
		{"nothing to compare", "", "", false, false},
		{"nothing stored", "time read=20261124010000Z", "", false, false},
		{"the same", "contextCSN 001=" + early, "contextCSN 001=" + early, false, true},
		{"newer", "contextCSN 001=" + late, "contextCSN 001=" + early, false, true},
		{"behind", "contextCSN 001=" + early, "contextCSN 001=" + late, true, true},
		{"ahead of one server, behind another", "contextCSN 001=" + late + " 002=" + early, "contextCSN 001=" + early + " 002=" + late, true, true},
		{"has never heard of the second server", "contextCSN 001=" + late, "contextCSN 001=" + early + " 002=" + early, true, true},
		{"of different kinds", "time read=20261124010000Z", "contextCSN 001=" + late, false, false},
		{"numbers, not texts", "usn a=1000", "usn a=999", false, true},
		{"numbers, behind", "usn a=999 b=5", "usn a=1000", true, true},
		{"other domain controllers that show only themselves", "usn a=1", "usn b=1000", false, false},
		{"then the stamps decide", "usn a=1; time read=20261124010000Z", "usn b=1000; time read=20261124020000Z", true, true},
		{"the better clock decides alone", "usn a=9; time read=20261124010000Z", "usn a=8; time read=20261124020000Z", false, true},
	} {
		if older, known := c.now.Older(c.then); older != c.older || known != c.known {
			t.Errorf("%s: older %v, known %v", c.name, older, known)
		}
	}
}

// A clock never is older than itself, nor are two clocks each older than the
// other when every origin of one is in the other with the same or a later tick.
func TestS12OlderProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ticks := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.IntRange(0, 20000), 1, 3).Draw(t, "ticks")
		then, now := clock{}, clock{}
		moved := false
		for origin, n := range ticks {
			step := rapid.IntRange(0, 3).Draw(t, "step "+origin)
			moved = moved || step > 0
			then[origin], now[origin] = strconv.Itoa(n), strconv.Itoa(n+step)
		}
		a, b := Newest("").with(clockUSN, then), Newest("").with(clockUSN, now)
		if older, known := b.Older(a); older || !known {
			t.Fatalf("%q older than %q: %v, known %v", b, a, older, known)
		}
		if older, _ := a.Older(b); older != moved {
			t.Fatalf("%q older than %q: %v", a, b, older)
		}
	})
}

func TestS12ContextCSNOfSlapd(t *testing.T) {
	server := startSlapd(t, slapdConfig{ldif: aclPeople, global: "moduleload syncprov", database: "overlay syncprov"})
	want := Request{Groups: []Selector{{Name: "team"}}}
	touch := func(cn string) {
		server.modify("dn: uid=ann,ou=people,dc=corp,dc=example\nchangetype: modify\nreplace: cn\ncn: " + cn + "\n")
	}
	touch("Ann One")
	first := readLDAP(t, server.config(), want).Newest
	touch("Ann Two")
	second := readLDAP(t, server.config(), want).Newest
	if !strings.HasPrefix(string(first), "contextCSN 000=") || strings.Contains(string(first), clockTime) {
		t.Errorf("newest is %q", first)
	}
	checkOrder(t, first, second)
}

func TestS12StampsWhereTheServerShowsNoClock(t *testing.T) {
	server := startSlapd(t, slapdConfig{ldif: aclPeople})
	want := Request{Groups: []Selector{{Name: "team"}}}
	first := readLDAP(t, server.config(), want).Newest
	time.Sleep(1100 * time.Millisecond) // stamps count whole seconds
	server.modify("dn: cn=team,ou=groups,dc=corp,dc=example\nchangetype: modify\nreplace: description\ndescription: changed\n")
	second := readLDAP(t, server.config(), want).Newest
	if !strings.HasPrefix(string(first), "time read=20") {
		t.Errorf("newest is %q", first)
	}
	checkOrder(t, first, second)
}

func checkOrder(t *testing.T, first, second Newest) {
	t.Helper()
	if older, known := second.Older(first); older || !known {
		t.Errorf("%q reads as older than %q (known: %v)", second, first, known)
	}
	if older, known := first.Older(second); !older || !known {
		t.Errorf("%q does not read as older than %q (known: %v)", first, second, known)
	}
}

const (
	ownInvocation = "\x04\x03\x02\x01\x06\x05\x08\x07\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
	otherCursor   = "<DS_REPL_CURSOR>\n\t<uuidSourceDsaInvocationID>AAAAAAAA-0506-0708-090a-0b0c0d0e0f10</uuidSourceDsaInvocationID>\n\t<usnAttributeFilter>77</usnAttributeFilter>\n</DS_REPL_CURSOR>\n\x00"
)

func TestS12UpdateNumbersOfActiveDirectory(t *testing.T) {
	const settings = "CN=NTDS Settings,CN=DC1,CN=Sites,CN=Configuration," + adBase
	for _, c := range []struct {
		name, cursor string
		want         Newest
	}{
		{"cursors may be read", otherCursor, "usn 01020304-0506-0708-090a-0b0c0d0e0f10=4711 aaaaaaaa-0506-0708-090a-0b0c0d0e0f10=77"},
		{"cursors may not be read", "", "usn 01020304-0506-0708-090a-0b0c0d0e0f10=4711; time read=20261124025529Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			user, group := adUser(0, map[string][]string{"whenChanged": {"20261124025529.0Z"}}), adGroup("eng", 1100, adDN(0))
			top := fakeEntry{dn: adBase, attrs: map[string][]string{"objectClass": {"domainDNS"}}}
			if c.cursor != "" {
				top.attrs["msDS-NCReplCursors"] = []string{c.cursor}
			}
			f := fakeAD(user, group, top, fakeEntry{dn: settings, attrs: map[string][]string{"objectClass": {"nTDSDSA"}, "invocationId": {ownInvocation}}})
			f.root.attrs["highestCommittedUSN"], f.root.attrs["dsServiceName"] = []string{"4711"}, []string{settings}
			snap := readLDAP(t, adConfig(startFake(t, f)), adNamed("eng"))
			if snap.Newest != c.want {
				t.Errorf("newest is %q, want %q", snap.Newest, c.want)
			}
		})
	}
}

func TestS12ContextsOfPeopleAndGroupsCountApart(t *testing.T) {
	const early, late = "20261124010000.000000Z#000000#001#000000", "20261124020000.000000Z#000000#001#000000"
	for _, c := range []struct {
		name, people string
		want         Newest
	}{
		{"both show their clock", early, "contextCSN 001=" + late + " 001/people=" + early},
		{"one does not", "", "time read=20261124000000Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fakeCompany(2)
			f.root.attrs["namingContexts"] = []string{"ou=people," + slapdSuffix, slapdSuffix}
			for i := range f.entries {
				f.entries[i].attrs["modifyTimestamp"] = []string{"20261124000000Z"}
			}
			people := fakeEntry{dn: "ou=people," + slapdSuffix, attrs: map[string][]string{"objectClass": {"organizationalUnit"}}}
			if c.people != "" {
				people.attrs["contextCSN"] = []string{c.people}
			}
			f.entries = append(f.entries, people, fakeEntry{dn: slapdSuffix, attrs: map[string][]string{
				"objectClass": {"domain"}, "contextCSN": {"20260101000000.000000Z#000000#001#000000", late, "nonsense"},
			}})
			cfg := startFake(t, f).config()
			cfg.UserBase = "OU=People," + slapdSuffix
			if snap := readLDAP(t, cfg, allGroup); snap.Newest != c.want {
				t.Errorf("newest is %q, want %q", snap.Newest, c.want)
			}
		})
	}
}
