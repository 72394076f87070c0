package ldap

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/source"
	"rollcall/source/ldap/internal/wire"
	"rollcall/source/ldap/ldaptest"
)

// canaryPeople has somebody and something that no rule's group contains.
const canaryPeople = aclPeople + `
dn: uid=cee\,dee,ou=secret,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: cee,dee
cn: Cee
sn: C
employeeNumber: E-7
mail: Cee@XN--bcher-kva.example
mail: other@old.example

dn: cn=rest (all),ou=groups,dc=corp,dc=example
objectClass: groupOfUniqueNames
cn: rest (all)
uniqueMember: uid=cee\,dee,ou=secret,ou=people,dc=corp,dc=example
`

// canaryCases are read together with the group team, which holds ann and bob.
var canaryCases = []struct {
	name     string
	change   func(*Config)
	canaries source.Canaries
	missing  []string
}{
	{"nothing set", nil, source.Canaries{}, nil},
	{"read already", nil, source.Canaries{People: []string{"ann@corp.example", " Bob@CORP.example "}}, nil},
	{"in no rule's group", nil, source.Canaries{People: []string{"uid=cee\\2Cdee, ou=secret,ou=People,dc=corp,dc=example", "CEE@bücher.example", "other@old.example"}}, nil},
	{"by id", func(c *Config) { c.ID = "employeeNumber" }, source.Canaries{People: []string{"E-7"}}, nil},
	{"by a template", func(c *Config) { c.Email = "{employeeNumber}@id.example" }, source.Canaries{People: []string{"e-7@id.example"}}, nil},
	{"by a mapped domain", func(c *Config) { c.EmailDomainMap = map[string]string{"old.example": "new.example"} },
		source.Canaries{People: []string{"other@new.example"}}, nil},
	{"groups", nil, source.Canaries{Groups: []string{"rest (all)", "CN=rest (all), OU=groups,dc=corp,dc=example", "team"}}, nil},
	{"nobody", nil, source.Canaries{People: []string{"zoe@corp.example", "E-7", "uid=zoe,ou=people,dc=corp,dc=example", "uid=zoe,dc=elsewhere"}},
		[]string{"person zoe@corp.example", "person E-7", "person uid=zoe,ou=people,dc=corp,dc=example", "person uid=zoe,dc=elsewhere"}},
	{"no group", nil, source.Canaries{Groups: []string{"none", "cn=none,ou=groups,dc=corp,dc=example", "*"}},
		[]string{"group none", "group cn=none,ou=groups,dc=corp,dc=example", "group *"}},
	{"of the other kind", nil, source.Canaries{People: []string{"cn=team,ou=groups,dc=corp,dc=example"}, Groups: []string{"uid=ann,ou=people,dc=corp,dc=example"}},
		[]string{"person cn=team,ou=groups,dc=corp,dc=example", "group uid=ann,ou=people,dc=corp,dc=example"}},
}

func TestS13CanariesOfADirectory(t *testing.T) {
	t.Parallel()
	server := ldaptest.Start(t, ldaptest.Config{LDIF: canaryPeople})
	for _, c := range canaryCases {
		t.Run(c.name, func(t *testing.T) {
			cfg := slapdConfig(t, server)
			if c.change != nil {
				c.change(&cfg)
			}
			if diff := cmp.Diff(c.missing, missingIn(t, cfg, c.canaries)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestS13HiddenCanariesAreNotSeen(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: canaryPeople, Access: `access to dn.subtree="ou=secret,ou=people,dc=corp,dc=example" attrs=mail,entryUUID by * none` +
		"\n" + `access to dn.base="cn=rest (all),ou=groups,dc=corp,dc=example" by * none`})
	cfg := slapdConfig(t, server)
	canaries := source.Canaries{People: []string{`uid=cee\,dee,ou=secret,ou=people,dc=corp,dc=example`, "cee@bücher.example"}, Groups: []string{"rest (all)"}}
	want := []string{`person uid=cee\,dee,ou=secret,ou=people,dc=corp,dc=example`, "person cee@bücher.example", "group rest (all)"}
	if diff := cmp.Diff(want, missingIn(t, cfg, canaries)); diff != "" {
		t.Error(diff)
	}
}

func TestS13CanaryByObjectGUID(t *testing.T) {
	f := fakeCompany(3)
	for i := range f.Entries[:2] {
		f.Entries[i].Attrs["objectGUID"] = []string{"\x04\x03\x02\x01\x06\x05\x08\x07\x09\x0a\x0b\x0c\x0d\x0e\x0f" + string(rune('\x10'+i))}
	}
	f.Entries[3].Attrs["member"] = f.Entries[3].Attrs["member"][2:]
	cfg := fakeConfig(ldaptest.StartFake(t, f))
	cfg.ID = "objectGUID"
	canaries := source.Canaries{People: []string{"01020304-0506-0708-090a-0b0c0d0e0f10", "01020304-0506-0708-090a-0b0c0d0e0f12"}}
	want := []string{"person 01020304-0506-0708-090a-0b0c0d0e0f12"}
	if diff := cmp.Diff(want, missingIn(t, cfg, canaries)); diff != "" {
		t.Error(diff)
	}
}

func TestS13LookUpThatFailsIsAnError(t *testing.T) {
	f := fakeCompany(3)
	f.Fault = func(op ldaptest.Op) ldaptest.Fault {
		if strings.Contains(op.Filter, "zoe") {
			return ldaptest.Fault{Code: 51}
		}
		return ldaptest.Fault{}
	}
	cfg := fakeConfig(ldaptest.StartFake(t, f))
	s, err := Open("corp", cfg, source.Canaries{People: []string{"zoe@corp.example"}}, nil)
	must(t, err)
	if snap, err := s.Read(t.Context(), allGroup); snap != nil || !wire.IsCode(err, 51) {
		t.Errorf("snapshot %v, error %v", snap, err)
	}
}

func missingIn(t *testing.T, cfg Config, canaries source.Canaries) []string {
	t.Helper()
	s, err := Open("corp", cfg, canaries, nil)
	must(t, err)
	snap, err := s.Read(t.Context(), source.Request{Groups: []source.Selector{{Name: "team"}}})
	must(t, err)
	return snap.MissingCanaries
}
