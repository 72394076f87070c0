package report

import _ "embed" // the schemas

// Schema is the JSON Schema of what [JSON] writes, with the words of package
// sync. It is made of the types by a test (-update), which also compares them.
//
//go:embed schema.json
var Schema []byte
