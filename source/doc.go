// Package source reads directories: groups and the people in them, from LDAP
// or from CSV files, whole or not at all.
//
// Read the files in this order. source.go says what a source is asked and what
// it answers with; selector.go says how rules name groups. email.go is where
// addresses get the one form in which they are compared. Then each reader from
// its first file on: csv.go tells how a CSV read goes, csvread.go walks the
// rows, csvrow.go turns a row into a person, csvforms.go and csvgroups.go make
// memberships and groups of it, csvsnapshot.go puts the answer together.
// csvreview.go reads an access review that comes back, remote.go a file that is
// on a server. ldap.go tells how a directory read goes, ldapsession.go is the
// connection to its one server, ldapgroup.go finds the groups, ldapmembers.go
// what they list, ldapresolve.go who that is, ldapperson.go makes a person of an
// entry, and ldapunfold.go puts them into their groups.
//
// The package refuses to guess. A file with one bad row is refused with all
// its bad rows listed ([DamageError]); a file that may have been cut short, is
// being written or has grown old concludes nothing or removes nobody; an
// encoding is declared, never detected; an address is compared as it is
// written, but for the case of ASCII letters and the form of its domain. It
// knows nothing of Clerk and decides nothing: what an answer means for
// memberships is the business of package sync.
package source
