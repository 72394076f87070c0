package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCondition knows slapd: whether there is a real directory to start.
func scriptCondition(name string) (bool, error) {
	if name != "slapd" {
		return false, fmt.Errorf("no such condition: %s", name)
	}
	_, err := findSlapd()
	if errors.Is(err, errNoSlapd) {
		return false, nil
	}
	return err == nil, err
}

func scriptSlapd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: slapd start FILE.ldif | access FILE | modify FILE.ldif")
	}
	s, text := serverOf(ts), ts.ReadFile(args[1])
	switch args[0] {
	case "start":
		d, err := startDirectory(ts.MkAbs("."), text)
		ts.Check(err)
		ts.Defer(d.stop)
		s.slapd = d
		ts.Setenv("LDAP_URL", d.url)
		ts.Setenv("LDAP_PASSWORD_FILE", filepath.Join(d.dir, "password"))
	case "access":
		ts.Check(s.slapd.access(text))
		ts.Setenv("LDAP_URL", s.slapd.url)
	case "modify":
		ts.Check(s.slapd.modify(text))
	default:
		ts.Fatalf("slapd: no such word: %s", args[0])
	}
}
