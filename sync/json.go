package sync

import (
	"encoding/json"
	"errors"
)

// JSON is a JSON object in canonical form (sorted keys, no spaces); empty is
// absent. It is a string so that a Change compares with ==.
type JSON string

// MarshalJSON writes the object itself.
func (j JSON) MarshalJSON() ([]byte, error) {
	if j == "" {
		return []byte("null"), nil
	}
	return []byte(j), nil
}

// UnmarshalJSON reads an object into canonical form; null is absent.
func (j *JSON) UnmarshalJSON(data []byte) error {
	*j = ""
	if string(data) == "null" {
		return nil
	}
	object := decodeObject(data)
	if object == nil && string(data) != "{}" {
		return errors.New("metadata must be a JSON object")
	}
	*j = canonical(object)
	return nil
}

// raw is the object as a request body's field; nil when absent.
func (j JSON) raw() json.RawMessage {
	if j == "" {
		return nil
	}
	return json.RawMessage(j)
}
