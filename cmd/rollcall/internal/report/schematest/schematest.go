package schematest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	reflected "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"rollcall/sync/explain"
	"rollcall/sync/plan"
)

// Update has the tests rewrite what they compare with.
var Update = flag.Bool("update", false, "rewrite the golden reports and the schemas")

// OfTypes describes a value's types in the words of their comments.
func OfTypes(t *testing.T, of any, title string) []byte {
	t.Helper()
	r := reflected.Reflector{Anonymous: true, AllowAdditionalProperties: true, Namer: schemaName, Mapper: func(t reflect.Type) *reflected.Schema {
		switch t {
		case reflect.TypeFor[plan.JSON]():
			return &reflected.Schema{OneOf: []*reflected.Schema{{Type: "object"}, {Type: "null"}}}
		case reflect.TypeFor[plan.Action]():
			s := &reflected.Schema{Type: "string"}
			for a := plan.Add; a <= plan.Unban; a++ {
				s.Enum = append(s.Enum, a.String())
			}
			return s
		case reflect.TypeFor[plan.Reason](): // no list: a new word is no new version
			return &reflected.Schema{Type: "string"}
		case reflect.TypeFor[explain.Standing]():
			s := &reflected.Schema{Type: "string"}
			for _, standing := range explain.Standings() {
				s.Enum = append(s.Enum, string(standing))
			}
			return s
		}
		return nil
	}}
	base, up := position(t)
	for _, dir := range []string{up + "sync", "."} {
		if err := r.AddGoComments(base, dir, reflected.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	schema := r.Reflect(of)
	schema.Title = title
	data, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// schemaName keeps the names that readers of the schema know, although the
// packages that the types live in say part of them.
func schemaName(t reflect.Type) string {
	if t == reflect.TypeFor[plan.Organization]() {
		return "OrganizationPlan"
	}
	return t.Name()
}

// Compare compares a schema with the file that is embedded.
func Compare(t *testing.T, file string, embedded *[]byte, want []byte) {
	t.Helper()
	if *Update {
		if err := os.WriteFile(file, want, 0o600); err != nil {
			t.Fatal(err)
		}
		*embedded = want
	}
	if diff := cmp.Diff(string(want), string(*embedded)); diff != "" {
		t.Errorf("%s is not that of the types (-update rewrites it; a reader of older files may need a new version):\n%s", file, diff)
	}
}

// Compile makes a schema ready to validate with.
func Compile(t *testing.T, schema []byte) *jsonschema.Schema {
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

// position is the path of the package under test, and the way from its
// directory to the root of the module.
func position(t *testing.T) (base, up string) {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return path.Join("rollcall", base), up
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the package")
		}
		base, up, dir = path.Join(filepath.Base(dir), base), up+"../", filepath.Dir(dir)
	}
}
