package access

import _ "embed" // the schema

// Schema is the JSON Schema of a review, as package explain has it.
//
//go:embed schema.json
var Schema []byte
