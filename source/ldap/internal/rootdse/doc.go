// Package rootdse reads what a directory server says about itself (RFC 4512 section
// 5.1). It asks nothing of the server. It imports people for the kinds of servers, wire
// for entries, and source for DNs.
package rootdse
