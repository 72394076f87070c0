// Package ldap reads groups and the people in them from one directory server.
// It imports internal/wire for the protocol, internal/people for what entries mean,
// internal/rootdse for what a server says of itself, internal/fields for the syntax of the
// configuration, internal/parallel and internal/remarks, source for what it answers with, the helpers check and panics, and
// go-ldap for filters and result codes.
//
// Terms: the index holds each value that a group lists once, as a node with
// what it turned out to be: a person, a group, nobody (an object that is no
// person), or unusable (listed, and unknown why or who).
//
// Read the files in this order: ldap.go tells how a read goes, config.go and
// config_validate.go what may be configured. session.go is one read of one
// server; rootdse.go, schema_attributes.go and revision.go find out what kind of
// server it is and how recent its answer. group.go finds the groups, with alike.go, members.go
// is the index, resolve.go finds out what its nodes are, with lookup_batch.go,
// ad_chain.go and primary.go. flatten.go lists the people of nested groups,
// people_by_id.go, principals.go and canary.go look for single people, check.go describes a read for an
// admin, and lastchange.go asks whether anything has changed since an earlier read.
package ldap
