// Package sources puts the kinds of source together: the sources section of the
// configuration, and how an entry of it is opened. It imports csvfile, file and
// ldap, which know nothing of one another's configuration.
//
// Read kinds.go first, which lists the kinds and what a new one has to bring,
// then config.go and open.go.
package sources
