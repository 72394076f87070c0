package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// maxMetadata is the documented limit of 8 KB, for each field of the merged
// result.
const maxMetadata = 8 << 10

// emptyObject is shared by all rows without metadata.
var emptyObject = json.RawMessage("{}")

// canonical writes a metadata object with sorted keys and no spaces, so that
// equal objects are equal bytes. Absent and null give the empty object.
func canonical(raw json.RawMessage) (json.RawMessage, error) {
	trimmed := bytes.TrimSpace(raw)
	if len(trimmed) == 0 || string(trimmed) == "null" || string(trimmed) == "{}" {
		return emptyObject, nil
	}
	m, err := object(trimmed)
	if err != nil {
		return nil, err
	}
	return json.Marshal(m)
}

func object(raw json.RawMessage) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("read metadata: %w", err)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("read metadata: not an object")
	}
	return m, nil
}

// merge applies a patch as PATCH …/metadata does. Nested objects merge, a null
// removes its key at any level, and everything else (arrays too) replaces the
// old value.
func merge(have, patch map[string]any) map[string]any {
	for key, value := range patch {
		switch v := value.(type) {
		case nil:
			delete(have, key)
		case map[string]any:
			inner, ok := have[key].(map[string]any)
			if !ok {
				inner = map[string]any{}
			}
			have[key] = merge(inner, v)
		default:
			have[key] = v
		}
	}
	return have
}

// mergeField merges one metadata field and checks the size of the result.
func mergeField(name string, have, patch json.RawMessage) (json.RawMessage, *failure) {
	if patch == nil {
		return have, nil
	}
	p, err := object(patch)
	if err != nil {
		return nil, badValue(name, "something that is not an object")
	}
	h, err := object(have)
	if err != nil {
		return nil, badValue(name, "the stored value")
	}
	merged, err := json.Marshal(merge(h, p))
	if err != nil {
		return nil, badValue(name, "the merged value")
	}
	return merged, tooLarge(name, merged)
}

func tooLarge(name string, raw json.RawMessage) *failure {
	if len(raw) <= maxMetadata {
		return nil
	}
	return refuseParam("form_param_exceeds_allowed_size", name,
		fmt.Sprintf("%s has %d bytes; the limit is %d", name, len(raw), maxMetadata))
}
