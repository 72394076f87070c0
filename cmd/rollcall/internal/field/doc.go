// Package field has the error of one key in a section of the configuration. The
// sections that only the program has (notify, metrics, serve) share it; package
// config turns its path into file:line:column. It imports nothing.
package field
