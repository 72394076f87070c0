// Package wire speaks LDAP with one directory server: it finds the server,
// connects, starts TLS, binds, and searches. Its product is [Server.Search],
// which hands each found entry to a function and returns nil only when the
// server said that all was sent. It imports go-ldap for the protocol, package
// source for the comparison of names, and tlsfile for certificates and secrets.
//
// Terms: an entry is one object of the directory; a page is what one request of
// paged results (RFC 2696) shows of it; a range is a part of the values of one
// attribute (Active Directory).
//
// Read the files in this order: server.go is the pool of connections to the one
// server of a read. config.go, endpoint.go and servers.go say which server that
// is. conn.go connects, tls.go encrypts, fingerprint.go judges a certificate, bind.go and kerberos.go log in;
// krb5conf.go reads what Kerberos needs, kdc.go and bindhints.go say why a bind
// failed. search.go asks page after page, paging.go judges whether an answer is whole,
// ranges.go asks for the rest of long values. entryreader.go takes the entries
// out of the stream, entry.go and ber.go decode them. errors.go has the errors, unread.go
// those that only say that a bind may not see something.
package wire
