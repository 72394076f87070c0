// Package tlsfile reads the files that a connection needs: certificates and
// secrets of one line. It says in words what is wrong with a server's
// certificate. file and ldap use it. It imports
// package source for the byte order marks of text files.
package tlsfile
