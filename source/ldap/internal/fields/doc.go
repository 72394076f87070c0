// Package fields checks the values of the configuration that LDAP has a syntax for:
// DNs, filters, and the names of a bind. It imports check for the problems, and
// go-ldap for the syntax.
package fields
