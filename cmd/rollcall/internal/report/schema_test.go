package report

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"rollcall/cmd/rollcall/internal/report/schematest"
	"rollcall/sync"
)

// Whoever reads the JSON can rely on the schema: it is that of the types, and
// each report keeps to it.
func TestSchemaIsThatOfTheReports(t *testing.T) {
	t.Parallel()
	schematest.Compare(t, "schema.json", &Schema, schematest.OfTypes(t, &sync.Report{}, "rollcall report: plan, apply and undo with --output json"))
	schema := schematest.Compile(t, Schema)
	for name, r := range fixtures() {
		var b bytes.Buffer
		if err := JSON(&b, r); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
