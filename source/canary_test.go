package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
	change   func(*LDAPConfig)
	canaries Canaries
	missing  []string
}{
	{"nothing set", nil, Canaries{}, nil},
	{"read already", nil, Canaries{People: []string{"ann@corp.example", " Bob@CORP.example "}}, nil},
	{"in no rule's group", nil, Canaries{People: []string{"uid=cee\\2Cdee, ou=secret,ou=People,dc=corp,dc=example", "CEE@bücher.example", "other@old.example"}}, nil},
	{"by id", func(c *LDAPConfig) { c.ID = "employeeNumber" }, Canaries{People: []string{"E-7"}}, nil},
	{"by a template", func(c *LDAPConfig) { c.Email = "{employeeNumber}@id.example" }, Canaries{People: []string{"e-7@id.example"}}, nil},
	{"by a mapped domain", func(c *LDAPConfig) { c.EmailDomainMap = map[string]string{"old.example": "new.example"} },
		Canaries{People: []string{"other@new.example"}}, nil},
	{"groups", nil, Canaries{Groups: []string{"rest (all)", "CN=rest (all), OU=groups,dc=corp,dc=example", "team"}}, nil},
	{"nobody", nil, Canaries{People: []string{"zoe@corp.example", "E-7", "uid=zoe,ou=people,dc=corp,dc=example", "uid=zoe,dc=elsewhere"}},
		[]string{"person zoe@corp.example", "person E-7", "person uid=zoe,ou=people,dc=corp,dc=example", "person uid=zoe,dc=elsewhere"}},
	{"no group", nil, Canaries{Groups: []string{"none", "cn=none,ou=groups,dc=corp,dc=example", "*"}},
		[]string{"group none", "group cn=none,ou=groups,dc=corp,dc=example", "group *"}},
	{"of the other kind", nil, Canaries{People: []string{"cn=team,ou=groups,dc=corp,dc=example"}, Groups: []string{"uid=ann,ou=people,dc=corp,dc=example"}},
		[]string{"person cn=team,ou=groups,dc=corp,dc=example", "group uid=ann,ou=people,dc=corp,dc=example"}},
}

func TestS13CanariesOfADirectory(t *testing.T) {
	server := startSlapd(t, slapdConfig{ldif: canaryPeople})
	for _, c := range canaryCases {
		t.Run(c.name, func(t *testing.T) {
			cfg := server.config()
			if c.change != nil {
				c.change(&cfg)
			}
			if diff := cmp.Diff(c.missing, missingIn(t, Config{Name: "corp", LDAP: &cfg, Canaries: c.canaries})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestS13HiddenCanariesAreNotSeen(t *testing.T) {
	server := startSlapd(t, slapdConfig{ldif: canaryPeople, access: `access to dn.subtree="ou=secret,ou=people,dc=corp,dc=example" attrs=mail,entryUUID by * none` +
		"\n" + `access to dn.base="cn=rest (all),ou=groups,dc=corp,dc=example" by * none`})
	cfg := server.config()
	canaries := Canaries{People: []string{`uid=cee\,dee,ou=secret,ou=people,dc=corp,dc=example`, "cee@bücher.example"}, Groups: []string{"rest (all)"}}
	want := []string{`person uid=cee\,dee,ou=secret,ou=people,dc=corp,dc=example`, "person cee@bücher.example", "group rest (all)"}
	if diff := cmp.Diff(want, missingIn(t, Config{Name: "corp", LDAP: &cfg, Canaries: canaries})); diff != "" {
		t.Error(diff)
	}
}

func TestS13CanaryByObjectGUID(t *testing.T) {
	f := fakeCompany(3)
	for i := range f.entries[:2] {
		f.entries[i].attrs["objectGUID"] = []string{"\x04\x03\x02\x01\x06\x05\x08\x07\x09\x0a\x0b\x0c\x0d\x0e\x0f" + string(rune('\x10'+i))}
	}
	f.entries[3].attrs["member"] = f.entries[3].attrs["member"][2:]
	cfg := startFake(t, f).config()
	cfg.ID = "objectGUID"
	canaries := Canaries{People: []string{"01020304-0506-0708-090a-0b0c0d0e0f10", "01020304-0506-0708-090a-0b0c0d0e0f12"}}
	want := []string{"person 01020304-0506-0708-090a-0b0c0d0e0f12"}
	if diff := cmp.Diff(want, missingIn(t, Config{Name: "corp", LDAP: &cfg, Canaries: canaries})); diff != "" {
		t.Error(diff)
	}
}

func TestS13LookUpThatFailsIsAnError(t *testing.T) {
	f := fakeCompany(3)
	f.fault = func(op fakeOp) fakeFault {
		if strings.Contains(op.filter, "zoe") {
			return fakeFault{code: 51}
		}
		return fakeFault{}
	}
	cfg := startFake(t, f).config()
	s, err := Open(Config{Name: "corp", LDAP: &cfg, Canaries: Canaries{People: []string{"zoe@corp.example"}}})
	must(t, err)
	if snap, err := s.Read(t.Context(), allGroup); snap != nil || !isCode(err, 51) {
		t.Errorf("snapshot %v, error %v", snap, err)
	}
}

func TestS13CanariesOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	must(t, os.WriteFile(path, []byte("id,email,aliases,teams\n1,ann@corp.example,,team\n2,cee@corp.example,c@corp.example,rest;more\n"), 0o600))
	file := &CSVConfig{Path: path, Settle: new(time.Duration), Columns: CSVColumns{ID: "id", Email: "email",
		OtherEmails: CSVCells{Column: "aliases"}, Groups: CSVCells{Column: "teams", Separator: ";"}}}
	canaries := Canaries{People: []string{"Ann@corp.example", "2", "c@corp.example", "3", "zoe@corp.example"}, Groups: []string{"more", "none", "team"}}
	want := []string{"person 3", "person zoe@corp.example", "group none"}
	if diff := cmp.Diff(want, missingIn(t, Config{Name: "hr", CSV: file, Canaries: canaries})); diff != "" {
		t.Error(diff)
	}
}

func missingIn(t *testing.T, cfg Config) []string {
	t.Helper()
	s, err := Open(cfg)
	must(t, err)
	snap, err := s.Read(t.Context(), Request{Groups: []Selector{{Name: "team"}}})
	must(t, err)
	return snap.MissingCanaries
}

func TestS13CanariesThatNothingCouldAnswer(t *testing.T) {
	membership := &CSVConfig{Path: "-", Columns: CSVColumns{Email: "email", Organization: "org", Role: "role"}}
	err := Config{Name: "hr", CSV: membership, Canaries: Canaries{People: []string{"ann@corp.example", " ", "a\u202eb"}, Groups: []string{"team"}}}.Validate()
	for _, want := range []string{"canaries.people[1]: is empty", "canaries.people[2]: has control", "canaries.groups: cannot be seen in the membership form"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
}
