// Package source reads directories: groups and the people in them, whole or
// not at all.
package source
