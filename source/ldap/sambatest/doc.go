// Package sambatest has a real Active Directory for tests: a domain controller
// of Samba on a loopback address of its own, with its KDC. The tests of
// cmd/rollcall use it. It does not import package ldap.
//
// A domain takes seconds to make and tens of seconds to fill. Where
// ROLLCALL_SAMBA_CACHE names a directory, a domain with the same entries is kept
// there for the next run.
//
// Read samba.go first, then provision.go.
package sambatest
