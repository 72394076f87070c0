// Package config reads the configuration file. It decodes strictly and reports
// all problems at once, each with its place in the file, because an admin who
// mends one typo only to meet the next gives up on the third.
//
// Read load.go first (the road from a file to a [Config]), then decode.go (how
// YAML becomes values), then yaml.go, the only file that knows which YAML
// library is used.
//
// The sections belong to the packages that use them: this package names no key
// of theirs twice, and turns the problems that their Validate methods find into
// file:line:column.
package config
