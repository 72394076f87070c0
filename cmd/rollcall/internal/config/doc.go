// Package config reads the configuration file. It decodes strictly and reports
// all problems at once, each with its place in the file: nobody should have to
// fix one typing error only to meet the next.
//
// Read load.go first, which leads from a file to a [Config]. decode.go makes
// values of YAML, and expand.go puts environment variables into them. yaml.go is
// the only file that knows the YAML library. document.go reads other files as strictly.
// check.go compares sections with
// each other, problem.go collects the problems, suggest.go and advice.go add
// what was probably meant. hash.go names the rules in force, state.go reads the
// state directory for verbs that need no secrets, schema.go describes the file
// for editors. deprecated.go warns of keys that a later version removes, and service.go
// says where the secrets of a packaged service are.
//
// The sections belong to the packages that use them, so config imports source,
// policy, clerkapi, notify, metrics and serve. It repeats no key of theirs, and
// turns the problems that their Validate methods find into file:line:column.
package config
