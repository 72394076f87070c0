package source

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// limited starts slapd with 600 people and these limits on the bind DN.
func limited(t *testing.T, limits string) *slapd {
	t.Helper()
	c := makeCompany(600)
	c.groups = []testGroup{{name: "all", class: "groupOfNames", people: []int{0}}}
	for i := 1; i < 600; i++ {
		c.groups[0].people = append(c.groups[0].people, i)
	}
	return startSlapd(t, slapdConfig{ldif: c.ldif(), limits: limits})
}

func TestSlapdPageSizeStepsDown(t *testing.T) {
	server := limited(t, "size.soft=500 size.hard=500 size.pr=100 size.prtotal=unlimited")
	snap := readLDAP(t, server.config(), Request{Groups: []Selector{{Name: "all"}}})
	if len(snap.People) != 600 || !strings.Contains(notesText(snap), "page_size") {
		t.Errorf("%d people, notes %s", len(snap.People), notesText(snap))
	}
}

func TestS09SlapdSizeLimitIsAnError(t *testing.T) {
	for _, limits := range []string{"size.soft=500 size.hard=500 size.prtotal=hard", "size.soft=300 size.hard=300 size.prtotal=disabled"} {
		server := limited(t, limits)
		cfg := server.config()
		cfg.PageSize = 100
		s, err := newLDAP(cfg, "corp")
		must(t, err)
		snap, err := s.Read(t.Context(), Request{Groups: []Selector{{Name: "all"}}})
		if err == nil || snap != nil || !isCode(err, 3, 4, 11, 53) || !strings.Contains(err.Error(), server.url) {
			t.Errorf("%s: error is %v", limits, err)
		}
	}
}

func TestSlapdLockedByPasswordPolicy(t *testing.T) {
	server := startSlapd(t, slapdConfig{ldif: aclPeople + `
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
		cfg := server.config()
		cfg.LockedIsDisabled = option
		snap := readLDAP(t, cfg, Request{Groups: []Selector{{Name: "locked"}}})
		if len(snap.People) != 1 || (snap.People[0].Disabled != "") != option {
			t.Errorf("locked_is_disabled %v: %+v", option, snap.People)
		}
	}
}

func TestPasswordFileIsReadAtEachConnect(t *testing.T) {
	server := startSlapd(t, slapdConfig{ldif: aclPeople})
	cfg := server.config()
	s, err := newLDAP(cfg, "corp")
	must(t, err)
	must(t, os.WriteFile(cfg.BindPasswordFile, []byte("old"), 0o600))
	if _, err := s.Read(t.Context(), allGroup); !isCode(err, 49) {
		t.Errorf("old password: %v", err)
	}
	must(t, os.WriteFile(cfg.BindPasswordFile, []byte(slapdPassword), 0o600))
	if _, err := s.Read(t.Context(), allGroup); err != nil {
		t.Errorf("new password: %v", err)
	}
}

func TestFailedReadsLeaveNothingRunning(t *testing.T) {
	before := goleak.IgnoreCurrent()
	for name, fault := range map[string]fakeFault{
		"none": {}, "dropped": {drop: true}, "silent": {hang: true}, "busy": {code: 51}, "garbage": {garbage: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeCompany(600)
			f.fault = func(op fakeOp) fakeFault {
				if isSweep(op) && op.page == 1 {
					return fault
				}
				return fakeFault{}
			}
			cfg := startFake(t, f).config()
			cfg.PageSize, cfg.RequestTimeout = 200, 100*time.Millisecond
			s, err := newLDAP(cfg, "corp")
			must(t, err)
			if _, err := s.Read(t.Context(), allGroup); (err == nil) != (fault == fakeFault{}) {
				t.Errorf("error is %v", err)
			}
		})
	}
	goleak.VerifyNone(t, before)
}

func TestS37MessagesAreBounded(t *testing.T) {
	entryOf := func(size int) []byte {
		// 0x02 0x01 0x07 is the message id, 0x64 an entry, 0x65 the end of a search.
		return []byte{tagSequence, 0x84, byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size), tagInteger, 1, 7, tagSearchEntry, 0, 0, 0, 0, 0, 0}
	}
	other := entryOf(maxOther + 1)
	other[9] = 0x65
	for name, message := range map[string][]byte{
		"entry over the bound": entryOf(maxMessage + 1), "answer over the bound": other,
		"length without end": {tagSequence, 0x80, 0, 0}, "no message": []byte("HTTP/1.1 200 OK"),
	} {
		tap := newEntryTap(bytesConn{Reader: bytes.NewReader(message)})
		tap.collect(new(rawPage))
		if _, err := tap.Read(make([]byte, 10)); !errors.Is(err, errMalformed) || !errors.Is(tap.failure(), errMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	tap := newEntryTap(bytesConn{Reader: bytes.NewReader(entryOf(10))})
	if _, err := tap.Read(make([]byte, 10)); !errors.Is(err, errMalformed) {
		t.Errorf("an entry that nobody asked for: %v", err)
	}
}
