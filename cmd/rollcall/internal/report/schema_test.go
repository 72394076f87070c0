package report

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	reflected "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"rollcall/sync"
)

// schemaOfTypes describes a value's types in the words of their comments.
func schemaOfTypes(t *testing.T, of any, title string) []byte {
	t.Helper()
	r := reflected.Reflector{Anonymous: true, AllowAdditionalProperties: true, Mapper: func(t reflect.Type) *reflected.Schema {
		switch t {
		case reflect.TypeFor[sync.JSON]():
			return &reflected.Schema{OneOf: []*reflected.Schema{{Type: "object"}, {Type: "null"}}}
		case reflect.TypeFor[sync.Action]():
			s := &reflected.Schema{Type: "string"}
			for a := sync.Add; a <= sync.RevokeInvitation; a++ {
				s.Enum = append(s.Enum, a.String())
			}
			return s
		case reflect.TypeFor[sync.Standing]():
			s := &reflected.Schema{Type: "string"}
			for _, standing := range sync.Standings() {
				s.Enum = append(s.Enum, string(standing))
			}
			return s
		}
		return nil
	}}
	if err := r.AddGoComments("rollcall/cmd/rollcall/internal/report", "../../../../sync", reflected.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	schema := r.Reflect(of)
	schema.Title = title
	data, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// Whoever reads the JSON can rely on the schema: it is that of the types, and
// each report keeps to it.
func TestSchemaIsThatOfTheReports(t *testing.T) {
	schemaInFile(t, "schema.json", &Schema, schemaOfTypes(t, &sync.Report{}, "rollcall report: plan, apply and undo with --output json"))
	schema := compiled(t, Schema)
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

// schemaInFile compares a schema with the file that is embedded.
func schemaInFile(t *testing.T, file string, embedded *[]byte, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, want, 0o600); err != nil {
			t.Fatal(err)
		}
		*embedded = want
	}
	if diff := cmp.Diff(string(want), string(*embedded)); diff != "" {
		t.Errorf("%s is not that of the types (-update rewrites it; a reader of older reports may need a new version):\n%s", file, diff)
	}
}

func compiled(t *testing.T, schema []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
