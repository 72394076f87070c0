// Package source says what a directory of groups and people is asked and what
// it answers with. It has no I/O: the readers of packages csvfile and ldap
// import it, and so does everything that works with what they read.
//
// Read the files in this order. source.go says what a source is asked and what
// it answers with; selector.go says how rules name groups. email.go is where
// addresses get the one form in which they are compared, dn.go the one of
// distinguished names. period.go is the time during which somebody belongs
// somewhere, revision.go how recent a server's answer is. errors.go has the
// errors of a read, config.go what every kind of source is configured with.
//
// A source refuses to guess. A file with one bad row is refused with all its
// bad rows listed ([DamageError]); a file that may have been cut short, is
// being written or has grown old concludes nothing or removes nobody; an
// encoding is declared, never detected; an address is compared as it is
// written, but for the case of ASCII letters and the form of its domain. A
// source knows nothing of Clerk and decides nothing: what an answer means for
// memberships is the business of package sync.
//
// It imports golang.org/x/net/idna for domains, and go-ldap for its parser of
// distinguished names.
package source
