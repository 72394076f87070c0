package config

import _ "embed" // the schema

// Schema is the JSON Schema of the configuration file, for editors. It knows keys and
// types; what Load checks beyond them (a rule's source exists, say) it cannot. It is made
// of the types by a test (-update), which also compares them: the library that makes it
// is not part of the program.
//
//go:embed schema.json
var Schema []byte
