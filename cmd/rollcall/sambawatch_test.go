package main

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap"
	"rollcall/source/ldap/sambatest"
)

// A change in the domain is a newer answer, also one that deletes an account, and a
// question is no change.
func (d *sambaDomain) testLastChange(t *testing.T) {
	dir, err := ldap.Open("corp", ldap.Config{URLs: []string{d.TLSURL}, CAFile: d.CA, ServerName: sambatest.Host, BaseDN: sambatest.Suffix,
		BindDN: "CN=rollcall,OU=services," + sambatest.Suffix, BindPasswordFile: d.PasswordFile}, source.Canaries{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var known source.LastChange
	ask := func() (newer bool) {
		last, err := dir.LastChange(t.Context(), func(string) source.Revision { return known.Revision })
		if err != nil || !strings.HasPrefix(string(last.Revision), source.ClockUSN) {
			t.Fatalf("%v, %v", last, err)
		}
		newer, _ = known.Revision.OlderThan(last.Revision)
		known = last
		return newer
	}
	ask()
	if ask() {
		t.Errorf("the question itself is a change: %s", known.Revision)
	}
	for _, change := range []string{
		fmt.Sprintf("dn: CN=lab,OU=groups,%s\nchangetype: modify\ndelete: member\nmember: %s\n", sambatest.Suffix, sambaPerson(sambaLab[0])),
		fmt.Sprintf("dn: %s\nchangetype: delete\n", sambaPerson(sambaLab[1])),
	} {
		if err := d.Modify(change); err != nil {
			t.Fatal(err)
		}
		if !ask() {
			t.Errorf("not noticed: %s", change)
		}
	}
}
