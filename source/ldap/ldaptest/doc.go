// Package ldaptest has the directory servers of tests: a real slapd ([Slapd]),
// a small server in the process of the test that can misbehave and can pass for
// Active Directory ([Fake]), and a proxy that injects faults between rollcall
// and slapd ([Proxy]). The tests of package ldap and those of cmd/rollcall use
// it. It does not import package ldap, whose tests import it.
//
// Read slapd.go first, then fake.go with message.go, then proxy.go;
// faults.go is what goes wrong in both.
package ldaptest
