package main

import (
	"testing"

	"rollcall/source/ldap/ldaptest"
)

// newDirectory is a real slapd with entries below its top.
func newDirectory(t testing.TB, ldif string) *ldaptest.Slapd {
	t.Helper()
	return ldaptest.Start(t, ldaptest.Config{LDIF: ldif, Schema: contractSchema})
}

// contractSchema is what a personnel office adds to a directory: when a
// contract begins, as a generalized time, and its last day, as people write it.
const contractSchema = `
attributetype ( 1.3.6.1.4.1.4203.666.11.90.1 NAME 'contractStart' EQUALITY generalizedTimeMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.4203.666.11.90.2 NAME 'contractEnd' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.4203.666.11.90.3 NAME 'contract' AUXILIARY MAY ( contractStart $ contractEnd ) )
`
