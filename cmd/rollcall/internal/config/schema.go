package config

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/invopop/jsonschema"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/source"
	"rollcall/sync"
)

// Schema is the JSON Schema of the configuration file, for editors: indented
// JSON that ends in a newline. It knows keys and types; what Load checks
// beyond them (a rule's source exists, say) it cannot.
func Schema() ([]byte, error) {
	r := jsonschema.Reflector{
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
		return nil, err
	}
	return append(data, '\n'), nil
}

// special describes the types whose YAML is not what their Go fields say.
func special(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &jsonschema.Schema{Type: "string", Pattern: `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`, Examples: []any{"30s", "72h"}}
	case reflect.TypeFor[sync.GroupPattern]():
		return oneOf(listOfText(), textFields("match", "glob", "base"))
	case reflect.TypeFor[source.CSVCells]():
		return oneOf(&jsonschema.Schema{Type: "string"}, textFields("column", "separator"))
	case reflect.TypeFor[sync.Removals]():
		return choice(sync.RemovalsNone, sync.RemovalsManaged, sync.RemovalsAll)
	case reflect.TypeFor[sync.MissingUsers]():
		return choice(sync.MissingReport, sync.MissingInvite, sync.MissingCreate)
	case reflect.TypeFor[sync.WhenChanged]():
		return choice(sync.ChangedKeep, sync.ChangedRenew)
	case reflect.TypeFor[sync.Ambiguous]():
		return choice(sync.AmbiguousSkip, sync.AmbiguousHold)
	case reflect.TypeFor[sync.IDChanged]():
		return choice(sync.IDChangedHold, sync.IDChangedSame, sync.IDChangedNew)
	case reflect.TypeFor[sync.AdoptMode]():
		return choice(sync.AdoptNone, sync.AdoptMatched)
	case reflect.TypeFor[sync.Retire]():
		return choice(sync.RetireKeep, sync.RetireRemove)
	case reflect.TypeFor[sync.RolesMode]():
		return choice(sync.RolesExact, sync.RolesAtLeast, sync.RolesOnAdd)
	case reflect.TypeFor[notify.When]():
		return choice(notify.Always, notify.OnChange, notify.OnProblem)
	}
	return nil
}

func choice[T ~string](values ...T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

func listOfText() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string"}}
}

func oneOf(forms ...*jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: forms}
}

func textFields(names ...string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema}
	for _, name := range names {
		s.Properties.Set(name, &jsonschema.Schema{Type: "string"})
	}
	return s
}
