package ldap

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"rollcall/source"
	"rollcall/source/ldap/internal/wire"
	"rollcall/source/ldap/ldaptest"
)

// limited starts slapd with 600 people and these limits on the bind DN.
func limited(t *testing.T, limits string) *ldaptest.Slapd {
	t.Helper()
	c := makeCompany(600)
	c.groups = []testGroup{{name: "all", class: "groupOfNames", people: []int{0}}}
	for i := 1; i < 600; i++ {
		c.groups[0].people = append(c.groups[0].people, i)
	}
	return ldaptest.Start(t, ldaptest.Config{LDIF: c.ldif(), Limits: limits})
}

func TestSlapdPageSizeStepsDown(t *testing.T) {
	t.Parallel()
	server := limited(t, "size.soft=500 size.hard=500 size.pr=100 size.prtotal=unlimited")
	snap := readLDAP(t, slapdConfig(t, server), source.Request{Groups: []source.Selector{{Name: "all"}}})
	if len(snap.People) != 600 || !strings.Contains(notesText(snap), "page_size") {
		t.Errorf("%d people, notes %s", len(snap.People), notesText(snap))
	}
}

func TestS09SlapdSizeLimitIsAnError(t *testing.T) {
	t.Parallel()
	for _, limits := range []string{"size.soft=500 size.hard=500 size.prtotal=hard", "size.soft=300 size.hard=300 size.prtotal=disabled"} {
		server := limited(t, limits)
		cfg := slapdConfig(t, server)
		cfg.PageSize = 100
		s, err := newDirectory(cfg, "corp")
		must(t, err)
		snap, err := s.Read(t.Context(), source.Request{Groups: []source.Selector{{Name: "all"}}})
		if err == nil || snap != nil || !wire.IsCode(err, 3, 4, 11, 53) || !strings.Contains(err.Error(), server.URL) {
			t.Errorf("%s: error is %v", limits, err)
		}
	}
}

func TestSlapdLockedByPasswordPolicy(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople + `
dn: uid=lou,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
uid: lou
cn: Lou
sn: L
mail: lou@corp.example
pwdAccountLockedTime: 000001010000Z

dn: cn=locked,ou=groups,dc=corp,dc=example
objectClass: groupOfNames
cn: locked
member: uid=lou,ou=people,dc=corp,dc=example
`})
	for _, option := range []bool{false, true} {
		cfg := slapdConfig(t, server)
		cfg.LockedIsDisabled = option
		snap := readLDAP(t, cfg, source.Request{Groups: []source.Selector{{Name: "locked"}}})
		if len(snap.People) != 1 || (snap.People[0].Disabled != "") != option {
			t.Errorf("locked_is_disabled %v: %+v", option, snap.People)
		}
	}
}

func TestPasswordFileIsReadAtEachConnect(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople})
	cfg := slapdConfig(t, server)
	s, err := newDirectory(cfg, "corp")
	must(t, err)
	must(t, os.WriteFile(cfg.BindPasswordFile, []byte("old"), 0o600))
	if _, err := s.Read(t.Context(), allGroup); !wire.IsCode(err, 49) {
		t.Errorf("old password: %v", err)
	}
	must(t, os.WriteFile(cfg.BindPasswordFile, []byte(ldaptest.Password), 0o600))
	if _, err := s.Read(t.Context(), allGroup); err != nil {
		t.Errorf("new password: %v", err)
	}
}

func TestFailedReadsLeaveNothingRunning(t *testing.T) {
	before := goleak.IgnoreCurrent()
	for name, fault := range map[string]ldaptest.Fault{
		"none": {}, "dropped": {Drop: true}, "silent": {Hang: true}, "busy": {Code: 51}, "garbage": {Garbage: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeCompany(600)
			f.Fault = func(op ldaptest.Op) ldaptest.Fault {
				if isSweep(op) && op.Page == 1 {
					return fault
				}
				return ldaptest.Fault{}
			}
			cfg := fakeConfig(ldaptest.StartFake(t, f))
			cfg.PageSize = 200
			whole := reflect.ValueOf(fault).IsZero()
			if !whole {
				cfg.RequestTimeout = 100 * time.Millisecond // a busy machine reads the whole more slowly
			}
			s, err := newDirectory(cfg, "corp")
			must(t, err)
			if _, err := s.Read(t.Context(), allGroup); (err == nil) != whole {
				t.Errorf("error is %v", err)
			}
		})
	}
	goleak.VerifyNone(t, before)
}
