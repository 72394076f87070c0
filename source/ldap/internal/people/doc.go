// Package people says what the entries of a directory mean: whether an entry is
// a person or a group, and which person it is. It asks nothing of a server. It
// imports wire for entries, source for people, dates, and go-ldap to escape
// filters.
//
// Read the files in this order: kinds.go has the kinds of servers, schema.go
// the classes, attributes and filters of people and groups, with filters.go. person.go
// makes a person of an entry, with email.go, dates.go and values.go; groups.go says what a
// group has of its people. names.go compares and reads the names of attributes, unknown.go
// says why entries are unknown. principals.go and cursor.go are for Active Directory.
package people
