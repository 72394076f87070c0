package config

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/invopop/jsonschema"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/sync/policy"
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
	case reflect.TypeFor[policy.GroupPattern]():
		return oneOf(listOfText(), textFields("match", "glob", "base"))
	case reflect.TypeFor[source.Texts]():
		return oneOf(&jsonschema.Schema{Type: "string"}, listOfText())
	case reflect.TypeFor[csvfile.Cells]():
		one := oneOf(&jsonschema.Schema{Type: "string"}, textFields("column", "separator"))
		return oneOf(append(one.OneOf, &jsonschema.Schema{Type: "array", Items: one})...)
	case reflect.TypeFor[policy.Removals]():
		return choice(policy.RemovalsNone, policy.RemovalsManaged, policy.RemovalsAll)
	case reflect.TypeFor[policy.MissingUsers]():
		return choice(policy.MissingReport, policy.MissingInvite, policy.MissingCreate)
	case reflect.TypeFor[policy.CreateAddress]():
		return choice(policy.AddressVerified, policy.AddressReserved)
	case reflect.TypeFor[policy.ClockTime]():
		return &jsonschema.Schema{Type: "string", Pattern: `^([01]?[0-9]|2[0-3]):[0-5][0-9]$`, Examples: []any{"07:00"}}
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
