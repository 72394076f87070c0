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
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		return errors.New("metadata must be a JSON object")
	}
	if object == nil {
		*j = ""
		return nil
	}
	canonical, err := json.Marshal(object)
	if err != nil {
		return err
	}
	*j = JSON(canonical)
	return nil
}
