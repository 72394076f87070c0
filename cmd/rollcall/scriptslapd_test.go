package main

import (
	"errors"
	"fmt"

	"github.com/rogpeppe/go-internal/testscript"

	"rollcall/.ci/suite"
	"rollcall/source/ldap/ldaptest"
)

// scriptCondition knows slapd, whether there is a real directory to start, and long,
// whether long stories are played. Under the race detector scriptFiles chooses.
func scriptCondition(name string) (bool, error) {
	switch name {
	case "long":
		return suite.Race || suite.All(), nil
	case "slapd":
		return hasSlapd()
	}
	return false, fmt.Errorf("no such condition: %s", name)
}

func hasSlapd() (bool, error) {
	_, err := ldaptest.FindSlapd()
	if errors.Is(err, ldaptest.ErrNoSlapd) {
		suite.Count("slapd")
		return false, nil
	}
	return err == nil, err
}

func scriptSlapd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 2 && args[0] != "start" {
		ts.Fatalf("usage: slapd start FILE.ldif [syncprov] | access FILE | modify FILE.ldif")
	}
	s, text := serverOf(ts), ts.ReadFile(args[1])
	switch args[0] {
	case "start":
		config := ldaptest.Config{LDIF: text, Schema: contractSchema}
		if len(args) > 2 {
			config.Global, config.Database = "moduleload "+args[2], "overlay "+args[2]
		}
		d, err := ldaptest.New(ts.MkAbs("."), config)
		ts.Check(err)
		ts.Defer(d.Stop)
		s.slapd = d
		ts.Setenv("LDAP_URL", d.URL)
		ts.Setenv("LDAP_PASSWORD_FILE", d.PasswordFile())
	case "access":
		ts.Check(s.slapd.SetAccess(text))
		ts.Setenv("LDAP_URL", s.slapd.URL)
	case "modify":
		ts.Check(s.slapd.Modify(text))
	default:
		ts.Fatalf("slapd: no such word: %s", args[0])
	}
}
