package config

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	reflected "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/report/schematest"
	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/sync/policy"
)

const example = "../../../../config.example.yaml"

func validate(t *testing.T, schema *jsonschema.Schema, file string) error {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := yaml.YAMLToJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(doc)
}

func TestSchemaTakesWhatLoadTakes(t *testing.T) {
	schema := schematest.Compile(t, Schema)
	for _, file := range []string{"testdata/config/good.yaml", example} {
		if err := validate(t, schema, file); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestSchemaRefusesWrongKeysAndTypes(t *testing.T) {
	schema := schematest.Compile(t, Schema)
	for _, name := range []string{"unknown-keys", "types", "guards"} {
		if err := validate(t, schema, filepath.Join("testdata/config", "bad-"+name+".yaml")); err == nil {
			t.Errorf("bad-%s.yaml passed", name)
		}
	}
}

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	r := reflected.Reflector{
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		Anonymous:                  true,
		DoNotReference:             true,
		Mapper:                     special,
	}
	schema := r.Reflect(&Config{})
	schema.Title = "rollcall configuration"
	data, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	schematest.Compare(t, "schema.json", &Schema, append(data, '\n'))
}

// special describes the types whose YAML is not what their Go fields say.
func special(t reflect.Type) *reflected.Schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &reflected.Schema{Type: "string", Pattern: `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`, Examples: []any{"30s", "72h"}}
	case reflect.TypeFor[policy.GroupPattern]():
		return oneOf(listOfText(), textFields("match", "glob", "base"))
	case reflect.TypeFor[source.Texts]():
		return oneOf(&reflected.Schema{Type: "string"}, listOfText())
	case reflect.TypeFor[csvfile.Cells]():
		one := oneOf(&reflected.Schema{Type: "string"}, textFields("column", "separator"))
		return oneOf(append(one.OneOf, &reflected.Schema{Type: "array", Items: one})...)
	case reflect.TypeFor[policy.Removals]():
		return choice(policy.RemovalsNone, policy.RemovalsManaged, policy.RemovalsAll)
	case reflect.TypeFor[policy.MissingUsers]():
		return choice(policy.MissingReport, policy.MissingInvite, policy.MissingCreate)
	case reflect.TypeFor[policy.CreateAddress]():
		return choice(policy.AddressVerified, policy.AddressReserved)
	case reflect.TypeFor[policy.ClockTime]():
		return &reflected.Schema{Type: "string", Pattern: `^([01]?[0-9]|2[0-3]):[0-5][0-9]$`, Examples: []any{"07:00"}}
	case reflect.TypeFor[policy.WhenChanged]():
		return choice(policy.ChangedKeep, policy.ChangedRenew)
	case reflect.TypeFor[policy.Ambiguous]():
		return choice(policy.AmbiguousSkip, policy.AmbiguousHold)
	case reflect.TypeFor[policy.IDChanged]():
		return choice(policy.IDChangedHold, policy.IDChangedSame, policy.IDChangedNew)
	case reflect.TypeFor[policy.AdoptMode]():
		return choice(policy.AdoptNone, policy.AdoptMatched, policy.AdoptWanted)
	case reflect.TypeFor[policy.Retire]():
		return choice(policy.RetireKeep, policy.RetireRemove)
	case reflect.TypeFor[policy.AccountStep]():
		return choice(policy.AccountLock, policy.AccountBan)
	case reflect.TypeFor[policy.RolesMode]():
		return choice(policy.RolesExact, policy.RolesAtLeast, policy.RolesOnAdd)
	case reflect.TypeFor[notify.When]():
		return choice(notify.Always, notify.OnChange, notify.OnProblem)
	}
	return nil
}

func choice[T ~string](values ...T) *reflected.Schema {
	s := &reflected.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

func listOfText() *reflected.Schema {
	return &reflected.Schema{Type: "array", Items: &reflected.Schema{Type: "string"}}
}

func oneOf(forms ...*reflected.Schema) *reflected.Schema {
	return &reflected.Schema{OneOf: forms}
}

func textFields(names ...string) *reflected.Schema {
	s := &reflected.Schema{Type: "object", Properties: reflected.NewProperties(), AdditionalProperties: reflected.FalseSchema}
	for _, name := range names {
		s.Properties.Set(name, &reflected.Schema{Type: "string"})
	}
	return s
}
