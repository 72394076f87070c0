package ldap

import (
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

// asker asks a directory as serve does, and passes the last answer back.
type asker struct {
	t    *testing.T
	dir  *Directory
	last source.LastChange
}

func newAsker(t *testing.T, cfg Config) *asker {
	t.Helper()
	dir, err := newDirectory(cfg, "corp")
	must(t, err)
	a := &asker{t: t, dir: dir}
	a.ask()
	return a
}

// ask reports whether the answer is newer than the last one.
func (a *asker) ask() bool {
	a.t.Helper()
	last, err := a.dir.LastChange(a.t.Context(), func(string) source.Revision { return a.last.Revision })
	must(a.t, err)
	newer, known := a.last.Revision.OlderThan(last.Revision)
	if a.last.Revision != "" && !known {
		a.t.Errorf("%q and %q cannot be compared", a.last.Revision, last.Revision)
	}
	a.last = last
	return newer
}

const touchAnn = "dn: uid=ann,ou=people,dc=corp,dc=example\nchangetype: modify\nreplace: cn\ncn: "

func TestS12LastChangeOfSlapd(t *testing.T) {
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople, Global: "moduleload syncprov", Database: "overlay syncprov"})
	must(t, server.Modify(touchAnn+"Ann One\n"))
	a := newAsker(t, slapdConfig(t, server))
	if a.ask() {
		t.Error("nothing has changed, and the answer is newer")
	}
	for _, change := range []string{
		touchAnn + "Ann Two\n",
		"dn: cn=team,ou=groups,dc=corp,dc=example\nchangetype: modify\ndelete: member\nmember: uid=bob,ou=secret,ou=people,dc=corp,dc=example\n",
		"dn: uid=bob,ou=secret,ou=people,dc=corp,dc=example\nchangetype: delete\n",
	} {
		must(t, server.Modify(change))
		if !a.ask() || !strings.HasPrefix(string(a.last.Revision), source.ClockCSN) || a.last.Server != server.URL {
			t.Errorf("not noticed: %v\n%s", a.last, change)
		}
	}
}

func TestS12LastChangeByTimestamps(t *testing.T) {
	t.Parallel()
	server := ldaptest.Start(t, ldaptest.Config{LDIF: aclPeople})
	a := newAsker(t, slapdConfig(t, server))
	if a.ask() {
		t.Error("nothing has changed, and the answer is newer")
	}
	time.Sleep(1100 * time.Millisecond) // timestamps count whole seconds
	must(t, server.Modify(touchAnn+"Ann Two\n"))
	if !a.ask() || !strings.HasPrefix(string(a.last.Revision), source.ClockTime+" "+askedClock+"=20") {
		t.Errorf("not noticed: %v", a.last)
	}
	if a.ask() {
		t.Error("nothing has changed since, and the answer is newer")
	}
}

// A question asks for no group and no person.
func TestLastChangeReadsNobody(t *testing.T) {
	f := fakeAD(adUser(0, nil), adGroup("eng", 1100, adDN(0)))
	f.Root.Attrs["highestCommittedUSN"], f.Root.Attrs["dsServiceName"] = []string{"4711"}, []string{"CN=DC1," + adBase}
	f.Entries = append(f.Entries, ldaptest.Entry{DN: "CN=DC1," + adBase, Attrs: map[string][]string{"objectClass": {"nTDSDSA"}, "invocationId": {ownInvocation}}})
	server := ldaptest.StartFake(t, f)
	a := newAsker(t, adConfig(server))
	if a.last.Revision != "usn 01020304-0506-0708-090a-0b0c0d0e0f10=4711" {
		t.Errorf("the answer is %q", a.last.Revision)
	}
	for _, search := range server.Searches() {
		if strings.Contains(search, "member") || strings.Contains(search, "mail") || !strings.Contains(search, "(objectClass=*)") {
			t.Errorf("asked %s", search)
		}
	}
	if n := len(server.Searches()); n > 3 {
		t.Errorf("%d searches for one question", n)
	}
}

// A server that fails says nothing about its changes.
func TestLastChangeOfAFailingServer(t *testing.T) {
	for name, fault := range map[string]ldaptest.Fault{"drops": {Drop: true}, "garbage": {Garbage: true}, "busy": {Code: 51}} {
		f := fakeCompany(2)
		server := ldaptest.StartFake(t, f)
		f.SetFault(func(op ldaptest.Op) ldaptest.Fault {
			if op.Kind != "search" {
				return ldaptest.Fault{}
			}
			return fault
		})
		dir, err := newDirectory(fakeConfig(server), "corp")
		must(t, err)
		if last, err := dir.LastChange(t.Context(), func(string) source.Revision { return "" }); err == nil || last.Revision != "" {
			t.Errorf("%s: %v, %v", name, last, err)
		}
	}
}
