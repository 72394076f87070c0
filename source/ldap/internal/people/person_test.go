package people

import (
	"strings"
	"testing"
	"time"

	"rollcall/source/internal/dates"
	"rollcall/source/ldap/internal/wire"
)

func TestValuesInTheirUsualForm(t *testing.T) {
	guid := "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff"
	sid := "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\xf4\x01\x00\x00"
	for _, c := range []struct{ name, value, want string }{
		{"objectGUID", guid, "00112233-4455-6677-8899-aabbccddeeff"},
		{"OBJECTSID", sid, "S-1-5-21-1-2-3-500"},
		{"objectGUID", "short", "short"},
		{"jpegPhoto", "\xff\xd8", "/9g="},
		{"cn", "Zoë", "Zoë"},
	} {
		if got := attributeText(c.name, c.value); got != c.want {
			t.Errorf("%s gives %q, want %q", c.name, got, c.want)
		}
	}
	if _, rid, ok := FormatSID(sid); !ok || rid != 500 {
		t.Errorf("rid %d", rid)
	}
}

func TestTimes(t *testing.T) {
	if at, ok := fileTime("133773120000000000"); !ok || !at.Equal(time.Date(2024, 11, 29, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("file time is %v", at)
	}
	for s, want := range map[string]string{
		"20261123120000Z": "2026-11-23T12:00:00Z", "20261123120000.5Z": "2026-11-23T12:00:00Z", "2026112312.5Z": "2026-11-23T12:30:00Z", "202611231200,25+01": "2026-11-23T11:00:15Z", "20261231235960Z": "2027-01-01T00:00:00Z",
		"202611231200+0200": "2026-11-23T10:00:00Z", "2026112312-01": "2026-11-23T13:00:00Z",
		"20261123120000": "", "20261323120000Z": "", "": "", "never": "", "20261123120000.Z": "",
	} {
		at, ok := GeneralizedTime(s)
		if ok != (want != "") || ok && at.Format(time.RFC3339) != want {
			t.Errorf("%q gives %v, %v", s, at, ok)
		}
	}
}

func TestWhoCountsOutsideActiveDirectory(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	mail, err := ParseEmailTemplate("mail")
	if err != nil {
		t.Fatal(err)
	}
	config := &Config{Schema: SchemaAuto, Email: mail, Dates: dates.NewReader("", ""), LockedIsDisabled: true}
	chosen := ChooseSchema(config, KindOpenLDAP)
	r := &Mapper{Config: config, Schema: &chosen, Kind: KindOpenLDAP, Now: func() time.Time { return now }}
	// 2026-11-23 is day 20780.
	for _, c := range []struct {
		attr, value    string
		disabled, lost bool
	}{
		{"nsAccountLock", "TRUE", true, false}, {"nsaccountlock", "true", true, false}, {"nsAccountLock", "FALSE", false, false},
		{"shadowExpire", "20780", true, false}, {"shadowExpire", "20781", false, false}, {"shadowExpire", "-1", false, false},
		{"shadowExpire", "0", false, true}, {"shadowExpire", "1", true, false}, {"shadowExpire", "soon", false, true},
		{"pwdAccountLockedTime", "000001010000Z", true, false}, {"pwdAccountLockedTime", "20261122000000Z", true, false},
		{"pwdAccountLockedTime", "20271122000000Z", false, false},
		{"krbPrincipalExpiration", "20261122000000Z", true, false}, {"krbPrincipalExpiration", "20271122000000Z", false, false},
		{"krbPrincipalExpiration", "19000101000000Z", false, true}, {"krbPrincipalExpiration", "soon", false, true},
	} {
		e := &wire.Entry{DN: "uid=x,dc=y", Attrs: []wire.Attribute{{Name: "entryUUID", Values: []string{"id"}}, {Name: "mail", Values: []string{"x@corp.example"}}, {Name: c.attr, Values: []string{c.value}}}}
		p, why := r.Person(e)
		if (p.Gone(now) != "") != c.disabled || (why != "") != c.lost {
			t.Errorf("%s %s: disabled %q, unknown %q", c.attr, c.value, p.Gone(now), why)
		}
	}
	config.LockedIsDisabled = false
	if reason := r.locked(&wire.Entry{Attrs: []wire.Attribute{{Name: "pwdAccountLockedTime", Values: []string{"000001010000Z"}}}}); reason != "" {
		t.Error("a lock counts without its option")
	}
}

// Of two ends that the directory says, the earlier one counts.
func TestEarlierEndCounts(t *testing.T) {
	m := &Mapper{Config: &Config{Dates: dates.NewReader("", "")}, Schema: &Schema{}}
	for _, c := range []struct{ shadow, principal, by string }{
		{"20780", "20271122000000Z", "shadowExpire"}, {"20780", "20201122000000Z", "krbPrincipalExpiration"}, {"-1", "20271122000000Z", "krbPrincipalExpiration"},
	} {
		e := &wire.Entry{Attrs: []wire.Attribute{{Name: "shadowExpire", Values: []string{c.shadow}}, {Name: "krbPrincipalExpiration", Values: []string{c.principal}}}}
		if at, by, why := m.expires(e); at.IsZero() || by != c.by || why != "" {
			t.Errorf("%+v: %v by %q, %q", c, at, by, why)
		}
	}
}

func TestStableIDsStayWhenAnotherAppears(t *testing.T) {
	ids := []wire.Attribute{{Name: "entryUUID", Values: []string{"e"}}, {Name: "nsUniqueId", Values: []string{"n"}}, {Name: "ipaUniqueID", Values: []string{"autogenerate"}}}
	for kind, want := range map[ServerKind]string{KindOpenLDAP: "e", Kind389: "n", KindUnknown: "n"} {
		chosen := ChooseSchema(&Config{Schema: SchemaAuto}, kind)
		r := &Mapper{Schema: &chosen}
		if got, _ := r.StableID(&wire.Entry{Attrs: ids}); got != want {
			t.Errorf("%s: id %q", kind, got)
		}
	}
	r := &Mapper{Schema: &Schema{IDs: []string{"employeeNumber"}}}
	if id, why := r.StableID(&wire.Entry{Attrs: []wire.Attribute{{Name: "employeeNumber", Values: []string{"12\u202e3"}}}}); id != "" || why == "" {
		t.Errorf("S35: id %q is taken", id)
	}
}

func TestS35ExternalIDWithInvisibleCharacters(t *testing.T) {
	r := &Mapper{Config: &Config{ExternalID: "uid"}, Schema: &Schema{IDs: []string{"entryUUID"}}}
	for value, usable := range map[string]bool{"u1": true, "": true, "u\u202e1": false, "u\x001": false, "u\u200b1": false} {
		p, why := r.Person(&wire.Entry{Attrs: []wire.Attribute{{Name: "entryUUID", Values: []string{"e"}}, {Name: "uid", Values: []string{value}}}})
		if (why == "") != usable || p.ID != "e" || usable && p.ExternalID != value {
			t.Errorf("external id %q: %+v, %q", value, p, why)
		}
	}
}

// Classes and attributes that an admin names replace the schema's own.
func TestSchemaByTheAdmin(t *testing.T) {
	s := ChooseSchema(&Config{Schema: Schema2307bis, UserClasses: []string{"corpPerson"}, GroupClasses: []string{"corpTeam", "groupOfNames"}, MemberAttributes: []string{"corpMember"}, GroupFilter: "cn=a*"}, KindUnknown)
	if s.Users != "(objectClass=corpPerson)" || s.Groups != "(&(|(objectClass=corpTeam)(objectClass=groupOfNames))(cn=a*))" ||
		strings.Join(s.Members, " ") != "corpMember" || len(s.Names) != 0 || s.UserClasses[0] != "corpperson" {
		t.Errorf("%+v", s)
	}
}
